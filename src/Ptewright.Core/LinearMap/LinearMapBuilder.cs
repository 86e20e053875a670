using System.Runtime.CompilerServices;
using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.LinearMap;

/// <summary>Writes the translation tables of map requests: the walk PGD, P4D, PUD, PMD, PTE of the kernel's <c>__create_pgd_mapping</c>.</summary>
/// <typeparam name="TGranule">The granule.</typeparam>
/// <typeparam name="TStrategy">When tables are zeroed, windows opened, entries synchronised.</typeparam>
/// <typeparam name="TAccess">How a table page is reached.</typeparam>
/// <typeparam name="TAllocator">Where table pages come from.</typeparam>
/// <typeparam name="TCpu">What executes loads, stores, barriers and invalidations.</typeparam>
/// <remarks>
/// <para>The walk goes through the levels that the kernel was built with. A level that is folded at run time is passed without a table, a window
/// or a visit. Each level is cut at the boundaries of its entries, levels 2 and 3 before that at the boundaries of contiguous runs.</para>
/// <para>Nothing is rolled back on failure: tables that were linked stay linked, as in the kernel; windows are closed.</para>
/// </remarks>
internal partial struct LinearMapBuilder<TGranule, TStrategy, TAccess, TAllocator, TCpu>
    where TGranule : struct, IGranule
    where TStrategy : struct, IStrategy
    where TAccess : struct, ITableAccess
    where TAllocator : struct, ITableAllocator
    where TCpu : struct, ICpu
{
    private readonly TableSettings _settings;
    private TableWindow _root;
    private TAccess _access;
    private TAllocator _allocator;
    private TCpu _cpu;
    private TableStatistics _statistics;
    private MapFailure _failure;

    // Of the request at hand.
    private MapFlags _flags;
    private ulong _newTableBits;

    /// <summary>Makes a builder over an existing root.</summary>
    /// <param name="settings">What the kernel decides about its tables; its granule must be <typeparamref name="TGranule"/>.</param>
    /// <param name="root">A window on the root table that stays open.</param>
    /// <param name="access">How table pages are reached.</param>
    /// <param name="allocator">Where they come from.</param>
    /// <param name="cpu">What executes the work.</param>
    public LinearMapBuilder(in TableSettings settings, in TableWindow root, TAccess access, TAllocator allocator, TCpu cpu)
        : this(settings, root, access, allocator, cpu, default)
    {
    }

    /// <summary>Makes a builder that goes on counting where another one stopped, over another root.</summary>
    /// <param name="settings">What the kernel decides about its tables.</param>
    /// <param name="root">A window on the root table that stays open.</param>
    /// <param name="access">How table pages are reached.</param>
    /// <param name="allocator">Where they come from.</param>
    /// <param name="cpu">What executes the work.</param>
    /// <param name="statistics">What was built before.</param>
    public LinearMapBuilder(in TableSettings settings, in TableWindow root, TAccess access, TAllocator allocator, TCpu cpu, TableStatistics statistics)
    {
        _settings = settings;
        _root = root;
        _access = access;
        _allocator = allocator;
        _cpu = cpu;
        _statistics = statistics;
        _failure = default;
        _flags = MapFlags.None;
        _newTableBits = 0;
    }

    /// <summary>What executed the work, with what it counted or recorded.</summary>
    public readonly TCpu Cpu => _cpu;

    /// <summary>Where the pages came from, with its state.</summary>
    public readonly TAllocator Allocator => _allocator;

    /// <summary>What was built so far.</summary>
    public readonly TableStatistics Statistics => _statistics;

    private static int EntryShift => TGranule.PageShift - 3;

    private static ulong PageMask => (1UL << TGranule.PageShift) - 1;

    /// <summary>Maps one range. Linux: <c>__create_pgd_mapping_locked</c>.</summary>
    /// <param name="request">The range; widened to whole pages.</param>
    /// <param name="failure">Why and where it stopped, when it did.</param>
    /// <returns>False when it stopped half-way.</returns>
    public bool TryMap(in MapRequest request, out MapFailure failure)
    {
        _failure = default;
        _flags = request.Flags;
        _newTableBits = _settings.TableBits | ((request.Flags & MapFlags.NoExec) != 0 ? DescriptorBits.PxnTable : 0);

        ulong start = request.Virtual.Value & ~PageMask;
        ulong end = (request.Virtual.Value + request.Size + PageMask) & ~PageMask;
        PhysicalAddress physical = request.Physical.AlignDown(PageMask + 1);
        bool done = IsAcceptable(request, start, end)
            && Walk(_settings.Geometry.RootLevel, _root, out _, start, end, physical.Value, request.Protection.PageBits, false);
        _access.Drain(ref _cpu);
        failure = _failure;
        return done;
    }

    /// <summary>Clears the root entry of <paramref name="address"/>; nothing, when the level below is folded. Linux: <c>pgd_clear</c>.</summary>
    /// <param name="address">An address that the entry translates.</param>
    /// <param name="failure">Why it could not be written.</param>
    /// <returns>False when the root is read-only and has no slot.</returns>
    public bool TryClearRootEntry(VirtualAddress address, out MapFailure failure)
    {
        _failure = default;
        int level = _settings.Geometry.RootLevel;
        bool done = _settings.Geometry.IsFolded(level + 1)
            || StoreEntry(level, _root, Index(level, address.Value), address.Value, default);
        failure = _failure;
        return done;
    }

    private bool IsAcceptable(in MapRequest request, ulong start, ulong end)
    {
        if (((request.Physical.Value ^ request.Virtual.Value) & PageMask) != 0)
        {
            return Fail(FailureCode.MisalignedOffset, request.Virtual.Value, 3, default);
        }

        // An end of 0 is 2^64; anything else at or below the start has wrapped.
        ulong bytes = end - start;
        if (request.Size == 0 || bytes == 0 || bytes < request.Size || (end != 0 && end <= start))
        {
            return Fail(FailureCode.BadRange, request.Virtual.Value, 3, default);
        }

        // All bits above the address size are equal: all clear in TTBR0's half, all set in TTBR1's.
        int bits = _settings.Geometry.ActualVirtualAddressBits;
        ulong top = start >> bits;
        if ((top != 0 && top != ~0UL >> bits) || (end - 1) >> bits != top)
        {
            return Fail(FailureCode.AddressNotCovered, request.Virtual.Value, _settings.Geometry.RootLevel, default);
        }

        ulong last = (request.Physical.Value & ~PageMask) + bytes - 1;
        return (last >> _settings.Format.AddressBits == 0 && last >= request.Physical.Value)
            || Fail(FailureCode.PhysicalAddressTooLarge, request.Virtual.Value, 3, default);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool Fail(FailureCode code, ulong address, int level, Descriptor entry)
    {
        _failure = new MapFailure(code, new VirtualAddress(address), level, entry);
        return false;
    }

    private readonly int Index(int level, ulong address) => level == _settings.Geometry.RootLevel
        ? _settings.Geometry.Index(level, new VirtualAddress(address))
        : (int)(address >> Shift(level)) & ((1 << EntryShift) - 1);

    private static int Shift(int level) => TGranule.PageShift + ((3 - level) * EntryShift);

    // A slot for each level below the root; the root is reached by its own window.
    private static TableSlot SlotOf(int level) => level switch
    {
        3 => TableSlot.Pte,
        2 => TableSlot.Pmd,
        1 => TableSlot.Pud,
        _ => TableSlot.P4d,
    };
}
