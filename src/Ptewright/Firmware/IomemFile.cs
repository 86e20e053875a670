using Ptewright.Memory;
using Ptewright.Texts;
using Ptewright.Translation;

namespace Ptewright.Firmware;

/// <summary>Reads copies of an arm64 machine's <c>/proc/iomem</c> into memory layouts.</summary>
/// <remarks>
/// Read it as root: to others the kernel shows zeros (<c>kernel/resource.c: r_show</c>). Indentation, the order of the lines, the other
/// devices, colours, what grep puts before a line, empty lines, lines that begin with <c>#</c> and the command line that printed the file do not matter.
/// What stands behind a name that is known is taken for somebody's note. What is read otherwise than it is written, or left out, is said.
/// </remarks>
public static class IomemFile
{
    /// <summary>The longest file that is read: 4 MiB. (Large servers have some 100 KiB.)</summary>
    public const int MaxLength = 4 << 20;

    private const int MaxLines = 32 << 10;
    private const int MaxLineLength = 1024;
    private const int MaxRegions = 8 << 10;
    private const int AddressBits = 52;
    private const ulong SmallestPage = 4096;
    private const string Example = "40000000-7fffffff : System RAM";

    /// <summary>Reads a copy of <c>/proc/iomem</c>, or the file itself.</summary>
    /// <param name="path">The file.</param>
    /// <param name="granule">The page size of the kernel to reckon for; it need not be that of the kernel that printed the file.</param>
    /// <returns>What it says.</returns>
    /// <exception cref="InvalidInputException">It is another file, its addresses are hidden, its lines contradict each other, or no memory is left.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static IomemInfo Read(string path, GranuleSize granule = GranuleSize.Size4K) =>
        Parse(TextFile.Read(path, MaxLength), path, granule);

    /// <summary>Reads the text of a <c>/proc/iomem</c>.</summary>
    /// <param name="text">The text.</param>
    /// <param name="name">The name that errors call it by.</param>
    /// <param name="granule">The page size of the kernel to reckon for.</param>
    /// <returns>What it says.</returns>
    /// <exception cref="InvalidInputException">It is another file, its addresses are hidden, its lines contradict each other, or no memory is left.</exception>
    public static IomemInfo Parse(ReadOnlySpan<char> text, string name, GranuleSize granule = GranuleSize.Size4K)
    {
        List<string> remarks = [];
        List<IomemTree.Entry> entries = ParseLines(text, name, remarks);
        RefuseHiddenAddresses(entries, name);
        List<IomemRegion> regions = IomemTree.ToRegions(entries, name);
        if (regions.Count > MaxRegions)
        {
            throw TextFile.Error(name, $"it has {regions.Count} lines about memory, more than the {MaxRegions} that are read");
        }

        MemoryLayout layout = Load(regions, remarks, name, 1UL << (int)granule);
        return new IomemInfo(name, granule, layout) { Regions = regions, Remarks = remarks };
    }

    private static List<IomemTree.Entry> ParseLines(ReadOnlySpan<char> text, string name, List<string> remarks)
    {
        List<IomemTree.Entry> entries = [];
        bool hasPrefix = false;
        LineReader lines = new(text, name, MaxLines, MaxLineLength);
        while (lines.TryRead(out ReadOnlySpan<char> line))
        {
            if (line.IsEmpty)
            {
                continue;
            }

            bool isComment = line[0] == '#';
            if (!IomemLine.TryParse(isComment ? line.TrimStart('#').TrimStart() : line, out IomemLine parsed))
            {
                if (isComment || line.Contains("/proc/iomem", StringComparison.Ordinal))
                {
                    continue;
                }

                throw lines.Error($"{TextFile.Quote(line)} is not a line of /proc/iomem such as '{Example}'");
            }

            if (isComment)
            {
                remarks.Add($"Line {lines.Number} is a comment, so its range is left out: {TextFile.Quote(line)}.");
                continue;
            }

            if (parsed.Last < parsed.First)
            {
                throw lines.Error($"its range '{parsed.First:x8}-{parsed.Last:x8}' ends before it starts");
            }

            if (!hasPrefix && !parsed.Prefix.IsEmpty)
            {
                hasPrefix = true;
                remarks.Add($"Line {lines.Number}: what stands before the range, {TextFile.Quote(parsed.Prefix)}, does not matter; nor does it in other lines.");
            }

            entries.Add(new IomemTree.Entry(parsed.First, parsed.Last, IomemLine.NameOf(parsed.Name, out string? note), lines.Number));
            if (note is not null)
            {
                remarks.Add($"Line {lines.Number}: {note}.");
            }
        }

        return entries;
    }

    // Memory is never one byte at 0, but that is what it looks like to those who may not see it.
    private static void RefuseHiddenAddresses(List<IomemTree.Entry> entries, string name)
    {
        if (entries.Count == 0)
        {
            throw TextFile.Error(name, $"it is empty, and not a copy of /proc/iomem with lines such as '{Example}'");
        }

        foreach (IomemTree.Entry entry in entries)
        {
            if (entry.Name == IomemName.SystemRam && entry.Last == 0)
            {
                throw TextFile.Error(name, entry.Line, "its addresses are all zero, as the kernel shows /proc/iomem to ordinary users: read it as root");
            }
        }

        if (!entries.Exists(entry => entry.Name == IomemName.SystemRam))
        {
            throw TextFile.Error(name, "no line says System RAM, so there is no memory to map");
        }
    }

    private static MemoryLayout Load(List<IomemRegion> regions, List<string> remarks, string name, ulong pageSize)
    {
        MemoryLayout layout = new();
        foreach (IomemRegion region in regions)
        {
            if (region.End.Value is 0 or > 1UL << AddressBits)
            {
                throw TextFile.Error(name, region.Line, $"its range reaches beyond the {AddressBits} bits of a physical address");
            }

            if (region.Kind == IomemRegionKind.HotAddedMemory)
            {
                remarks.Add($"Line {region.Line}: memory {region.Start}-{region.End} was added by a driver after boot and is left out.");
            }
            else if (region.Kind is IomemRegionKind.Memory or IomemRegionKind.NoMapMemory)
            {
                LoadMemory(layout, region, remarks, name, pageSize);
            }
            else
            {
                layout.Reserve(region.Start.AlignDown(pageSize), region.End.AlignUp(pageSize));
            }
        }

        return layout.MappedBytes != 0
            ? layout
            : throw TextFile.Error(name, $"none of its memory is left, because it holds no whole page of {pageSize >> 10} KiB");
    }

    // The kernel rounds as it prints, memory inwards and no-map memory outwards, so its file has whole pages. Larger pages round again.
    private static void LoadMemory(MemoryLayout layout, IomemRegion region, List<string> remarks, string name, ulong pageSize)
    {
        if (!region.Start.IsAligned(SmallestPage) || !region.End.IsAligned(SmallestPage))
        {
            throw TextFile.Error(name, region.Line, "its memory does not begin and end at a 4 KiB page, as arm64 kernels print it");
        }

        WholePages.Add(layout, region.Start, region.End, region.Kind == IomemRegionKind.NoMapMemory, region.Line, pageSize, remarks);
    }
}
