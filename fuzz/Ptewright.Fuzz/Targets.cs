using System.Text;
using Ptewright.Addressing;
using Ptewright.Firmware;
using Ptewright.Kernels;
using Ptewright.Listing;
using Ptewright.Memory;

namespace Ptewright.Fuzz;

/// <summary>What can be fuzzed, by name: each reads its input as its file would be read, and nothing but a refusal may come of it.</summary>
internal static class Targets
{
    private const string Name = "input";

    /// <summary>The targets.</summary>
    public static IReadOnlyDictionary<string, Read> All { get; } = new Dictionary<string, Read>(StringComparer.Ordinal)
    {
        ["dtb"] = input => Check(DeviceTreeFile.Parse(input, Name).Layout),
        ["iomem"] = input => Check(IomemFile.Parse(Text(input), Name).Layout),
        ["efi-map"] = input => Check(EfiMapFile.Parse(Text(input), Name).Layout),
        ["dmesg"] = input => Check(DmesgFile.Parse(Text(input), Name).Layout),
        ["ptdump"] = input => Check(PtdumpFile.Parse(Text(input), Name)),
        ["system-map"] = input => Check(SystemMap.Parse(Text(input), Name).ImageAt(new PhysicalAddress(1 << 30))),
        ["config"] = input => Check(KernelConfig.Parse(Text(input), Name)),
        ["cmdline"] = input => Check(KernelCommandLine.Parse(Text(input))),
        ["memory"] = input => Check(MemorySpec.Parse(Text(input))),
    };

    /// <summary>Reads an input.</summary>
    public delegate void Read(ReadOnlySpan<byte> input);

    /// <summary>Runs a target over an input.</summary>
    /// <returns>The sentence with which it was refused, or null.</returns>
    public static string? Run(Read target, ReadOnlySpan<byte> input)
    {
        try
        {
            target(input);
            return null;
        }
        catch (InvalidInputException exception)
        {
            return exception.Message;
        }
    }

    private static string Text(ReadOnlySpan<byte> input) => Encoding.UTF8.GetString(input);

    private static void Check(MemoryLayout layout)
    {
        ulong end = 0;
        foreach (MemoryRegion region in layout.Memory)
        {
            Require(region.Start.Value >= end && region.End > region.Start && region.End.Value <= 1UL << 52, "memory is out of order or of bounds");
            end = region.End.Value;
        }

        Require(layout.TotalBytes != 0, "there is no memory");
    }

    private static void Check(PtdumpMap map)
    {
        ulong last = map.Start.Value - 1;
        foreach (PtdumpRange range in map.Ranges)
        {
            Require(range.Start.Value > last && range.Last >= range.Start && range.Level is >= -1 and <= 3, "a line is out of order or of bounds");
            last = range.Last.Value;
        }
    }

    private static void Check(KernelImage image) =>
        Require(image.Size is > 0 and <= KernelImage.MaxSize && image.Physical(image.SwapperTable) <= image.PhysicalEnd, "a part lies outside the image");

    private static void Check(KernelConfig config) => Require(config.VaBits is >= 36 and <= 52 && config.PaBits is 48 or 52, "a size is unknown");

    private static void Check(KernelCommandLine line) =>
        Require(line.FindCrashKernel(1UL << 32) is not { Size: 0 or >= 1UL << 32 }, "the crash kernel has an impossible size");

    private static void Require(bool condition, string message)
    {
        if (!condition)
        {
            throw new InvalidOperationException($"Accepted, but {message}.");
        }
    }
}
