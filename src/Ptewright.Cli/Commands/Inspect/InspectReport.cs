using System.Globalization;
using Ptewright.Cli.Output;
using Ptewright.Discovery;
using Ptewright.Images;

namespace Ptewright.Cli.Commands.Inspect;

/// <summary>What <c>inspect</c> writes for people: a line for each statement, and after it how it is known.</summary>
internal sealed partial class InspectReport(Terminal terminal)
{
    private const int Label = 18;
    private const int MostRanges = 8;
    private const int MostPrograms = 16;
    private const int MostCandidates = 8;

    private readonly int _width = Math.Clamp(terminal.Width, 60, 100);

    /// <summary>Writes all of it.</summary>
    public void Write(MemoryImage image, DiscoveryResult result, FoundMachine? machine)
    {
        WriteSource(image, result);
        for (int i = 0; i < result.Kernels.Count; i++)
        {
            Write(result.Kernels[i], result.Kernels.Count == 1 ? "Kernel" : string.Create(CultureInfo.InvariantCulture, $"Kernel {i + 1} of {result.Kernels.Count}"));
        }

        WriteMachine(machine);
        WritePrograms(result.Programs);
        if (result.IsAmbiguous)
        {
            Head("Ambiguous");
            Paragraph("Several kernels are in it, and no more speaks for one than for another: name the one that is meant with --ttbr1 and --tcr.");
        }

        if (result.Kernels.Count > 0)
        {
            return;
        }

        WriteCandidates(result.Candidates);
        Head("No kernel was found");
        foreach (string sentence in result.Tried)
        {
            Paragraph(sentence);
        }
    }

    private void WriteSource(MemoryImage image, DiscoveryResult result)
    {
        ulong bytes = image.Segments.Aggregate(0UL, (sum, segment) => sum + segment.Size);
        terminal.Out.WriteLine($"{image.Name}: {InspectJson.FormatOf(image)}");
        Line("memory", $"{Numbers.Bytes(bytes)} in {Numbers.Of((ulong)image.Segments.Count, "range")}", null);
        foreach (MemorySegment segment in image.Segments.Take(MostRanges))
        {
            Line(string.Empty, $"{segment.Start}..{segment.End}  {Numbers.Bytes(segment.Size)}", null);
        }

        if (image.Segments.Count > MostRanges)
        {
            Line(string.Empty, $"and {image.Segments.Count - MostRanges} more (--json has all)", null);
        }

        if (result.BytesOfHoles > 0)
        {
            Line("holes", $"{Numbers.Bytes(result.BytesOfHoles)} that nobody wrote, read as zeros", null);
        }
    }

    private void Write(FoundKernel kernel, string head)
    {
        Head(head);
        Line("release", kernel.Release);
        Line("banner", kernel.Banner);
        Line("build id", kernel.BuildId);
        Line("profile", kernel.Profile?.Profile.Name, kernel.Profile?.Remark);
        Line("pages", kernel.Granule, granule => $"{1 << ((int)granule - 10)}K");
        Line("addresses in use", kernel.InputBits, bits => $"{bits} bits{(kernel.IsLpa2.Value ? ", LPA2 descriptors" : string.Empty)}");
        Line("built for", kernel.BuiltBits, bits => $"{bits} bits");
        Line("image", kernel.ImageStart, start => $"{start}, {(kernel.ImageSize is { } size ? Numbers.Bytes(size.Value) : "size not known")}");
        Line("image address", kernel.ImageAddress);
        Line("kimage_voffset", kernel.ImageOffset, Hex);
        Line("KASLR offset", kernel.KaslrOffset, offset => offset == 0 ? "0, not moved" : Numbers.Hex(offset));
        Line("linear map", kernel.LinearStart, start => $"{start} -> {kernel.LinearPhysical?.Value}");
        Line("PHYS_OFFSET", kernel.PhysicalOffset, Hex);
        Line("TTBR1_EL1", Numbers.Hex(kernel.Registers.Ttbr1!.Value), kernel.Root.By == KnownBy.Registers ? "the source's registers" : "without ASID and CnP");
        Line("TCR_EL1", Numbers.Hex(kernel.Registers.Tcr!.Value), kernel.Root.By == KnownBy.Registers ? "the source's registers" : "as far as it is known: granule, size and format of the upper half");
        if (kernel.Registers.Mair is { } mair)
        {
            Line("MAIR_EL1", Numbers.Hex(mair), kernel.MairBy == KnownBy.Usual ? "usual: what Linux writes at boot; nothing in the source shows it" : "the source's registers");
        }

        foreach (FoundRoot root in kernel.Roots)
        {
            Line($"{InspectJson.NameOf(root.Kind)} root", root.Table.ToString(), Words(root.By, root.Evidence));
        }

        Line("proof", $"{kernel.Score} of 100 points{(kernel.IsProven ? string.Empty : ", not enough")}", null);
        foreach (ScorePoint point in kernel.Points)
        {
            Line(string.Empty, string.Create(CultureInfo.InvariantCulture, $"{point.Given,3} of {point.Most,2}"), point.Evidence);
        }
    }

    private void WritePrograms(IReadOnlyList<FoundRoot> programs)
    {
        if (programs.Count > 0)
        {
            Head(Numbers.Of((ulong)programs.Count, "root") + " of programs");
            foreach (FoundRoot program in programs.Take(MostPrograms))
            {
                Line(program.Table.ToString(), program.Evidence, null);
            }

            if (programs.Count > MostPrograms)
            {
                Line(string.Empty, $"and {programs.Count - MostPrograms} more (--json has all)", null);
            }
        }
    }

    private void WriteCandidates(IReadOnlyList<FoundKernel> candidates)
    {
        if (candidates.Count == 0)
        {
            return;
        }

        Head("Roots for which too little speaks");
        foreach (FoundKernel candidate in candidates.Take(MostCandidates))
        {
            Line(
                candidate.Root.Table.ToString(),
                $"{candidate.Score} of 100 points: {1 << ((int)candidate.Granule.Value - 10)}K pages, {candidate.InputBits.Value} bits",
                string.Join("; ", candidate.Points.Where(point => point.Given < point.Most).Take(4).Select(point => point.Evidence)));
        }

        if (candidates.Count > MostCandidates)
        {
            Line(string.Empty, $"and {candidates.Count - MostCandidates} more (--json has all)", null);
        }
    }

    private void Head(string text)
    {
        terminal.Out.WriteLine();
        terminal.Out.WriteLine(text);
    }

    private void Line<T>(string label, Known<T>? known, Func<T, string>? text = null)
    {
        if (known is not null)
        {
            Line(label, text?.Invoke(known.Value) ?? known.Value!.ToString()!, Words(known.By, known.Evidence));
        }
    }

    private void Line(string label, string? value, string? evidence)
    {
        if (value is null)
        {
            return;
        }

        string first = $"  {label.PadRight(Label - 2)} {value}";
        string all = evidence is null ? first : $"{first}  ({evidence})";
        if (all.Length <= _width)
        {
            terminal.Out.WriteLine(all);
            return;
        }

        Wrapped(first, Label + 1);
        if (evidence is not null)
        {
            Wrapped($"{new string(' ', Label + 3)}({evidence})", Label + 4);
        }
    }

    private void Paragraph(string text) => Wrapped($"  {text}", 2);

    // Between words; a word that is longer than a line stays whole.
    private void Wrapped(string text, int indent)
    {
        while (text.Length > _width)
        {
            int cut = text.LastIndexOf(' ', _width);
            if (cut <= indent || string.IsNullOrWhiteSpace(text[..cut]))
            {
                cut = text.IndexOf(' ', Math.Min(_width, text.Length - 1));
                if (cut < 0)
                {
                    break;
                }
            }

            terminal.Out.WriteLine(text[..cut].TrimEnd());
            text = new string(' ', indent) + text[(cut + 1)..];
        }

        terminal.Out.WriteLine(text.TrimEnd());
    }

    private static string Hex(ulong value) => Numbers.Hex(value);

    private static string Words(KnownBy by, string evidence) => by == KnownBy.Usual ? $"usual: {evidence}" : evidence;
}
