using System.Runtime.CompilerServices;
using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.Translation;

namespace Ptewright.Access;

/// <summary>Where the fixmap slots of the table windows lie: slot numbers and the address they count down from.</summary>
/// <remarks>Linux: <c>enum fixed_addresses</c> in <c>asm/fixmap.h</c>; the address of a slot is <c>FIXADDR_TOP - (index &lt;&lt; PAGE_SHIFT)</c>. The numbers depend on
/// the configuration (device tree window, early console, GHES, SDEI, trampoline pages, boot-time ioremap slots).</remarks>
internal readonly struct FixmapLayout
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

    /// <summary>The layout of machines on which no kernel in particular is assumed.</summary>
    /// <param name="granule">The granule.</param>
    /// <remarks>It is that of Linux v6.12 as distributions configure it: 13 slots of various uses, 2 MiB of device tree, seven boot-time ioremap slots.</remarks>
    public static FixmapLayout Usual(GranuleSize granule) => new(
        granule,
        new VirtualAddress(0xffff_ffff_ff80_0000),
        13 + ((2 << 20) >> (int)granule) + (7 * (((256 << 10) >> (int)granule) + 1)),
        hasP4d: true);

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
