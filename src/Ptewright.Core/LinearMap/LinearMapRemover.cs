using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.LinearMap;

/// <summary>Takes ranges out of the linear map again and frees the tables that they leave empty: the kernel's <c>__remove_pgd_mapping</c>.</summary>
/// <typeparam name="TGranule">The granule.</typeparam>
/// <typeparam name="TAccess">How tables are reached: always directly, except for a read-only root.</typeparam>
/// <typeparam name="TAllocator">Where freed tables go.</typeparam>
/// <typeparam name="TCpu">What executes loads, stores, barriers and invalidations.</typeparam>
/// <remarks>
/// <para>Two passes. The first clears the leaves of the range and invalidates them (<see cref="RemovalFlush"/>). The second goes down again and, on its way
/// up, frees each table that has no entry left, if all that the table could translate lies between floor and ceiling.</para>
/// <para>What is not mapped is skipped. An entry that the kernel would warn about stops the first pass; what was cleared is invalidated, and no table
/// is freed.</para>
/// </remarks>
internal partial struct LinearMapRemover<TGranule, TAccess, TAllocator, TCpu>
    where TGranule : struct, IGranule
    where TAccess : struct, ITableAccess
    where TAllocator : struct, IReleasingAllocator
    where TCpu : struct, ICpu
{
    private readonly TableSettings _settings;
    private readonly TableWindow _root;
    private readonly RemovalFlush _flush;
    private TAccess _access;
    private TAllocator _allocator;
    private TCpu _cpu;
    private TableStatistics _statistics;
    private MapFailure _failure;

    // Of the range at hand.
    private ulong _floor;
    private ulong _ceiling;

    /// <summary>Makes a remover over an existing root.</summary>
    /// <param name="settings">What the kernel decides about its tables; its granule must be <typeparamref name="TGranule"/>.</param>
    /// <param name="root">A window on the root table that stays open.</param>
    /// <param name="access">How table pages are reached.</param>
    /// <param name="allocator">Where freed ones go.</param>
    /// <param name="cpu">What executes the work.</param>
    /// <param name="flush">When removed leaves are invalidated.</param>
    public LinearMapRemover(in TableSettings settings, in TableWindow root, TAccess access, TAllocator allocator, TCpu cpu, RemovalFlush flush)
    {
        _settings = settings;
        _root = root;
        _access = access;
        _allocator = allocator;
        _cpu = cpu;
        _flush = flush;
        _statistics = default;
        _failure = default;
        _floor = 0;
        _ceiling = 0;
    }

    /// <summary>What executed the work, with what it counted or recorded.</summary>
    public readonly TCpu Cpu => _cpu;

    /// <summary>Where the pages went, with its state.</summary>
    public readonly TAllocator Allocator => _allocator;

    /// <summary>What was removed so far.</summary>
    public readonly TableStatistics Statistics => _statistics;

    private static ulong PageSize => 1UL << TGranule.PageShift;

    /// <summary>Removes a range of the linear map. Linux: <c>__remove_pgd_mapping</c>.</summary>
    /// <param name="start">The first byte, page-aligned.</param>
    /// <param name="size">The length in bytes, a multiple of the page size.</param>
    /// <param name="failure">Why and where it stopped, when it did.</param>
    /// <returns>As the overload with limits: those are the linear map's.</returns>
    public bool TryRemove(VirtualAddress start, ulong size, out MapFailure failure) =>
        TryRemove(start, size, _settings.Geometry.PageOffset, _settings.Geometry.PageEnd, out failure);

    /// <summary>Removes a range; tables that reach below a floor or to a ceiling stay. Linux: <c>unmap_hotplug_range</c>, <c>free_empty_tables</c>.</summary>
    /// <param name="start">The first byte, page-aligned.</param>
    /// <param name="size">The length in bytes, a multiple of the page size.</param>
    /// <param name="floor">No table is freed that translates an address below it.</param>
    /// <param name="ceiling">No table is freed by a range that ends beyond the last whole table below it; 0 stands for 2^64.</param>
    /// <param name="failure">Why and where it stopped, when it did.</param>
    /// <returns>False, with nothing changed: <see cref="FailureCode.SegmentMisaligned"/>, <see cref="FailureCode.BadRange"/>,
    /// <see cref="FailureCode.BelowPageOffset"/> (below the floor), <see cref="FailureCode.AddressNotCovered"/> (beyond the ceiling, or not translated),
    /// <see cref="FailureCode.PartialRemoval"/>. False, stopped half-way: <see cref="FailureCode.EntryNotPresent"/>, <see cref="FailureCode.BadTable"/>,
    /// <see cref="FailureCode.BadFixmapSlot"/>, and <see cref="FailureCode.EntryChanged"/> when an entry came back after it was cleared.</returns>
    public bool TryRemove(VirtualAddress start, ulong size, VirtualAddress floor, VirtualAddress ceiling, out MapFailure failure)
    {
        _failure = default;
        _floor = floor.Value;
        _ceiling = ceiling.Value;
        ulong address = start.Value;
        ulong end = address + size;
        bool done = IsAcceptable(address, size) && KeepsLeavesWhole(address, address) && KeepsLeavesWhole(end - 1, end);
        if (done)
        {
            done = ClearLeaves(_settings.Geometry.RootLevel, _root, address, end);
            if (_flush == RemovalFlush.WholeRange)
            {
                _settings.Flush(ref _cpu, start, size);
            }

            done = done && FreeTables(_settings.Geometry.RootLevel, _root, address, end);
        }

        failure = _failure;
        return done;
    }

    private bool IsAcceptable(ulong address, ulong size)
    {
        ulong last = address + size - 1;
        if (((address | size) & (PageSize - 1)) != 0)
        {
            return Fail(FailureCode.SegmentMisaligned, address, 3, default);
        }

        if (size == 0 || last < address)
        {
            return Fail(FailureCode.BadRange, address, 3, default);
        }

        if (address < _floor)
        {
            return Fail(FailureCode.BelowPageOffset, address, 3, default);
        }

        return (address >= _settings.Geometry.ActualPageOffset.Value && last <= _ceiling - 1)
            || Fail(FailureCode.AddressNotCovered, address, _settings.Geometry.RootLevel, default);
    }

    // The leaf that translates an address, or the run that it is part of, must not reach over the edge. Nothing there, nothing to split.
    private bool KeepsLeavesWhole(ulong inside, ulong edge)
    {
        TableWindow table = _root;
        for (int level = _settings.Geometry.RootLevel; level <= 3; level++)
        {
            if (_settings.Geometry.IsFolded(level + 1))
            {
                table = table.Folded(PageSize);
                continue;
            }

            Descriptor entry = _cpu.Load(table, Index(level, inside));
            if (!entry.IsValid)
            {
                return true;
            }

            if (IsLeaf(level, entry))
            {
                int run = !entry.IsContiguous ? 0 : level == 3 ? TGranule.ContiguousPteShift : level == 2 ? TGranule.ContiguousPmdShift : 0;
                ulong mask = (1UL << (Shift(level) + run)) - 1;
                return (edge & mask) == 0 || Fail(FailureCode.PartialRemoval, inside & ~(PageSize - 1), level, entry);
            }

            if (_settings.Geometry.IsBad(level, entry))
            {
                return true; // The pass that clears says so.
            }

            table = Below(level, entry);
        }

        return true;
    }

    private bool ClearLeaves(int level, in TableWindow table, ulong address, ulong end)
    {
        do
        {
            ulong next = TableGeometry.BoundaryAfter(address, end, Shift(level));
            if (_settings.Geometry.IsFolded(level + 1))
            {
                if (!ClearLeaves(level + 1, table.Folded(PageSize), address, next))
                {
                    return false;
                }
            }
            else
            {
                int index = Index(level, address);
                Descriptor entry = _cpu.Load(table, index);
                if (!entry.IsNone && !ClearBelow(level, table, index, entry, address, next))
                {
                    return false;
                }
            }

            address = next;
        }
        while (address != end);
        return true;
    }

    private bool ClearBelow(int level, in TableWindow table, int index, Descriptor entry, ulong address, ulong end)
    {
        if (!entry.IsValid)
        {
            return Fail(FailureCode.EntryNotPresent, address, level, entry);
        }

        if (!IsLeaf(level, entry))
        {
            return _settings.Geometry.IsBad(level, entry)
                ? Fail(FailureCode.BadTable, address, level, entry)
                : ClearLeaves(level + 1, Below(level, entry), address, end);
        }

        if (!ClearEntry(level, table, index, address))
        {
            return false;
        }

        _statistics.AddLeaf(level);
        if (_flush == RemovalFlush.EachLeaf)
        {
            // One page suffices for a block: any address in it finds the one cached translation.
            _settings.Flush(ref _cpu, new VirtualAddress(address), PageSize);
        }

        return true;
    }

    private bool Fail(FailureCode code, ulong address, int level, Descriptor entry)
    {
        _failure = new MapFailure(code, new VirtualAddress(address), level, entry);
        return false;
    }

    private readonly bool IsLeaf(int level, Descriptor entry) => level == 3 || (entry.IsBlock && _settings.Geometry.CanBeBlock(level));

    private TableWindow Below(int level, Descriptor entry) => _access.Direct(_settings.Format.Decode(entry), level + 1);

    private readonly int Index(int level, ulong address) => _settings.Geometry.Index(level, new VirtualAddress(address));

    private static int Shift(int level) => TGranule.PageShift + ((3 - level) * (TGranule.PageShift - 3));
}
