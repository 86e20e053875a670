using Ptewright.Addressing;
using Ptewright.LinearMap;
using Ptewright.Translation;

namespace Ptewright.Kernels.AddressSpace;

/// <summary>How one kernel version writes <c>/sys/kernel/debug/kernel_page_tables</c>: where it starts, its markers, its level names, its columns.</summary>
/// <remarks>
/// Levels are counted here as the kernel's lister counts them, by depth: 0 PGD, 1 P4D, 2 PUD, 3 PMD, 4 PTE; that is the architecture's level plus 1.
/// Linux: <c>arch/arm64/mm/ptdump.c</c>.
/// </remarks>
internal sealed record PtdumpFormat
{
    /// <summary>Whether it begins with the linear map as built; otherwise with what the CPU can translate.</summary>
    public required bool StartsAsBuilt { get; init; }

    /// <summary>Whether a P4D or PUD that is folded, at compile time or at run time, is listed as the PGD; otherwise only the names of levels that are folded when the kernel is compiled
    /// change.</summary>
    public required bool ListsFoldedAsRoot { get; init; }

    /// <summary>Whether the fixmap's markers come before those of PCI I/O space and of the page array; otherwise behind them, in the opposite order. Either is that of their addresses.</summary>
    public required bool FixmapComesFirst { get; init; }

    /// <summary>The bits of which an entry of level 1 or 2 that is not valid has one if it is still meant. Linux: <c>PTE_PROT_NONE</c>, <c>PMD_PRESENT_INVALID</c>, later
    /// <c>PTE_PRESENT_INVALID</c>.</summary>
    public required ulong PresentInvalid { get; init; }

    /// <summary>Whether a block is what has the type of one; otherwise what has bit 1 clear, which for valid entries is the same.</summary>
    public required bool SeesBlocksByType
    {
        get => Columns == PtdumpColumn.BlockByType;
        init
        {
            Columns = value ? PtdumpColumn.BlockByType : PtdumpColumn.BlockByOneBit;
            Mask = Columns.Aggregate(0UL, (mask, column) => mask | column.Mask);
        }
    }

    /// <summary>Whether memory types have the numbers that they had until 5.11, and the first range begins at address 0, a hole, instead of with the first marker: so 5.10.</summary>
    public bool IsEarly
    {
        get => Columns == PtdumpColumn.EarlierTypes;
        init
        {
            Columns = value ? PtdumpColumn.EarlierTypes : Columns;
            Mask = Columns.Aggregate(0UL, (mask, column) => mask | column.Mask);
        }
    }

    /// <summary>The attribute columns in order.</summary>
    internal PtdumpColumn[] Columns { get; private init; } = [];

    /// <summary>The bits that any column looks at: entries that agree in them are one range.</summary>
    internal ulong Mask { get; private init; }

    /// <summary>The first address that is listed.</summary>
    /// <param name="geometry">The shape of the tables.</param>
    public VirtualAddress Start(TableGeometry geometry) => StartsAsBuilt ? geometry.PageOffset : geometry.ActualPageOffset;

    /// <summary>The markers in the order in which they are printed, which is that of their addresses.</summary>
    /// <param name="regions">Where the regions lie.</param>
    public IReadOnlyList<PtdumpMarker> Markers(KernelRegions regions)
    {
        ArgumentNullException.ThrowIfNull(regions);
        PtdumpMarker[] common =
        [
            new(regions.LinearStart, "Linear Mapping start"),
            new(regions.LinearEnd, "Linear Mapping end"),
            .. regions.BpfStart < regions.ModulesStart ? (PtdumpMarker[])[new(regions.BpfStart, "BPF start"), new(regions.ModulesStart, "BPF end")] : [],
            new(regions.ModulesStart, "Modules start"),
            new(regions.ModulesEnd, "Modules end"),
            new(regions.ModulesEnd, "vmalloc() area"),
            new(regions.VmallocEnd, "vmalloc() end"),
        ];
        PtdumpMarker[] fixmapSlots = [new(regions.FixmapStart, "Fixmap start"), new(regions.FixmapEnd, "Fixmap end")];
        PtdumpMarker[] pciIo = [new(regions.PciIoStart, "PCI I/O start"), new(regions.PciIoEnd, "PCI I/O end")];
        PtdumpMarker[] pageArray = [new(regions.PageArrayStart, "vmemmap start"), new(regions.PageArrayEnd, "vmemmap end")];
        return FixmapComesFirst
            ? [.. common, .. fixmapSlots, .. pciIo, .. pageArray]
            : [.. common, .. pageArray, .. pciIo, .. fixmapSlots];
    }

    /// <summary>The depth that a leaf of <paramref name="level"/> is listed under.</summary>
    /// <remarks>A folded PMD stays a PMD with either kind of lister (<see cref="ListsFoldedAsRoot"/>).</remarks>
    internal int LeafDepth(in TableGeometry geometry, int level) => Folded(geometry, level + 1);

    /// <summary>The depth that an empty entry of <paramref name="level"/> is listed under: 0 for the root as built. Linux: <c>real_depth</c>.</summary>
    internal int HoleDepth(in TableGeometry geometry, int level) => level == geometry.RootLevel ? 0 : Folded(geometry, level + 1);

    /// <summary>The name of a depth.</summary>
    internal string LevelName(in TableGeometry geometry, int depth) => depth switch
    {
        0 => "PGD",
        1 => "P4D",
        2 => !ListsFoldedAsRoot && geometry.Levels <= 3 ? "PGD" : "PUD",
        3 => !ListsFoldedAsRoot && geometry.Levels <= 2 ? "PGD" : "PMD",
        _ => "PTE",
    };

    /// <summary>Whether an entry of level 1 or 2 is present, though perhaps not valid. Linux: <c>pmd_present</c>, <c>pud_present</c>.</summary>
    internal bool IsPresent(Descriptor entry) => entry.IsValid || (entry.Raw & PresentInvalid) != 0;

    private int Folded(in TableGeometry geometry, int depth)
    {
        bool isFolded = depth is 1 or 2 && (geometry.RootLevel >= depth - 1 || geometry.IsFolded(depth - 1));
        return ListsFoldedAsRoot && isFolded ? 0 : depth;
    }
}
