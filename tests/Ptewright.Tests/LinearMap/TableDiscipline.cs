using System.Globalization;
using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Simulation;
using Ptewright.Translation;

namespace Ptewright.Tests.LinearMap;

/// <summary>Watches every operation of a build and records where a rule of table writing is broken.</summary>
/// <remarks>
/// <para>It is a model of one CPU that caches as much as the architecture allows: a translation that was used stays in the TLB until it is invalidated and
/// the invalidation has completed (DSB ISH, ISB); a store is only seen by a table walker after DSB ISHST. Emulators are kinder than that.</para>
/// <para>It knows nothing of the builder: it sees stores, barriers and invalidations (<see cref="CheckingCpu{TInner}"/>).</para>
/// </remarks>
internal sealed class TableDiscipline
{
    private readonly OutputAddressFormat _format;
    private readonly TableGeometry _geometry;
    private readonly SparseMemory _memory;
    private readonly PhysicalAddress _staticStart;
    private readonly PhysicalAddress _staticEnd;
    private readonly PhysicalAddress _slotTable;
    private readonly VirtualAddress _slotBase;
    private readonly Dictionary<ulong, Page> _pages = [];
    private readonly Dictionary<ulong, Slot> _slots = [];
    private readonly List<TableViolation> _violations = [];
    private readonly List<Page> _unordered = [];
    private bool _storesPending;
    private bool _orderedNotSeen;
    private bool _temporaryInstalled;
    private bool _temporaryCached;
    private bool _temporaryInvalidated;
    private PhysicalAddress _temporaryRoot;

    /// <summary>Watches a build in <paramref name="memory"/>.</summary>
    /// <param name="memory">The memory that is written.</param>
    /// <param name="geometry">The shape of the tables.</param>
    /// <param name="format">The address format of descriptors.</param>
    /// <param name="staticStart">The first byte of memory that is always reachable: the image with its tables.</param>
    /// <param name="staticEnd">The first byte behind it.</param>
    /// <param name="slotTable">The table that holds the fixmap's slots.</param>
    /// <param name="slotBase">The address that its first entry translates.</param>
    public TableDiscipline(
        SparseMemory memory,
        TableGeometry geometry,
        OutputAddressFormat format,
        PhysicalAddress staticStart,
        PhysicalAddress staticEnd,
        PhysicalAddress slotTable,
        VirtualAddress slotBase)
    {
        _memory = memory;
        _geometry = geometry;
        _format = format;
        _staticStart = staticStart;
        _staticEnd = staticEnd;
        _slotTable = slotTable;
        _slotBase = slotBase;
    }

    /// <summary>Watches one build of a simulation; give it to a <see cref="CheckingCpu{TInner}"/>.</summary>
    /// <param name="simulation">The simulation.</param>
    public static TableDiscipline Of(LinearMapSimulation simulation)
    {
        TableSettings settings = simulation.Plan.Settings;
        FixmapLayout fixmap = simulation.Plan.Fixmap;
        ulong slots = fixmap.Address(fixmap.PteIndex).Value & ~((1UL << settings.Geometry.Shift(2)) - 1);
        return new(simulation.Memory, settings.Geometry, settings.Format, simulation.Image.Start, simulation.Image.End, simulation.SlotTable, new VirtualAddress(slots));
    }

    private enum PageState
    {
        Dirty,
        Zeroed,
        Ordered,
        Linked,
    }

    /// <summary>What was found, in order.</summary>
    public IReadOnlyList<TableViolation> Violations => _violations;

    /// <summary>To be called when the build is done: what was left open or unsynchronised.</summary>
    public void Finish()
    {
        foreach ((ulong address, Slot slot) in _slots)
        {
            if (slot.Mapped is not null || slot.Cached is not null || slot.Invalidated)
            {
                Report(TableRule.SlotLeftOpen, $"The slot at {Hex(address)} is still mapped, or its translation may still be cached.");
            }
        }

        if (_storesPending || _orderedNotSeen)
        {
            Report(TableRule.UnsynchronisedEntries, "Entries were written that no DSB ISHST and ISB have made usable.");
        }

        if (_temporaryInstalled || _temporaryCached)
        {
            Report(TableRule.TemporaryMapLeft, $"Translations of the temporary map at {_temporaryRoot} may still be cached.");
        }
    }

    internal void OnAccess(in TableWindow window)
    {
        if (window.Slot == TableSlot.None)
        {
            CheckDirect(window);
            return;
        }

        ulong page = window.Address.Value & ~(_geometry.PageSize - 1);
        ulong table = window.Table.AlignDown(_geometry.PageSize).Value;
        Slot slot = SlotAt(page);
        if (slot.Cached is { } cached && cached != table)
        {
            Report(TableRule.StaleTranslation, $"{window.Slot} at {window.Address} may still translate to {Hex(cached)}, not to table {window.Table}.");
        }
        else if (slot.Mapped != table)
        {
            Report(TableRule.ClosedWindow, $"{window.Slot} at {window.Address} is not open on table {window.Table}.");
        }
        else if (slot.Pending || slot.NotSeen)
        {
            Report(TableRule.UnsynchronisedWindow, $"{window.Slot} at {window.Address} was used before its entry was synchronised.");
        }
    }

    internal void OnClear(in TableWindow window, int bytes)
    {
        OnAccess(window);
        if ((ulong)bytes >= _geometry.PageSize)
        {
            Page page = PageAt(window.Table);
            page.State = PageState.Zeroed;
            _unordered.Add(page);
        }

        _storesPending = true;
    }

    internal void OnStore(in TableWindow window, int index, Descriptor value)
    {
        if (window.Table == _slotTable)
        {
            Slot slot = SlotAt(_slotBase.Value + ((ulong)index * _geometry.PageSize));
            slot.Mapped = value.IsValid ? _format.Decode(value).Value : null;
            slot.Pending = true;

            // A TLB may take a valid entry in from now on, without being asked.
            slot.Cached ??= slot.Mapped;
            return;
        }

        OnAccess(window);

        _storesPending = true;
        Page page = PageAt(window.Table);
        if (page.State != PageState.Linked && !IsStatic(window.Table))
        {
            Report(TableRule.FilledBeforeLinked, $"Entry {index} of the table at {window.Table} was written before anything points to that table.");
        }

        if (window.Level < 3 && value.IsTableOrPage)
        {
            Link(_format.Decode(value));
        }
    }

    internal void OnDsbIshst()
    {
        foreach (Page page in _unordered)
        {
            page.State = page.State == PageState.Zeroed ? PageState.Ordered : page.State;
        }

        _unordered.Clear();
        foreach (Slot slot in _slots.Values)
        {
            slot.NotSeen |= slot.Pending;
            slot.Pending = false;
        }

        _orderedNotSeen |= _storesPending;
        _storesPending = false;
    }

    internal void OnDsbIsh()
    {
        OnDsbIshst();
        foreach (Slot slot in _slots.Values)
        {
            if (slot.Invalidated)
            {
                slot.Cached = null;
                slot.Invalidated = false;
            }
        }

        _temporaryCached &= !_temporaryInvalidated;
        _temporaryInvalidated = false;
    }

    internal void OnIsb()
    {
        foreach (Slot slot in _slots.Values)
        {
            slot.NotSeen = false;
        }

        _orderedNotSeen = false;
    }

    internal void OnTlbi(VirtualAddress first, int pages)
    {
        for (int i = 0; i < pages; i++)
        {
            ulong address = first.Value + ((ulong)i * _geometry.PageSize);

            // An invalidation issued while the old entry may still be read does nothing lasting.
            if (_slots.TryGetValue(address, out Slot? slot) && slot.Mapped is null && !slot.Pending)
            {
                slot.Invalidated = true;
            }
        }
    }

    internal void OnTlbiAll()
    {
        foreach ((ulong address, _) in _slots)
        {
            OnTlbi(new VirtualAddress(address), 1);
        }

        _temporaryInvalidated = !_temporaryInstalled;
    }

    internal void OnTtbr0(PhysicalAddress root)
    {
        _temporaryInstalled = root.Value != 0;
        _temporaryCached |= _temporaryInstalled;
        if (_temporaryInstalled)
        {
            _temporaryRoot = root;
        }
    }

    private void Link(PhysicalAddress table)
    {
        Page page = PageAt(table);
        bool zero = !_memory.Read(table, (int)_geometry.PageSize).ContainsAnyExcept((byte)0);
        if (page.State != PageState.Linked && (page.State != PageState.Ordered || !zero))
        {
            string why = page.State == PageState.Zeroed ? "no barrier has ordered its zeroes" : "it was not zeroed";
            Report(TableRule.LinkedBeforeZeroed, $"The table at {table} was made reachable, but {why}.");
        }

        page.State = PageState.Linked;
    }

    // Without a slot a table must be part of the image, or be mapped by the temporary map that is installed.
    private void CheckDirect(in TableWindow window)
    {
        if (!IsStatic(window.Table) && !(_temporaryInstalled && MapsIdentically(window.Table)))
        {
            Report(TableRule.Unmapped, $"The table at {window.Table} was touched at {window.Address}, where nothing maps it.");
        }
    }

    private bool IsStatic(PhysicalAddress table) => table >= _staticStart && table < _staticEnd;

    private bool MapsIdentically(PhysicalAddress address)
    {
        int bits = (address.Value >> 48) == 0 ? 48 : 52;
        _ = TableGeometry.TryCreate(_geometry.Granule, bits, bits, out TableGeometry geometry);
        PhysicalAddress table = _temporaryRoot;
        for (int level = geometry.RootLevel; ; level++)
        {
            ulong offset = (ulong)geometry.Index(level, new VirtualAddress(address.Value)) * sizeof(ulong);
            Descriptor entry = new(BitConverter.ToUInt64(_memory.Read(table + offset, sizeof(ulong))));
            if (!entry.IsValid)
            {
                return false;
            }

            table = _format.Decode(entry);
            if (level == 3 || entry.IsBlock)
            {
                return table == address.AlignDown(1UL << geometry.Shift(level));
            }
        }
    }

    private Page PageAt(PhysicalAddress table)
    {
        ulong key = table.AlignDown(_geometry.PageSize).Value;
        if (!_pages.TryGetValue(key, out Page? page))
        {
            page = new Page();
            _pages[key] = page;
        }

        return page;
    }

    private Slot SlotAt(ulong address)
    {
        if (!_slots.TryGetValue(address, out Slot? slot))
        {
            slot = new Slot();
            _slots[address] = slot;
        }

        return slot;
    }

    private void Report(TableRule rule, string message) => _violations.Add(new TableViolation(rule, message));

    private static string Hex(ulong value) => string.Create(CultureInfo.InvariantCulture, $"0x{value:x}");

    private sealed class Page
    {
        public PageState State { get; set; }
    }

    private sealed class Slot
    {
        /// <summary>The table that the slot's entry names; null when the entry is clear.</summary>
        public ulong? Mapped { get; set; }

        /// <summary>The table that a TLB may still translate the slot to.</summary>
        public ulong? Cached { get; set; }

        /// <summary>The entry was stored, no DSB ISHST yet.</summary>
        public bool Pending { get; set; }

        /// <summary>DSB ISHST done, no ISB yet.</summary>
        public bool NotSeen { get; set; }

        /// <summary>A TLBI was issued, no DSB ISH yet.</summary>
        public bool Invalidated { get; set; }
    }
}
