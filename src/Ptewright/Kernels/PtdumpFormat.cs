using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.Translation;

namespace Ptewright.Kernels;

/// <summary>How one kernel version writes <c>/sys/kernel/debug/kernel_page_tables</c>: where it starts, its markers, its level names, its columns.</summary>
/// <remarks>
/// Levels are counted here as the kernel's lister counts them, by depth: 0 PGD, 1 P4D, 2 PUD, 3 PMD, 4 PTE; that is the architecture's level plus 1.
/// Linux: <c>arch/arm64/mm/ptdump.c</c>.
/// </remarks>
public sealed class PtdumpFormat
{
    private readonly bool _isLinux61;
    private readonly ulong _presentInvalid;

    private PtdumpFormat(bool isLinux61, ulong presentInvalid, PtdumpColumn[] columns)
    {
        _isLinux61 = isLinux61;
        _presentInvalid = presentInvalid;
        Columns = columns;
        foreach (PtdumpColumn column in columns)
        {
            Mask |= column.Mask;
        }
    }

    /// <summary>The format of 6.1, and of stable trees of 5.15 from 2022 on (before, BPF programs had a region below the modules).</summary>
    /// <remarks>An invalid block that is still meant carries bit 58 or 59 (<c>PTE_PROT_NONE</c>, <c>PMD_PRESENT_INVALID</c>).</remarks>
    public static PtdumpFormat Linux61 { get; } = new(true, 3UL << 58, PtdumpColumn.Linux61);

    /// <summary>The format of 6.12.</summary>
    /// <remarks>An invalid block that is still meant carries nG (<c>PTE_PRESENT_INVALID</c>).</remarks>
    public static PtdumpFormat Linux612 { get; } = new(false, DescriptorBits.NotGlobal, PtdumpColumn.Linux61);

    /// <summary>The format of 6.18: as 6.12 for every valid entry.</summary>
    public static PtdumpFormat Linux618 { get; } = new(false, DescriptorBits.NotGlobal, PtdumpColumn.Linux615);

    /// <summary>The attribute columns in order.</summary>
    internal PtdumpColumn[] Columns { get; }

    /// <summary>The bits that any column looks at: entries that agree in them are one range.</summary>
    internal ulong Mask { get; }

    /// <summary>The first address that is listed: 6.1 begins with the linear map as built, later kernels with what the CPU can translate.</summary>
    /// <param name="geometry">The shape of the tables.</param>
    public VirtualAddress Start(TableGeometry geometry) => _isLinux61 ? geometry.PageOffset : geometry.ActualPageOffset;

    /// <summary>Where the regions lie.</summary>
    /// <param name="geometry">The shape of the tables.</param>
    /// <param name="fixmap">Where the fixmap slots lie.</param>
    public KernelRegions Regions(TableGeometry geometry, FixmapLayout fixmap) =>
        _isLinux61 ? KernelRegions.Linux61(geometry, fixmap) : KernelRegions.Linux612(geometry, fixmap);

    /// <summary>The markers in the order in which they are printed, which is that of their addresses.</summary>
    /// <param name="geometry">The shape of the tables.</param>
    /// <param name="fixmap">Where the fixmap slots lie.</param>
    public IReadOnlyList<PtdumpMarker> Markers(TableGeometry geometry, FixmapLayout fixmap)
    {
        KernelRegions regions = Regions(geometry, fixmap);
        PtdumpMarker[] common =
        [
            new(regions.LinearStart, "Linear Mapping start"),
            new(regions.LinearEnd, "Linear Mapping end"),
            new(regions.ModulesStart, "Modules start"),
            new(regions.ModulesEnd, "Modules end"),
            new(regions.ModulesEnd, "vmalloc() area"),
            new(regions.VmallocEnd, "vmalloc() end"),
        ];
        PtdumpMarker[] fixmapSlots = [new(regions.FixmapStart, "Fixmap start"), new(regions.FixmapEnd, "Fixmap end")];
        PtdumpMarker[] pciIo = [new(regions.PciIoStart, "PCI I/O start"), new(regions.PciIoEnd, "PCI I/O end")];
        PtdumpMarker[] pageArray = [new(regions.PageArrayStart, "vmemmap start"), new(regions.PageArrayEnd, "vmemmap end")];
        return _isLinux61
            ? [.. common, .. fixmapSlots, .. pciIo, .. pageArray]
            : [.. common, .. pageArray, .. pciIo, .. fixmapSlots];
    }

    /// <summary>The depth that a leaf of <paramref name="level"/> is listed under.</summary>
    /// <remarks>6.12 counts a folded P4D or PUD as PGD, whether folded at compile time or at run time; a folded PMD stays a PMD. 6.1 changes names only.</remarks>
    internal int LeafDepth(in TableGeometry geometry, int level) => Folded(geometry, level + 1);

    /// <summary>The depth that an empty entry of <paramref name="level"/> is listed under: 0 for the root as built. Linux: <c>real_depth</c>.</summary>
    internal int HoleDepth(in TableGeometry geometry, int level) => level == geometry.RootLevel ? 0 : Folded(geometry, level + 1);

    /// <summary>The name of a depth.</summary>
    internal string LevelName(in TableGeometry geometry, int depth) => depth switch
    {
        0 => "PGD",
        1 => "P4D",
        2 => _isLinux61 && geometry.Levels <= 3 ? "PGD" : "PUD",
        3 => _isLinux61 && geometry.Levels <= 2 ? "PGD" : "PMD",
        _ => "PTE",
    };

    /// <summary>Whether an entry of level 1 or 2 is present, though perhaps not valid. Linux: <c>pmd_present</c>, <c>pud_present</c>.</summary>
    internal bool IsPresent(Descriptor entry) => entry.IsValid || (entry.Raw & _presentInvalid) != 0;

    private int Folded(in TableGeometry geometry, int depth)
    {
        bool isFolded = depth is 1 or 2 && (geometry.RootLevel >= depth - 1 || geometry.IsFolded(depth - 1));
        return !_isLinux61 && isFolded ? 0 : depth;
    }
}
