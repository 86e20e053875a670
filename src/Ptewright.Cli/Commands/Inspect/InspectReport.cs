using System.Globalization;
using Ptewright.Cli.Output;
using Ptewright.Discovery;
using Ptewright.Findings;
using Ptewright.Images;

namespace Ptewright.Cli.Commands.Inspect;

/// <summary>What <c>inspect</c> writes for people: a line for each statement, and after it how it is known.</summary>
internal sealed partial class InspectReport(Terminal terminal)
{
    private const int Label = 18;
    private const int MostRanges = 8;
    private const int MostPrograms = 16;
    private const int MostCandidates = 8;
    private const int MostGaps = 4;

    private readonly int _width = Math.Clamp(terminal.Width, 60, 100);

    /// <summary>Writes all of it.</summary>
    public void Write(MemoryImage image, DiscoveryResult result, IReadOnlyList<MissingMemory> missing, IReadOnlyList<string> places, FoundMachine? machine)
    {
        WriteSource(image, result, missing);
        for (int i = 0; i < result.Kernels.Count; i++)
        {
            Write(image, result.Kernels[i], result.Kernels.Count == 1 ? "Kernel" : string.Create(CultureInfo.InvariantCulture, $"Kernel {i + 1} of {result.Kernels.Count}"));
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

        WriteCandidates(image, result.Candidates);
        Head("No kernel was found");
        foreach (string sentence in result.Tried)
        {
            Paragraph(sentence);
        }

        if (places.Count > 0)
        {
            Head("Another place");
            Paragraph(InspectCommand.PlacesText(places));
        }
    }

    private void WriteSource(MemoryImage image, DiscoveryResult result, IReadOnlyList<MissingMemory> missing)
    {
        ulong bytes = image.Segments.Aggregate(0UL, (sum, segment) => sum + segment.Size);
        terminal.Out.WriteLine($"{image.Name}: {InspectJson.FormatOf(image)}");
        Line("memory", $"{Numbers.Bytes(bytes)} in {Numbers.Of((ulong)image.Segments.Count, "range")}", null);
        WriteRanges(image.Segments, (ulong)image.Segments.Count, MostRanges);
        foreach (MissingMemory gone in missing)
        {
            Line(Word(gone.Kind), $"{Numbers.Bytes(gone.Bytes)} in {Numbers.Of(gone.Count, "range")}", Words(gone));
            WriteRanges(gone.Ranges, gone.Count, MostGaps);
        }

        if (result.BytesOfHoles > 0)
        {
            Line("holes", $"{Numbers.Bytes(result.BytesOfHoles)} that nobody wrote, read as zeros", null);
        }
    }

    private void WriteRanges(IReadOnlyList<MemorySegment> ranges, ulong count, int most)
    {
        foreach (MemorySegment range in ranges.Take(most))
        {
            Line(string.Empty, $"{range.Start}..{Numbers.Hex(range.End.Value)}  {Numbers.Bytes(range.Size)}", null);
        }

        if (count > (ulong)most)
        {
            Line(string.Empty, $"and {Numbers.Count(count - (ulong)most)} more (--json has {(count == (ulong)ranges.Count ? "all" : "more")})", null);
        }
    }

    private static string Word(MissingKind kind) => kind switch
    {
        MissingKind.LeftOut => "left out",
        MissingKind.Zeros => "zeros left out",
        MissingKind.Lost => "lost",
        _ => "absent",
    };

    private static string Words(MissingMemory gone) => gone.Kind switch
    {
        MissingKind.LeftOut => $"by whoever wrote it{(gone.Why is null ? string.Empty : $"; {gone.Why}")}",
        MissingKind.Zeros => "by whoever wrote it, as far as can be told: a hole in memory looks the same",
        MissingKind.Lost => "not in the file, though it should be",
        _ => "between the ranges: the source says nothing of it",
    };

    private void Write(MemoryImage image, FoundKernel kernel, string head)
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

        WriteTablesNotThere(image, kernel);
    }

    private void WriteTablesNotThere(MemoryImage image, FoundKernel kernel)
    {
        TablesNotThere tables = TablesNotThere.Of(image, kernel);
        if (tables.Count == 0)
        {
            return;
        }

        Line("tables not there", Numbers.Count((ulong)tables.Count), null);
        foreach (Finding finding in tables.Findings)
        {
            Wrapped($"    {finding}", 6);
        }

        if (tables.Count > tables.Findings.Count)
        {
            Wrapped("    and more: 'ptewright list' says them", 6);
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

    private void WriteCandidates(MemoryImage image, IReadOnlyList<FoundKernel> candidates)
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
            WriteTablesNotThere(image, candidate);
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

    private void Wrapped(string text, int indent)
    {
        foreach (string line in FoldedText.Lines(text, indent, _width))
        {
            terminal.Out.WriteLine(line);
        }
    }

    private static string Hex(ulong value) => Numbers.Hex(value);

    private static string Words(KnownBy by, string evidence) => by == KnownBy.Usual ? $"usual: {evidence}" : evidence;
}
