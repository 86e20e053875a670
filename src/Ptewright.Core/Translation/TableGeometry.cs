using Ptewright.Addressing;

namespace Ptewright.Translation;

/// <summary>The shape of one translation table tree: granule, virtual address sizes, levels, and which level is folded.</summary>
/// <remarks>
/// <para>Folding happens at two moments. At compile time a kernel with few levels has no upper tables at all: the walk starts at
/// <see cref="RootLevel"/>. At run time a kernel built for 52-bit addresses may find a CPU without them: then the level below the
/// root (<see cref="FoldedLevel"/>) is folded, and the root page is read again as the lower table.</para>
/// <para>Linux: <c>asm/pgtable-hwdef.h</c>, <c>pgtable_l5_enabled</c>, <c>pgtable_l4_enabled</c>.</para>
/// </remarks>
public readonly struct TableGeometry
{
    /// <summary>The value of <see cref="FoldedLevel"/> when nothing is folded at run time.</summary>
    public const int NoLevel = int.MinValue;

    internal TableGeometry(GranuleSize granule, int virtualAddressBits, int actualBits)
    {
        Shape = new TableShape(granule, virtualAddressBits);
        ActualVirtualAddressBits = actualBits;
        FoldedLevel = actualBits < virtualAddressBits && granule != GranuleSize.Size64K ? RootLevel + 1 : NoLevel;

        // What every step of a walk asks for is kept, not worked out again.
        RootEntries = Shape.RootEntries;
    }

    /// <summary>The shape of the tables as built, as the architecture defines it.</summary>
    public TableShape Shape { get; }

    /// <summary>The granule.</summary>
    public GranuleSize Granule => Shape.Granule;

    /// <summary>The size of virtual addresses that the kernel was built for. Linux: <c>VA_BITS</c>.</summary>
    public int VirtualAddressBits => Shape.InputBits;

    /// <summary>The size of virtual addresses in use on this CPU. Linux: <c>vabits_actual</c>.</summary>
    public int ActualVirtualAddressBits { get; }

    /// <summary>log2 of the page size in bytes.</summary>
    public int PageShift => Shape.PageShift;

    /// <summary>The page size in bytes; every table but the root has this size.</summary>
    public ulong PageSize => 1UL << PageShift;

    /// <summary>log2 of the number of entries in a table other than the root.</summary>
    public int EntryShift => Shape.EntryShift;

    /// <summary>The number of entries in a table other than the root: 512, 2048 or 8192.</summary>
    public int EntriesPerTable => 1 << EntryShift;

    /// <summary>How many levels the kernel was built with, 2 to 5. Linux: <c>CONFIG_PGTABLE_LEVELS</c>.</summary>
    public int Levels => 4 - RootLevel;

    /// <summary>The level of the root table as built.</summary>
    public int RootLevel => Shape.RootLevel;

    /// <summary>The level that is folded at run time, or <see cref="NoLevel"/>: P4D for 4K/52, PUD for 16K/52, nothing for 64K/52.</summary>
    public int FoldedLevel { get; }

    /// <summary>The level at which a walk by the CPU starts.</summary>
    public int WalkRootLevel => FoldedLevel == NoLevel ? RootLevel : FoldedLevel;

    /// <summary>Entries of the root table as built; at 52 bits on a 64K-page CPU without LVA the CPU sees only the last 64 of 1024. Linux: <c>PTRS_PER_PGD</c>.</summary>
    public int RootEntries { get; }

    /// <summary>Entries of the root page that can be in use: a folded root is a whole table of the lower level.</summary>
    public int RootTableEntries => FoldedLevel == NoLevel ? RootEntries : EntriesPerTable;

    /// <summary>What must be added to the root's address for TTBR1 when 64K pages built for 52 bits run with 48: the CPU then indexes the last 64 entries.</summary>
    /// <remarks>Linux: <c>TTBR1_BADDR_4852_OFFSET</c>, <c>offset_ttbr1</c>.</remarks>
    public ulong Ttbr1Offset => ActualVirtualAddressBits < VirtualAddressBits && Granule == GranuleSize.Size64K
        ? (ulong)(RootEntries - (1 << (ActualVirtualAddressBits - Shift(RootLevel)))) * 8
        : 0;

    /// <summary>log2 of the bytes that one entry of <paramref name="level"/> covers.</summary>
    public int Shift(int level) => Shape.Shift(level);

    /// <summary>The index of the entry for <paramref name="address"/> in its table of <paramref name="level"/>. Linux: <c>pgd_index</c>, <c>p4d_index</c>, …</summary>
    public int Index(int level, VirtualAddress address)
    {
        int entries = level == RootLevel ? RootEntries : EntriesPerTable;
        return (int)(address.Value >> Shift(level)) & (entries - 1);
    }

    /// <summary>Whether tables of <paramref name="level"/> do not exist on this CPU though the kernel was built with them.</summary>
    /// <remarks>Linux: <c>!pgtable_l5_enabled()</c> and <c>mm_p4d_folded</c> for level 0, <c>!pgtable_l4_enabled()</c> for level 1.</remarks>
    public bool IsFolded(int level) => level == FoldedLevel;

    /// <summary>Whether an entry of <paramref name="level"/> points to nothing. Never, when the table below is folded. Linux: <c>pgd_none</c>, <c>p4d_none</c>, …</summary>
    public bool IsNone(int level, Descriptor entry) => !IsFolded(level + 1) && entry.IsNone;

    /// <summary>Whether an entry of <paramref name="level"/> is present. Linux: <c>pgd_present</c>, <c>p4d_present</c>.</summary>
    public bool IsPresent(int level, Descriptor entry) => !IsNone(level, entry);

    /// <summary>Whether an entry of <paramref name="level"/> cannot be a table though it should be. Never, when the table below is folded.</summary>
    /// <remarks>Linux looks at bit 1 alone above the PUD (<c>pgd_bad</c>, <c>p4d_bad</c>) and at the whole type at PUD and PMD (<c>pud_bad</c>, <c>pmd_bad</c>).</remarks>
    public bool IsBad(int level, Descriptor entry) =>
        !IsFolded(level + 1) && (level <= 0 ? (entry.Raw & DescriptorBits.TableOrPage) == 0 : !entry.IsTableOrPage);

    /// <summary>Whether the kernel looks for a block at <paramref name="level"/> before it descends. Linux: <c>pud_sect</c>, <c>pmd_sect</c>.</summary>
    public bool CanBeBlock(int level) => level == 2 || (level == 1 && Granule != GranuleSize.Size64K && Levels > 2);

    /// <summary>The next multiple of 2^<paramref name="shift"/> above <paramref name="address"/>, but not beyond <paramref name="end"/>.</summary>
    /// <remarks>Compared as "last byte", so that an <paramref name="end"/> of 0 means 2^64. Linux: <c>p?d_addr_end</c>.</remarks>
    public static ulong BoundaryAfter(ulong address, ulong end, int shift)
    {
        ulong boundary = ((address >> shift) + 1) << shift;
        return boundary - 1 < end - 1 ? boundary : end;
    }
}
