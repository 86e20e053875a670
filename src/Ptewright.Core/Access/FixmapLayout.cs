using System.Runtime.CompilerServices;
using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.Translation;

namespace Ptewright.Access;

/// <summary>Where the fixmap slots of the table windows lie: slot numbers and the address they count down from.</summary>
/// <remarks>Linux: <c>enum fixed_addresses</c> in <c>asm/fixmap.h</c>; the address of a slot is <c>FIXADDR_TOP - (index &lt;&lt; PAGE_SHIFT)</c>. The numbers depend on
/// the configuration (device tree window, early console, GHES, SDEI, trampoline pages, boot-time ioremap slots).</remarks>
public readonly struct FixmapLayout
{
    /// <summary>How many PTE slots the lazy strategy goes through before it flushes them together.</summary>
    public const int LazySlots = 16;

    private readonly int _pageShift;

    /// <summary>Makes a layout.</summary>
    /// <param name="granule">The granule.</param>
    /// <param name="top">The address that slot 0 would have. Linux: <c>FIXADDR_TOP</c>.</param>
    /// <param name="pteIndex">The number of <c>FIX_PTE</c>; <c>FIX_PMD</c> and <c>FIX_PUD</c> follow.</param>
    /// <param name="hasP4d">Whether <c>FIX_P4D</c> lies between <c>FIX_PUD</c> and <c>FIX_PGD</c> (from v6.9).</param>
    public FixmapLayout(GranuleSize granule, VirtualAddress top, int pteIndex, bool hasP4d)
    {
        _pageShift = (int)granule;
        Top = top;
        PteIndex = pteIndex;
        HasP4d = hasP4d;
        End = pteIndex + (hasP4d ? 5 : 4);
        LazyLastIndex = (End + LazySlots - 1 + (LazySlots - 1)) & ~(LazySlots - 1);
    }

    /// <summary>The address that slot 0 would have.</summary>
    public VirtualAddress Top { get; }

    /// <summary>The number of <c>FIX_PTE</c>.</summary>
    public int PteIndex { get; }

    /// <summary>Whether there is a slot for level-0 tables.</summary>
    public bool HasP4d { get; }

    /// <summary>The number behind the last slot of the kernel. Linux: <c>__end_of_fixed_addresses</c>.</summary>
    public int End { get; }

    /// <summary>The number of the lazy strategy's highest slot, which has the lowest address, a multiple of 16 pages (the range invalidation wants 64 KiB).</summary>
    public int LazyLastIndex { get; }

    /// <summary>The layout of 6.12 with GHES, SDEI, page-table isolation and a relocatable kernel, as distributions configure it.</summary>
    /// <param name="granule">The granule.</param>
    /// <param name="bootIoremapPages">Pages of each of the seven boot-time ioremap slots: 256 KiB worth, plus 1 in stable trees of 2026. Linux: <c>NR_FIX_BTMAPS</c>.</param>
    public static FixmapLayout Linux612(GranuleSize granule, int bootIoremapPages)
    {
        // FIX_FDT_END = 1; then 2 MiB of device tree and one page more; early console, text poke, 4 x GHES, 4 x trampoline.
        int permanent = 2 + ((2 << 20) >> (int)granule) + 1 + 1 + 4 + 4 + 1;
        return new FixmapLayout(granule, new VirtualAddress(0xffff_ffff_ff80_0000), permanent + (7 * bootIoremapPages), true);
    }

    /// <summary>The layout of 6.12 as <see cref="Linux612(GranuleSize,int)"/>, with the boot-time ioremap slots of 6.12.117.</summary>
    public static FixmapLayout Linux612(GranuleSize granule) => Linux612(granule, ((256 << 10) >> (int)granule) + 1);

    /// <summary>The layout of 6.1 (and 5.15) with GHES, SDEI, page-table isolation and a relocatable kernel.</summary>
    /// <param name="granule">The granule.</param>
    /// <param name="virtualAddressBits">The size of virtual addresses that the kernel was built for: the fixmap ends 32 MiB below the page array.</param>
    public static FixmapLayout Linux61(GranuleSize granule, int virtualAddressBits)
    {
        // A device-tree window of 4 MiB from slot 1 on; then as later. struct page has 64 bytes, so the page array takes 2^(bits - page shift + 6).
        int permanent = 1 + ((4 << 20) >> (int)granule) + 1 + 1 + 4 + 4;
        ulong pageArray = 0UL - (1UL << (virtualAddressBits - ((int)granule - 6)));
        int bootIoremapPages = ((256 << 10) >> (int)granule) + 1;
        return new FixmapLayout(granule, new VirtualAddress(pageArray - (32UL << 20)), permanent + (7 * bootIoremapPages), false);
    }

    /// <summary>The number of a slot; 0 (which is no slot) for one that does not exist.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Index(TableSlot slot) => slot switch
    {
        TableSlot.Pte => PteIndex,
        TableSlot.Pmd => PteIndex + 1,
        TableSlot.Pud => PteIndex + 2,
        TableSlot.P4d => HasP4d ? PteIndex + 3 : 0,
        TableSlot.Pgd => End - 1,
        _ => 0,
    };

    /// <summary>The virtual address of slot number <paramref name="index"/>. Linux: <c>__fix_to_virt</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public VirtualAddress Address(int index) => Top - ((ulong)index << _pageShift);

    /// <summary>Whether slot number <paramref name="index"/> may be mapped: a slot of the kernel, or one of the lazy strategy's.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool IsSlot(int index) => index > 0 && (index < End || (index <= LazyLastIndex && index > LazyLastIndex - LazySlots));
}
