using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.Access;

/// <summary>Goes from an entry to the table below it through memory that is always reachable: for reading tables and for changing them late.</summary>
/// <typeparam name="TMemory">How physical memory is reached.</typeparam>
/// <remarks>Linux: <c>p4d_offset</c>, <c>p4d_offset_lockless</c>, <c>p4d_offset_phys</c>, <c>p4d_offset_kimg</c> and the same of the other levels.</remarks>
internal struct TableTree<TMemory>
    where TMemory : struct, IPhysicalMemory
{
    private readonly TableGeometry _geometry;
    private readonly OutputAddressFormat _format;
    private TMemory _memory;

    /// <summary>Reads tables of this shape and format.</summary>
    public TableTree(TMemory memory, in TableGeometry geometry, in OutputAddressFormat format)
    {
        _memory = memory;
        _geometry = geometry;
        _format = format;
    }

    /// <summary>The shape of the tables.</summary>
    public readonly TableGeometry Geometry => _geometry;

    /// <summary>The address format of descriptors.</summary>
    public readonly OutputAddressFormat Format => _format;

    /// <summary>A window on the root as built.</summary>
    public TableWindow Root(PhysicalAddress root) => Window(root, _geometry.RootLevel);

    /// <summary>The table below <paramref name="entry"/>; the same page again when that level is folded. Linux: <c>p4d_offset_lockless</c>.</summary>
    /// <param name="table">The table that holds the entry.</param>
    /// <param name="entry">A table descriptor read from it.</param>
    public TableWindow Lower(in TableWindow table, Descriptor entry) => _geometry.IsFolded(table.Level + 1)
        ? table.Folded(_geometry.PageSize)
        : Window(_format.Decode(entry), table.Level + 1);

    /// <summary>Where the entry for <paramref name="address"/> lies in the table below <paramref name="entry"/>. Linux: <c>p4d_offset_phys</c>.</summary>
    /// <param name="level">The level of <paramref name="entry"/>.</param>
    /// <param name="entry">A table descriptor.</param>
    /// <param name="address">The virtual address.</param>
    /// <param name="location">The physical address of the lower entry.</param>
    /// <returns><see cref="FailureCode.LevelFolded"/> when the level below has no tables: the kernel stops here (BUG).</returns>
    public readonly FailureCode EntryAddress(int level, Descriptor entry, VirtualAddress address, out PhysicalAddress location)
    {
        if (_geometry.IsFolded(level + 1))
        {
            location = default;
            return FailureCode.LevelFolded;
        }

        location = _format.Decode(entry) + ((ulong)_geometry.Index(level + 1, address) * sizeof(ulong));
        return FailureCode.None;
    }

    /// <summary>The page frame number of the table that <paramref name="entry"/> points to. Linux: <c>pgd_page</c>, as a number.</summary>
    public readonly ulong PageFrame(Descriptor entry) => _format.Decode(entry).Value >> _geometry.PageShift;

    private TableWindow Window(PhysicalAddress table, int level) => Fixmap<TMemory>.Static(ref _memory, table, level);
}
