using Ptewright.Addressing;
using Ptewright.Memory;

namespace Ptewright.Firmware;

/// <summary>Adds memory that a kernel printed in its whole pages to a layout of a kernel whose pages may be larger.</summary>
internal static class WholePages
{
    /// <summary>Adds a range: memory is rounded inwards, no-map memory outwards, as the kernel rounds when it prints.</summary>
    /// <param name="layout">Takes the range.</param>
    /// <param name="from">The first byte.</param>
    /// <param name="to">The first byte behind it.</param>
    /// <param name="isNoMap">Whether it must not be mapped.</param>
    /// <param name="line">The line that says it.</param>
    /// <param name="pageSize">The page size to round to.</param>
    /// <param name="remarks">Takes what was rounded.</param>
    public static void Add(MemoryLayout layout, PhysicalAddress from, PhysicalAddress to, bool isNoMap, int line, ulong pageSize, List<string> remarks)
    {
        PhysicalAddress start = isNoMap ? from.AlignDown(pageSize) : from.AlignUp(pageSize);
        PhysicalAddress end = isNoMap ? to.AlignUp(pageSize) : to.AlignDown(pageSize);
        if (start != from || end != to)
        {
            remarks.Add(start < end
                ? $"Line {line}: {from}-{to} is rounded to {start}-{end}, whole pages of {pageSize >> 10} KiB."
                : $"Line {line}: {from}-{to} holds no whole page of {pageSize >> 10} KiB and is left out.");
        }

        if (start < end)
        {
            layout.Add(start, end);
            if (isNoMap)
            {
                layout.MarkNoMap(start, end);
            }
        }
    }
}
