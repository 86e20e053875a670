using Ptewright.Addressing;
using Ptewright.Translation;

namespace Ptewright.Explaining;

/// <summary>Whether the entries that were printed give the fault that was reported.</summary>
public enum WalkAgreement
{
    /// <summary>Entries or syndrome are missing.</summary>
    Unknown,

    /// <summary>They do, at the same level.</summary>
    Agrees,

    /// <summary>They allow the access.</summary>
    Allows,

    /// <summary>They give the same kind of fault at another level.</summary>
    OtherLevel,

    /// <summary>They give another kind of fault.</summary>
    OtherKind,

    /// <summary>The fault is none that entries decide about.</summary>
    NotAboutEntries,
}

/// <summary>The rule by which a right was missing.</summary>
public enum DenyingRule
{
    /// <summary>AP[2] of the leaf: read-only.</summary>
    ReadOnly,

    /// <summary>APTable[1] of a table above it: no writes.</summary>
    ReadOnlyTable,

    /// <summary>AP[1] of the leaf is clear: not for EL0.</summary>
    NoUser,

    /// <summary>APTable[0] of a table above it: not for EL0.</summary>
    NoUserTable,

    /// <summary>PXN of the leaf.</summary>
    PrivilegedExecuteNever,

    /// <summary>PXNTable of a table above it.</summary>
    PrivilegedExecuteNeverTable,

    /// <summary>What EL0 may write EL1 may not execute.</summary>
    WritableByUser,

    /// <summary>UXN of the leaf.</summary>
    UserExecuteNever,

    /// <summary>UXNTable of a table above it.</summary>
    UserExecuteNeverTable,

    /// <summary>PSTATE.PAN: EL1 may not touch what EL0 may.</summary>
    PrivilegedAccessNever,
}

/// <summary>What the text leaves open, and so what would tell it.</summary>
public enum OpenQuestion
{
    /// <summary>Which kernel it is; the line with <c>Comm:</c> says it.</summary>
    KernelVersion,

    /// <summary>What kind of fault; <c>Mem abort info</c> has ESR.</summary>
    Syndrome,

    /// <summary>The entries; the lines with <c>pgtable:</c> and <c>pgd=</c> have them, or a source.</summary>
    Entries,

    /// <summary>The address; the kernel does not print FAR for this kind of fault.</summary>
    Address,

    /// <summary>What the address belonged to before; a dump, or KASAN.</summary>
    Owner,

    /// <summary>What the entry was when the fault happened; a dump, or tracing of the code that changes it.</summary>
    EntryThen,

    /// <summary>Registers: SCTLR_EL1, TCR2_EL1, PIR_EL1.</summary>
    ControlRegisters,

    /// <summary>Whether PAN was set; the line with <c>pstate:</c> says it.</summary>
    Pan,

    /// <summary>Which instruction; the line with <c>Code:</c>, or the kernel's file, says it.</summary>
    Instruction,
}

/// <summary>What a fault report means, as values; <see cref="ExplanationText"/> says them in words.</summary>
public sealed record Explanation
{
    /// <summary>What was read.</summary>
    public required Oops Oops { get; init; }

    /// <summary>The right that the access needed; none where it is not known.</summary>
    public AccessRights Access { get; init; }

    /// <summary>Whether EL0 made the access; null where it is not known.</summary>
    public bool? IsByUser { get; init; }

    /// <summary>The address; null where the text has none.</summary>
    public VirtualAddress? Address { get; init; }

    /// <summary>Where it lies; null without an address.</summary>
    public AddressRegion? Region { get; init; }

    /// <summary>The walk that the printed entries show; null without entries.</summary>
    public PrintedWalk? Walk { get; init; }

    /// <summary>Whether granule and size of addresses are not in the text and were assumed.</summary>
    public bool IsShapeAssumed { get; init; }

    /// <summary>Whether that walk gives the fault.</summary>
    public WalkAgreement Agreement { get; init; }

    /// <summary>By which rules the right was missing in that walk.</summary>
    public IReadOnlyList<DenyingRule> DeniedBy { get; init; } = [];

    /// <summary>What may be behind it, most likely first; at least one.</summary>
    public IReadOnlyList<Cause> Causes { get; init; } = [new Cause(CauseKind.Unknown, Likelihood.Possible)];

    /// <summary>What the text leaves open.</summary>
    public IReadOnlyList<OpenQuestion> Open { get; init; } = [];

    /// <summary>What a source has at the address now; null without one.</summary>
    public SourceWalk? Source { get; init; }

    /// <summary>The most likely cause.</summary>
    public CauseKind MainCause => Causes[0].Kind;
}
