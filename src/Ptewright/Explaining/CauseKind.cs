namespace Ptewright.Explaining;

/// <summary>What may be behind a fault.</summary>
public enum CauseKind
{
    /// <summary>Nothing in the text says it.</summary>
    Unknown,

    /// <summary>A member of a structure, or an element of an array, behind a NULL pointer.</summary>
    NullPointer,

    /// <summary>What lies before a NULL pointer: a structure was looked for around a member that is not there (<c>container_of</c>).</summary>
    BelowNull,

    /// <summary>A number of an error was taken for a pointer (<c>ERR_PTR</c>).</summary>
    ErrorPointer,

    /// <summary>An entry of a list was used after it was deleted from it.</summary>
    DeletedListEntry,

    /// <summary>An object was used after it was freed: its pointers were overwritten with a poison.</summary>
    FreedObject,

    /// <summary>Memory was used that nobody wrote, or that lies behind an object.</summary>
    UnwrittenMemory,

    /// <summary>A pointer was overwritten with text.</summary>
    OverwrittenByText,

    /// <summary>A pointer whose authentication failed was used.</summary>
    FailedAuthentication,

    /// <summary>The pointer is no address of this kernel: overwritten, or never a pointer.</summary>
    WildPointer,

    /// <summary>KASAN looked for the shadow of an address that has none.</summary>
    CheckedAccess,

    /// <summary>Memory of vmalloc or ioremap that is not mapped: freed, or never mapped.</summary>
    UnmappedVmalloc,

    /// <summary>Code or data of a module that is gone.</summary>
    UnloadedModule,

    /// <summary>A page that was taken out of the linear map.</summary>
    TakenOutOfLinearMap,

    /// <summary>The linear map has no memory there.</summary>
    NoMemoryThere,

    /// <summary>A <c>struct page</c> of memory that is not there.</summary>
    PageOfNoMemory,

    /// <summary>A fixmap slot that is not mapped.</summary>
    UnmappedFixmap,

    /// <summary>An I/O port that no bus has.</summary>
    NoIoPort,

    /// <summary>Nothing is ever mapped there.</summary>
    Hole,

    /// <summary>The kernel used a program's address without the routines for that.</summary>
    UserWithoutUaccess,

    /// <summary>The same, where PAN is emulated by an empty TTBR0.</summary>
    UserWithEmulatedPan,

    /// <summary>A program's page is not mapped, and the access was not one that may fault.</summary>
    UserPageMissing,

    /// <summary>The kernel jumped to a program's address.</summary>
    ExecutedUser,

    /// <summary>Read-only memory was written.</summary>
    ReadOnlyMemory,

    /// <summary>Memory that is not code was executed.</summary>
    NotExecutable,

    /// <summary>A TLB still has, or a walk saw, what the entry was before: an invalidation or a barrier is missing.</summary>
    StaleTranslation,

    /// <summary>The entry was changed between the fault and the report.</summary>
    ChangedSince,

    /// <summary>A fault that is legal and goes away when the access is made again.</summary>
    SpuriousFault,

    /// <summary>The CPU walked other tables than those printed, such as KPTI's.</summary>
    OtherTables,

    /// <summary>SCTLR_EL1.WXN, or another control that the text does not have.</summary>
    ControlRegister,

    /// <summary>An overlay (POE, protection keys).</summary>
    Overlay,

    /// <summary>A write to a clean page, whose dirty state hardware does not keep.</summary>
    CleanPage,

    /// <summary>The Access flag is clear, and hardware does not set it.</summary>
    AccessFlagClear,

    /// <summary>An entry was changed from one size to another without break-before-make.</summary>
    BreakBeforeMake,

    /// <summary>A table, or an entry of it, was overwritten.</summary>
    CorruptedTable,

    /// <summary>An access to device memory that is not aligned.</summary>
    UnalignedDevice,

    /// <summary>An atomic or exclusive access, or one of several registers, that is not aligned.</summary>
    UnalignedAtomic,

    /// <summary>A device or a bus did not answer.</summary>
    BusError,

    /// <summary>A memory error that hardware found.</summary>
    MemoryError,

    /// <summary>A table lies where no memory answers.</summary>
    TableNotReadable,

    /// <summary>The pointer's tag is not the memory's: out of bounds, or after a free.</summary>
    TagMismatch,

    /// <summary>The memory belongs to another world (Realm, Secure, Root).</summary>
    GranuleProtection,

    /// <summary>The memory belongs to a protected guest of the hypervisor.</summary>
    HypervisorProtected,

    /// <summary>Hardware cannot do atomic operations on such memory.</summary>
    UnsupportedAtomic,

    /// <summary>The stack overflowed.</summary>
    StackOverflow,

    /// <summary>The stack pointer is wrong.</summary>
    WrongStackPointer,

    /// <summary>An asynchronous abort: which access caused it is not known.</summary>
    AsynchronousAbort,

    /// <summary>The kernel checked something and found it wrong (<c>BUG</c>).</summary>
    FailedCheck,

    /// <summary>An instruction that the CPU does not have.</summary>
    UndefinedInstruction,

    /// <summary>An indirect branch to where none may land (BTI).</summary>
    BranchTarget,

    /// <summary>The authentication of a pointer failed (FPAC).</summary>
    PointerAuthentication,

    /// <summary>PC or SP is not aligned.</summary>
    Unaligned,

    /// <summary>An exception that nobody waited for.</summary>
    UnexpectedException,

    /// <summary>A sanitizer found the access.</summary>
    FoundBySanitizer,

    /// <summary>A program's own mistake.</summary>
    UserMistake,

    /// <summary>A panic whose reason its own words say.</summary>
    Panic,
}
