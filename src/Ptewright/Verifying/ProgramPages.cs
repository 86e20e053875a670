using Ptewright.Addressing;
using Ptewright.Discovery;
using Ptewright.Images;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Verifying;

/// <summary>Memory that programs have, by their tables. Those are looked for in all of memory, when it is asked for the first time.</summary>
/// <param name="image">The kernel's memory.</param>
/// <param name="kernel">How the kernel's half is read; programs have the same page and address size.</param>
/// <param name="watch">Who is told of the work, and may end it.</param>
internal sealed class ProgramPages(MemoryImage image, TranslationRoot kernel, WorkWatch watch)
{
    // 16 GiB in 4K pages: with more, what lies beyond is not said to be a program's.
    private const int MostPages = 1 << 22;

    private Dictionary<PhysicalAddress, VirtualAddress>? _pages;

    /// <summary>Where programs have a piece of memory; null where they do not have all of it.</summary>
    /// <param name="start">Its first address, that of a page.</param>
    /// <param name="size">Its size in bytes, whole pages.</param>
    public VirtualAddress? AddressOf(PhysicalAddress start, ulong size)
    {
        _pages ??= Find();
        ulong page = 1UL << kernel.PageShift;
        for (ulong offset = 0; offset < size; offset += page)
        {
            if (!_pages.ContainsKey(start + offset))
            {
                return null;
            }
        }

        return _pages[start];
    }

    private Dictionary<PhysicalAddress, VirtualAddress> Find()
    {
        Dictionary<PhysicalAddress, VirtualAddress> pages = [];
        foreach (FoundRoot program in KernelDiscovery.Find(image, progress: watch.Progress, stop: watch.Stop).Programs)
        {
            TranslationRoot root = kernel with { Half = AddressHalf.Lower, Table = program.Table };
            _ = TableScanner.Scan(image, root, new PageSink(pages, 1UL << kernel.PageShift), new VirtualAddress(0), new VirtualAddress((1UL << root.InputBits) - 1), isExact: true, progress: watch.Progress, stop: watch.Stop);
        }

        return pages;
    }

    private sealed class PageSink(Dictionary<PhysicalAddress, VirtualAddress> pages, ulong pageSize) : IRangeSink
    {
        public void OnRange(in MappedRange range)
        {
            for (ulong offset = 0; range.Attributes.IsUser && offset < range.Size && pages.Count < MostPages; offset += pageSize)
            {
                _ = pages.TryAdd(range.Physical + offset, range.Start + offset);
            }
        }

        public void OnProblem(TableProblem problem)
        {
        }
    }
}
