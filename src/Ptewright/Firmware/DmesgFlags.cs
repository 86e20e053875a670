using Ptewright.Addressing;
using Ptewright.Memory;
using Ptewright.Texts;

namespace Ptewright.Firmware;

/// <summary>Tells which ranges of a boot log are no-map.</summary>
/// <remarks>
/// The kernel joins memory that touches, belongs to one node and has the same flags (<c>mm/memblock.c: memblock_merge_regions</c>). So where two ranges of a node touch and are yet two, their flags
/// differ; the flags are no-map, or hot-pluggable, which ACPI's SRAT lines tell, or mirrored, which EFI tells. Of a row of such ranges one that is known tells all.
/// </remarks>
internal static class DmesgFlags
{
    // Memory of the firmware that stands apart from other memory: flash, secure memory. What is larger is a bank.
    private const ulong LargestApart = 64 << 20;

    /// <summary>Decides, and says what was assumed.</summary>
    /// <param name="lines">What the log says; its ranges are replaced.</param>
    /// <param name="efi">The EFI memory map that the log has.</param>
    /// <param name="remarks">Takes what was inferred and assumed.</param>
    public static List<DmesgRange> Decide(DmesgLines lines, EfiMapInfo? efi, List<string> remarks)
    {
        List<DmesgRange> ranges = [.. lines.Ranges];
        bool?[] stated = Stated(lines, efi);
        for (int start = 0, end; start < ranges.Count; start = end)
        {
            end = start + 1;
            while (end < ranges.Count && HaveOppositeFlags(lines, ranges[end - 1], ranges[end]))
            {
                end++;
            }

            DecideRow(lines, ranges, stated, start, end, remarks);
        }

        remarks.AddRange(TornPages(lines));

        return ranges;
    }

    // Kernels before 6.4 do not print reservations; one that begins within a page shows as a page that is missing, if that is not just a hole.
    private static IEnumerable<string> TornPages(DmesgLines lines) => lines.Ranges.Zip(lines.Ranges.Skip(1))
        .Where(pair => lines.HasEfi == false && pair.Second.Start.Value - pair.First.End.Value is 4 << 10 or 16 << 10 or 64 << 10
            && !lines.NoMap.Exists(region => region.Start < pair.Second.Start && region.End > pair.First.End))
        .Select(pair => $"Between lines {pair.First.Line} and {pair.Second.Line} one page is missing at {pair.First.End}: where a reservation that is no-map begins or ends in it, "
            + $"a part of it is mapped, and one of the two ranges is not; the log does not say it, {InputWords.DeviceTree}.");

    private static void DecideRow(DmesgLines lines, List<DmesgRange> ranges, bool?[] stated, int start, int end, List<string> remarks)
    {
        int known = Array.FindIndex(stated, start, end - start, flag => flag is not null);
        if (known < 0)
        {
            AssumeRow(lines, ranges, start, end, remarks);
            return;
        }

        for (int i = start; i < end; i++)
        {
            if (stated[i] is { } flag)
            {
                known = i;
                ranges[i] = ranges[i] with { NoMap = flag, Evidence = DmesgEvidence.Stated };
                continue;
            }

            ranges[i] = ranges[i] with { NoMap = stated[known]!.Value ^ ((i - known) % 2 != 0), Evidence = DmesgEvidence.Inferred };
            if (ranges[i].NoMap)
            {
                remarks.Add($"{Named(ranges[i])} touches the memory of line {ranges[i + (i > known ? -1 : 1)].Line} and is not one with it, and that is mapped: so it is no-map.");
            }
        }
    }

    // Nothing is known of any of them. Most of the memory is mapped, or the machine would be of little use.
    private static void AssumeRow(DmesgLines lines, List<DmesgRange> ranges, int start, int end, List<string> remarks)
    {
        if (end - start == 1)
        {
            bool isApart = lines.HasEfi != false && ranges.Count > 1 && ranges[start].Size <= LargestApart;
            ranges[start] = ranges[start] with { NoMap = isApart };
            if (isApart)
            {
                remarks.Add($"{Named(ranges[start])} is small and touches no other memory: in an EFI boot that is the firmware's as a rule, so it is taken for no-map. The log does not say it.");
            }

            return;
        }

        int largest = Enumerable.Range(start, end - start).MaxBy(i => ranges[i].Size);
        for (int i = start; i < end; i++)
        {
            ranges[i] = ranges[i] with { NoMap = (i - largest) % 2 != 0 };
            if (ranges[i].NoMap)
            {
                remarks.Add(
                    $"{Named(ranges[i])} touches the memory of line {ranges[i + (i > largest ? -1 : 1)].Line} and is not one with it, so one of the two is no-map; "
                    + "the largest of the row is taken for mapped, and so this for no-map.");
            }
        }
    }

    private static string Named(DmesgRange range) => $"Line {range.Line}: {range.Start}-{range.End}";

    private static bool HaveOppositeFlags(DmesgLines lines, DmesgRange below, DmesgRange above) =>
        below.End == above.Start && below.Node == above.Node && !lines.HasMirrors && IsIn(lines.Hotpluggable, below) == IsIn(lines.Hotpluggable, above);

    private static bool?[] Stated(DmesgLines lines, EfiMapInfo? efi)
    {
        // Neighbours among the reservations are one range of the log.
        MemoryLayout noMap = new();
        foreach ((PhysicalAddress start, PhysicalAddress end) in lines.NoMap)
        {
            noMap.Add(start, end);
        }

        (PhysicalAddress, PhysicalAddress)[] regions = [.. noMap.Memory.Select(region => (region.Start, region.End))];
        return [.. lines.Ranges.Select(range => Stated(lines, regions, efi, range))];
    }

    private static bool? Stated(DmesgLines lines, IReadOnlyList<(PhysicalAddress Start, PhysicalAddress End)> noMap, EfiMapInfo? efi, DmesgRange range)
    {
        if (efi is not null && efi.Layout.Memory.FirstOrDefault(region => region.Start < range.End && region.End > range.Start) is { Size: > 0 } region)
        {
            // What a device tree or a frame buffer adds to the map is not in it.
            return region.NoMap || IsIn(noMap, range);
        }

        return IsIn(noMap, range) ? true
            : lines.Used.Exists(used => used.Start < range.End && used.End > range.Start) || range.Size >> 10 > lines.ReservedKibibytes ? false
            : null;
    }

    private static bool IsIn(IReadOnlyList<(PhysicalAddress Start, PhysicalAddress End)> regions, DmesgRange range) =>
        regions.Any(region => region.Start <= range.Start && range.End <= region.End);
}
