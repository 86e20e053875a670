using Ptewright.LinearMap;
using Ptewright.Memory;

namespace Ptewright.Simulation;

/// <summary>The engine stopped where a kernel would BUG, warn or panic.</summary>
public sealed class MapFailureException : Exception
{
    /// <summary>Makes the exception of a failure.</summary>
    public MapFailureException(MapFailure failure)
        : base(Sentence(failure)) => Failure = failure;

    /// <summary>Why and where it stopped.</summary>
    public MapFailure Failure { get; }

    private static string Sentence(MapFailure failure) =>
        $"Stopped at virtual address {failure.Address}, level {failure.Level}, entry {failure.Entry}: {Reason(failure.Code)}.";

    private static string Reason(FailureCode code) => code switch
    {
        FailureCode.MisalignedOffset => "virtual and physical address differ within a page",
        FailureCode.BadRange => "the range is empty or runs over the end of the address space",
        FailureCode.AddressNotCovered => "this address is outside what the tables translate",
        FailureCode.PhysicalAddressTooLarge => "the physical address does not fit the descriptor format",
        FailureCode.SegmentMisaligned => "a segment's start or size is not a multiple of the page size",
        FailureCode.BlockMisaligned => "a block's address is not a multiple of its size",
        FailureCode.BlockInTheWay => "a block stands where a table is needed",
        FailureCode.BadTable => "the entry is not a table",
        FailureCode.NoAllocator => "a table is missing and this change may not allocate one",
        FailureCode.OutOfMemory => "there is no free page for a table",
        FailureCode.ConstructorFailed => "the page table's constructor failed",
        FailureCode.UnsafeChange => "this change of a live entry needs break-before-make",
        FailureCode.EntryChanged => "the entry changed while the table below it was written",
        FailureCode.BelowPageOffset => "the address is below the kernel's half",
        FailureCode.KernelRootRefused => "the kernel's own root was given where another address space was expected",
        FailureCode.LevelFolded => "this level is folded and has no tables",
        FailureCode.BadFixmapSlot => "there is no such fixmap slot",
        FailureCode.FixmapRootShared => "the fixmap's root entry already leads elsewhere",
        FailureCode.TooManyRegions => "there is no room for more memory regions",
        FailureCode.EntryNotPresent => "the entry to be removed is not valid",
        FailureCode.PartialRemoval => "the range to be removed ends inside a block or a contiguous run",
        FailureCode.Stopped => "the work was ended",
        _ => "nothing failed",
    };
}
