using System.Runtime.CompilerServices;
using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.Access;

/// <summary>The fixmap: a page table of its own whose entries are written to make a table page reachable at a fixed address.</summary>
/// <typeparam name="TMemory">How physical memory is reached.</typeparam>
/// <remarks>Linux: <c>arch/arm64/mm/fixmap.c</c>: <c>bm_pte</c>, <c>__set_fixmap</c>, <c>clear_fixmap</c>, <c>early_fixmap_init</c>.</remarks>
internal unsafe struct Fixmap<TMemory>
    where TMemory : struct, IPhysicalMemory
{
    private readonly TableGeometry _geometry;
    private readonly OutputAddressFormat _format;
    private readonly ulong _windowBits;
    private readonly TableWindow _bmPte;
    private TMemory _memory;

    private Fixmap(TMemory memory, in TableGeometry geometry, in OutputAddressFormat format, in FixmapLayout layout, Protection window, in TableWindow bmPte)
    {
        _memory = memory;
        _geometry = geometry;
        _format = format;
        _windowBits = window.PageBits;
        _bmPte = bmPte;
        Layout = layout;
    }

    /// <summary>Where the slots lie.</summary>
    public FixmapLayout Layout { get; }

    /// <summary>The page that holds the slots' entries.</summary>
    public readonly PhysicalAddress SlotTable => _bmPte.Table;

    /// <summary>Links the fixmap's own tables into a root: one table for each level below the root, taken from a reserve.</summary>
    /// <param name="cpu">Executes the stores and barriers.</param>
    /// <param name="memory">How physical memory is reached.</param>
    /// <param name="geometry">The shape of the tables.</param>
    /// <param name="format">The address format of descriptors.</param>
    /// <param name="layout">Where the slots lie.</param>
    /// <param name="window">What a slot maps a table page with. Linux: <c>FIXMAP_PAGE_NORMAL</c>.</param>
    /// <param name="root">The root that the CPU uses while tables are written.</param>
    /// <param name="tables">Where the static tables come from. Linux: <c>bm_pud</c>, <c>bm_pmd</c>, <c>bm_pte</c>, part of the image.</param>
    /// <param name="linkBits">Bits of the links besides the address: 3 up to v6.12, with the Access flag from v6.13.</param>
    /// <param name="fixmap">The fixmap.</param>
    /// <returns><see cref="FailureCode.None"/>; <see cref="FailureCode.FixmapRootShared"/> when the level-0 entry already leads elsewhere and the granule is not 16K, or an entry is no table;
    /// <see cref="FailureCode.BadFixmapSlot"/> when the slots do not lie below two neighbouring entries of one table; <see cref="FailureCode.OutOfMemory"/>.</returns>
    public static FailureCode TryCreate<TCpu>(
        ref TCpu cpu,
        TMemory memory,
        in TableGeometry geometry,
        in OutputAddressFormat format,
        in FixmapLayout layout,
        Protection window,
        TableWindow root,
        ref ReservePageAllocator tables,
        ulong linkBits,
        out Fixmap<TMemory> fixmap)
        where TCpu : struct, ICpu
    {
        fixmap = default;
        VirtualAddress highest = layout.Address(layout.PteIndex);
        VirtualAddress lowest = layout.Address(layout.LazyLastIndex);
        ulong tablesBelow = (highest.Value >> geometry.Shift(2)) - (lowest.Value >> geometry.Shift(2));
        if (tablesBelow > 1 || (tablesBelow == 1 && geometry.Index(2, highest) == 0))
        {
            return FailureCode.BadFixmapSlot;
        }

        TableWindow above = root;
        TableWindow table = root;
        for (int level = geometry.RootLevel; level < 3; level++)
        {
            if (geometry.IsFolded(level + 1))
            {
                table = table.Folded(geometry.PageSize);
                continue;
            }

            above = table;
            int index = geometry.Index(level, highest);
            Descriptor entry = cpu.Load(table, index);
            if (!entry.IsNone)
            {
                // A level-0 entry is the fixmap's own, unless 16K pages leave so few of them that it shares one with the kernel image;
                // on other levels the table that is there already is used.
                if ((level == 0 && geometry.Granule != GranuleSize.Size16K) || geometry.IsBad(level, entry))
                {
                    return FailureCode.FixmapRootShared;
                }

                table = Static(ref memory, format.Decode(entry), level + 1);
                continue;
            }

            FailureCode code = tables.Allocate(level + 1, out PhysicalAddress page);
            if (code != FailureCode.None)
            {
                return code;
            }

            TableWindow next = Static(ref memory, page, level + 1);
            cpu.Clear(next, (int)geometry.PageSize);
            cpu.DsbIshst();
            cpu.Store(table, index, new Descriptor(format.Encode(page) | linkBits));
            cpu.DsbIshst();
            cpu.Isb();
            table = next;
        }

        // Where the slots reach into what the entry below translates, that leads to the same table: there are fewer slots than entries, so no two share one. Linux has a table for each.
        if (tablesBelow == 1)
        {
            int below = geometry.Index(2, highest) - 1;
            if (!cpu.Load(above, below).IsNone)
            {
                return FailureCode.FixmapRootShared;
            }

            cpu.Store(above, below, new Descriptor(format.Encode(table.Table) | linkBits));
            cpu.DsbIshst();
            cpu.Isb();
        }

        fixmap = new Fixmap<TMemory>(memory, geometry, format, layout, window, table);
        return FailureCode.None;
    }

    /// <summary>A window on a table that is part of the kernel image. Linux: <c>p4d_offset_kimg</c> and its like.</summary>
    public static TableWindow Static(ref TMemory memory, PhysicalAddress table, int level)
    {
        void* pointer = memory.At(table);
        return new TableWindow((Descriptor*)pointer, table, new VirtualAddress((ulong)pointer), TableSlot.None, level);
    }

    /// <summary>A window on a table through memory that is always reachable, without any slot.</summary>
    public TableWindow Direct(PhysicalAddress table, int level) => Static(ref _memory, table, level);

    /// <summary>Maps slot number <paramref name="index"/> onto <paramref name="table"/>: one store, DSB ISHST, ISB. Linux: <c>__set_fixmap</c>.</summary>
    /// <returns><see cref="FailureCode.BadFixmapSlot"/> for a number that is no slot.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public FailureCode Map<TCpu>(ref TCpu cpu, int index, TableSlot slot, PhysicalAddress table, int level, out TableWindow window)
        where TCpu : struct, ICpu
    {
        if (!Layout.IsSlot(index))
        {
            window = default;
            return FailureCode.BadFixmapSlot;
        }

        VirtualAddress address = Layout.Address(index);
        PhysicalAddress page = table.AlignDown(_geometry.PageSize);
        cpu.Store(_bmPte, SlotEntry(address), new Descriptor(_format.Encode(page) | _windowBits));
        cpu.DsbIshst();
        cpu.Isb();

        // A table smaller than a page keeps its offset: slot address plus offset. Linux: set_fixmap_offset.
        VirtualAddress at = address + (table.Value - page.Value);
        window = new TableWindow((Descriptor*)_memory.Through(at, table), table, at, slot, level);
        cpu.OnMapped(window);
        return FailureCode.None;
    }

    /// <summary>Clears slot number <paramref name="index"/> without invalidating: the entry is no longer valid, so no barrier either.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Forget<TCpu>(ref TCpu cpu, int index, TableSlot slot)
        where TCpu : struct, ICpu
    {
        VirtualAddress address = Layout.Address(index);
        cpu.Store(_bmPte, SlotEntry(address), default);
        cpu.OnUnmapped(slot, address);
    }

    /// <summary>Clears slot number <paramref name="index"/> and invalidates it: DSB ISHST, TLBI VAALE1IS, DSB ISH, ISB. Linux: <c>clear_fixmap</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Unmap<TCpu>(ref TCpu cpu, int index, TableSlot slot)
        where TCpu : struct, ICpu
    {
        Forget(ref cpu, index, slot);
        cpu.DsbIshst();
        cpu.TlbiVaale1is(Layout.Address(index));
        cpu.DsbIsh();
        cpu.Isb();
    }

    private readonly int SlotEntry(VirtualAddress address) => (int)(address.Value >> _geometry.PageShift) & (_geometry.EntriesPerTable - 1);
}
