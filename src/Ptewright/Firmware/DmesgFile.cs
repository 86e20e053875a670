using Ptewright.Addressing;
using Ptewright.Memory;
using Ptewright.Texts;
using Ptewright.Translation;

namespace Ptewright.Firmware;

/// <summary>Reads ordinary boot logs of arm64 kernels into memory layouts: <c>dmesg</c>, a journal, a console.</summary>
/// <remarks>See <see cref="DmesgInfo"/> for what such a log tells and what not. Time stamps, levels, colours and whatever stands before a message do not matter.</remarks>
public static class DmesgFile
{
    /// <summary>The longest file that is read: 16 MiB, a long boot log.</summary>
    public const int MaxLength = 16 << 20;

    private const int MostRemarks = 12;
    private const ulong SmallestPage = 4096;

    /// <summary>Reads a boot log.</summary>
    /// <param name="path">The file.</param>
    /// <param name="granule">The page size of the kernel to reckon for.</param>
    /// <returns>What it says.</returns>
    /// <exception cref="InvalidInputException">It does not say where memory is, is of several boots, or its lines contradict each other.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static DmesgInfo Read(string path, GranuleSize granule = GranuleSize.Size4K) => Parse(ReadText(path), path, granule);

    /// <summary>The text of a boot log, for whoever reckons with several page sizes.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidInputException">It is no text, or is longer than <see cref="MaxLength"/>.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static string ReadText(string path) => TextFile.Read(path, MaxLength);

    /// <summary>Reads the text of a boot log.</summary>
    /// <param name="text">The text.</param>
    /// <param name="name">The name that errors call it by.</param>
    /// <param name="granule">The page size of the kernel to reckon for.</param>
    /// <returns>What it says.</returns>
    /// <exception cref="InvalidInputException">It does not say where memory is, is of several boots, or its lines contradict each other.</exception>
    public static DmesgInfo Parse(ReadOnlySpan<char> text, string name, GranuleSize granule = GranuleSize.Size4K)
    {
        ReadOnlySpan<char> plain = LogText.Plain(text);
        DmesgLines lines = DmesgLines.Read(plain, name);
        EfiMapInfo? efi = lines.HasEfiMap ? EfiMapFile.Parse(plain, name, granule, softReserve: false) : null;
        List<string> flags = [];
        List<DmesgRange> ranges = DmesgFlags.Decide(lines, efi, flags);
        List<string> remarks = [.. lines.Remarks, .. flags.Take(MostRemarks)];
        if (flags.Count > MostRemarks)
        {
            remarks.Add($"The same holds for {flags.Count - MostRemarks} more ranges.");
        }

        if (lines.HasEfi != false && efi is null)
        {
            remarks.Add(
                $"{(lines.HasEfi is null ? "The log does not say whether the kernel was started by EFI" : "The kernel was started by EFI")}, and it has no EFI memory map (efi=debug prints it): "
                + $"no-map memory is told by its borders alone. {InputWords.Iomem} exactly.");
        }

        if (lines.HasMirrors)
        {
            remarks.Add("Some memory is mirrored, which is a flag too, so borders between ranges do not tell what is no-map.");
        }

        remarks.Add("A boot log does not say what was reserved before the linear map was made, so tables and a KFENCE pool can lie elsewhere than here.");
        return new DmesgInfo(name, granule, Load(lines, ranges, efi, remarks, name, 1UL << (int)granule))
        {
            Ranges = ranges,
            Remarks = remarks,
            CommandLine = lines.CommandLine,
            Version = KernelBanner.TryReadVersion(lines.Banner, out LinuxVersion version) ? version : null,
            CpuId = lines.CpuId,
            Model = lines.Model,
            HasEfi = lines.HasEfi,
            HasKaslr = lines.HasKaslr,
        };
    }

    private static MemoryLayout Load(DmesgLines lines, List<DmesgRange> ranges, EfiMapInfo? efi, List<string> remarks, string name, ulong pageSize)
    {
        MemoryLayout layout = new();
        foreach (DmesgRange range in ranges)
        {
            WholePages.Add(layout, range.Start, range.End, range.NoMap, range.Line, pageSize, remarks);
        }

        foreach ((PhysicalAddress start, PhysicalAddress end) in lines.NoMap.Where(region => !region.Start.IsAligned(SmallestPage) || !region.End.IsAligned(SmallestPage)))
        {
            RestoreTornPages(layout, start, end);
        }

        foreach ((PhysicalAddress start, PhysicalAddress end) in lines.Reserved)
        {
            layout.Reserve(start.AlignDown(pageSize), end.AlignUp(pageSize));
        }

        foreach (MemoryRegion reserved in efi?.Layout.Reserved ?? [])
        {
            layout.Reserve(reserved.Start, reserved.End);
        }

        return layout.MappedBytes != 0
            ? layout
            : throw TextFile.Error(name, $"none of its memory is left, because it holds no whole page of {pageSize >> 10} KiB that may be mapped");
    }

    // A reservation that begins or ends within a page leaves a part of that page as memory, which the log, in whole pages, leaves out.
    private static void RestoreTornPages(MemoryLayout layout, PhysicalAddress start, PhysicalAddress end)
    {
        PhysicalAddress first = start.AlignDown(SmallestPage);
        PhysicalAddress last = end.AlignUp(SmallestPage);
        bool isBelow = layout.Memory.Any(region => region.End == first);
        bool isAbove = layout.Memory.Any(region => region.Start == last);
        if (isBelow || isAbove)
        {
            layout.Add(isBelow ? first : start, isAbove ? last : end);
            layout.MarkNoMap(start, end);
        }
    }
}
