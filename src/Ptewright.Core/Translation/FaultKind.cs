namespace Ptewright.Translation;

/// <summary>What went wrong with an access to memory, whatever its level: the fault status code without its level.</summary>
/// <remarks>Arm ARM D24.2 (ESR_EL1), DFSC and IFSC; PAR_EL1.FST has the same codes.</remarks>
public enum FaultKind
{
    /// <summary>No fault of memory: the exception is no abort, and no code says anything.</summary>
    None,

    /// <summary>An address in a TTBR or a descriptor is larger than output addresses may be.</summary>
    AddressSize,

    /// <summary>The walk ended at an invalid entry, or the input address is beyond what the tables cover.</summary>
    Translation,

    /// <summary>The leaf's Access flag is 0, and hardware does not set it.</summary>
    AccessFlag,

    /// <summary>The leaf does not allow this access.</summary>
    Permission,

    /// <summary>The memory system refused the access itself: synchronous External abort.</summary>
    SyncExternal,

    /// <summary>The memory system refused a read of a table, or hardware's update of one: synchronous External abort on a walk.</summary>
    ExternalOnWalk,

    /// <summary>The tag of the pointer is not the tag of the memory (FEAT_MTE2). Data only.</summary>
    TagCheck,

    /// <summary>A parity or ECC error of the access itself (without FEAT_RAS).</summary>
    Parity,

    /// <summary>A parity or ECC error on a walk (without FEAT_RAS).</summary>
    ParityOnWalk,

    /// <summary>The address is not aligned as this access or this memory wants it. Data only.</summary>
    Alignment,

    /// <summary>The granule protection tables do not allow a read of a table: granule protection fault on a walk (FEAT_RME).</summary>
    GranuleProtectionOnWalk,

    /// <summary>The granule protection tables do not allow the access itself: granule protection fault (FEAT_RME).</summary>
    GranuleProtection,

    /// <summary>Two entries of a TLB match the address: TLB conflict abort.</summary>
    TlbConflict,

    /// <summary>Hardware cannot update a table that lies in such memory: unsupported atomic hardware update.</summary>
    UnsupportedAtomicUpdate,

    /// <summary>IMPLEMENTATION DEFINED fault: lockdown. Data only.</summary>
    Lockdown,

    /// <summary>IMPLEMENTATION DEFINED fault: an exclusive or atomic access that the memory does not support. Data only.</summary>
    UnsupportedExclusive,

    /// <summary>A Breakpoint or Watchpoint: debug exception.</summary>
    Debug,

    /// <summary>A code that the architecture reserves, or does not have for this class of exception.</summary>
    Unallocated,
}
