using System.Globalization;
using Ptewright.Translation;
using static Ptewright.Explaining.CauseKind;

namespace Ptewright.Explaining;

/// <summary>Causes in words: what the first sentence calls each, and what is usually to be looked for.</summary>
internal static class CauseWording
{
    /// <summary>What the cause is called, without a full stop: <c>NULL pointer dereference</c>.</summary>
    public static string Name(Explanation explanation, CauseKind cause) => cause switch
    {
        NullPointer => "NULL pointer dereference",
        BelowNull => "Address just below NULL",
        ErrorPointer => $"Error pointer {Error(explanation)} dereferenced",
        DeletedListEntry when IsOtherPoison(explanation) => $"Poison that says that something is not in use dereferenced ({Behind(explanation, explanation.Region!.Detail!)})",
        DeletedListEntry => $"List entry used after it was deleted ({Behind(explanation, explanation.Region?.Detail ?? "LIST_POISON")})",
        FreedObject => $"Use after free, for the address is {Behind(explanation, explanation.Region?.Detail ?? "a poison")}",
        UnwrittenMemory => $"Pointer from memory that was never written or lies behind an object, for it is {Behind(explanation, explanation.Region?.Detail ?? "a poison")}",
        OverwrittenByText => $"Pointer overwritten with text {ForeignText.Quote(explanation.Region?.Detail ?? string.Empty)}",
        FailedAuthentication => "Pointer whose authentication failed",
        WildPointer => explanation.Region is { Kind: RegionKind.NonCanonical } ? "Wild pointer, no address of this kernel" : "Wild pointer",
        CheckedAccess => explanation.Region is { Kind: RegionKind.KasanShadowOfNothing, Offset: var of }
            ? $"KASAN's check of a bad pointer, for an access to {((ulong)of < 65536 ? "NULL + " : string.Empty)}0x{of:x}{(explanation.Region.Detail is { } poison ? $", {poison}" : string.Empty)}" : "KASAN's shadow is not mapped there",
        UnmappedVmalloc => explanation.Region is { Kind: RegionKind.Bpf } ? "Access to unmapped memory of compiled BPF programs" : "Access to unmapped memory of vmalloc",
        UnloadedModule => "Access to unmapped memory of modules",
        TakenOutOfLinearMap => "Access to a page that was taken out of the linear map",
        NoMemoryThere => "Access to a part of the linear map that has no memory",
        PageOfNoMemory => "Access to a struct page of memory that is not there",
        UnmappedFixmap => "Access to a fixmap slot that is not mapped",
        NoIoPort => "Access to an I/O port that no PCI bus has",
        Hole => "Access between the kernel's regions, where nothing is ever mapped",
        UserWithoutUaccess => IsKernelDs(explanation) ? "User memory accessed with fs=KERNEL_DS"
            : $"User memory accessed outside the uaccess routines{(explanation.Oops.HasPan == false ? string.Empty : " (PAN)")}",
        UserWithEmulatedPan => "User memory accessed outside the uaccess routines (PAN, emulated by an empty TTBR0)",
        UserPageMissing => "Access to a user address that is not mapped, or cannot be faulted in here",
        ExecutedUser => "Execution of user memory by the kernel",
        ReadOnlyMemory => "Write to read-only memory",
        NotExecutable => "Execution of memory that is not executable",
        StaleTranslation => cause == explanation.MainCause ? $"Stale translation or missing barrier is the first suspect, for {(explanation.Walk is null ? "the address is translated now" : "the printed entries allow this access")}" : "stale translation or missing barrier",
        ChangedSince => "Entries changed between the fault and the report",
        SpuriousFault => explanation.Oops.Kind == OopsKind.SpuriousFault ? "Spurious translation fault, which the kernel ignored" : "Spurious fault: legal right after an entry became more permissive",
        OtherTables => "Other tables were in use (KPTI's trampoline)",
        ControlRegister => "A register that is not in the text denied it",
        Overlay => "Overlay permissions (protection keys) denied it",
        CleanPage => "Write to a clean page whose dirty state hardware does not keep",
        AccessFlagClear => "Access flag clear in the leaf",
        BreakBeforeMake => "TLB conflict, so break-before-make was most likely violated",
        CorruptedTable => "Corrupted translation table",
        UnalignedDevice => explanation.Walk?.Attributes is null ? "Unaligned access, probably to device memory" : "Unaligned access to device memory",
        UnalignedAtomic => "Unaligned atomic, exclusive or ordered access",
        BusError => "External abort, for the memory or device at that physical address did not answer",
        MemoryError => "Memory error that hardware found (parity, ECC)",
        TableNotReadable => "External abort on a table walk, for a table lies where no memory answers",
        TagMismatch => "Tag check fault, for the tag of the pointer is not the memory's",
        GranuleProtection => "Granule protection fault, for the memory belongs to another world",
        HypervisorProtected => "Access to memory of a protected guest, which the hypervisor's stage 2 denies",
        UnsupportedAtomic => "Atomic operation that this memory does not support",
        StackOverflow => explanation.Oops.Kind == OopsKind.StackOverflow ? "Kernel stack overflow" : "Stack guard page hit, beside the kernel stack",
        WrongStackPointer => "Wrong stack pointer, for there was no room on a stack for the exception",
        AsynchronousAbort => "SError, an asynchronous abort",
        FailedCheck => $"The kernel stopped itself at a failed check, {ForeignText.Quote(explanation.Oops.Headline ?? explanation.Oops.InternalError ?? "BRK")}",
        UndefinedInstruction => "Undefined instruction",
        BranchTarget => "Indirect branch to where none may land (BTI)",
        PointerAuthentication => "Pointer authentication failed (FPAC)",
        Unaligned => explanation.Oops.Syndrome is { Class: ExceptionClass.SpAlignment } ? "SP not aligned" : explanation.Oops.Syndrome is { Class: ExceptionClass.PcAlignment } ? "Jump to an unaligned address" : "PC or SP not aligned",
        UnexpectedException => $"Exception that nobody handles, {ForeignText.Quote(explanation.Oops.Headline ?? string.Empty, 90)}",
        FoundBySanitizer => $"Access that a sanitizer found{(explanation.Oops is { Kasan: null, Kfence: null, InternalError: { } error } ? $", {ForeignText.Quote(error)}" : string.Empty)}",
        UserMistake => $"Fault of a program{(explanation.Oops.Message is { } message ? $", {ForeignText.Clean(message[..Math.Min(message.Length, ForeignText.MaxQuoteLength)])}" : string.Empty)}",
        Panic => $"Panic, for the reason that its own words say: {ForeignText.Quote(explanation.Oops.Panic ?? string.Empty, 90)}",
        _ => explanation.Walk?.Leaf is not null ? "Access to memory that is mapped, and without ESR it is not told why it faulted" : "Cause not told by these lines",
    };

    /// <summary>What it usually means and where to look, as a sentence; null where the name says all.</summary>
    public static string? Usually(Explanation explanation, CauseKind cause) => cause switch
    {
        NullPointer => explanation.Access == AccessRights.Execute ? "A function pointer was NULL."
            : explanation.Region is { Kind: RegionKind.Null, Offset: 0 } ? "A pointer was not set or not checked." : "The offset is usually that of a structure's member: a pointer was not set or not checked.",
        BelowNull => "Usually a structure around a member at NULL (container_of, list_entry), or an error pointer.",
        ErrorPointer => "A function returned an error as a pointer, and IS_ERR was not asked.",
        DeletedListEntry when IsOtherPoison(explanation) => "TAIL_MAPPING is the mapping of a compound page's tail, TIMER_ENTRY_STATIC the entry of a timer that is not queued.",
        DeletedListEntry => "Usually an entry that is deleted twice, or walked while another CPU deletes it; less often a use after free.",
        FreedObject => "The pointer was read from an object that had been freed; KASAN or slab debugging names it.",
        UnwrittenMemory => "The pointer was read from memory that nobody wrote, or from behind an object.",
        OverwrittenByText => "Usually a string was copied beyond its buffer.",
        FailedAuthentication => "The pointer was changed after it was signed, or signed with another context.",
        WildPointer when IsInAllocator(explanation) => "In the slab allocator this is usually its free list, which was in an object that was written after it was freed: the code here is only the next user.",
        WildPointer => "Usually the pointer was overwritten, or read from memory that was freed.",
        CheckedAccess => "The faulting load reads KASAN's shadow; look at the pointer that is checked.",
        UnmappedVmalloc => "Likely a use after vfree or iounmap, or an access behind the end of the mapping (a guard page).",
        UnloadedModule => "Likely a timer, work item or callback of a module that was unloaded.",
        TakenOutOfLinearMap => "Likely a use after free with debug_pagealloc or KFENCE, or memory made secret or not present (memfd_secret, set_direct_map_invalid).",
        NoMemoryThere => "Likely a physical address that is no RAM or is no-map, memory that was removed, or an overwritten pointer.",
        PageOfNoMemory => "Usually pfn_to_page or virt_to_page of an address that is no RAM.",
        UnmappedFixmap => "Usually a slot that was cleared too early.",
        NoIoPort => "Usually a driver of a legacy device probed a port; this machine has none.",
        Hole => "Usually the pointer was overwritten, or computed from a wrong base.",
        UserWithoutUaccess when IsKernelDs(explanation) => "Usually set_fs(KERNEL_DS) without the way back, or a user pointer given to code that works under it.",
        UserWithoutUaccess or UserWithEmulatedPan => "Usually a user pointer was dereferenced directly instead of by copy_from_user, copy_to_user or get_user.",
        UserPageMissing => "Usually a user pointer without uaccess, whose page is not there, or a pointer that was overwritten.",
        ExecutedUser => "Usually an overwritten or uninitialised function pointer.",
        ReadOnlyMemory => ReadOnly(explanation),
        NotExecutable => "Usually a function pointer to data or to freed code, or code written without set_memory_x.",
        StaleTranslation => "Either a TLB had an entry from before a change (a missing TLBI), or a walk came before the entry was visible (a missing DSB ISHST and ISB).",
        ChangedSince => "Another CPU mapped or unmapped it meanwhile, which is a race with this access.",
        SpuriousFault => "Legal after an entry became more permissive: the access succeeds when it is made again.",
        OtherTables => "The leaf is not global, so the kernel has KPTI, and its trampoline maps nearly nothing.",
        ControlRegister => "SCTLR_EL1.WXN, PIR_EL1 or POR_EL1 can deny what the entries allow.",
        Overlay => "POR_ELx takes the right away.",
        CleanPage => "With indirect permissions the leaf's nDirty bit denies the write until software clears it.",
        AccessFlagClear => "Linux sets it in all kernel leaves, so the entry was overwritten or made by something else.",
        BreakBeforeMake => "Usually a block was split or joined, or the contiguous bit changed, while the old translation could still be cached.",
        CorruptedTable => "Usually the page of the table was freed and used again, or overwritten.",
        UnalignedDevice => "Usually memcpy, memset or a packed structure on ioremap memory: use memcpy_toio and readl.",
        UnalignedAtomic => "Usually a lock, atomic or load-acquire on a packed structure; or memory that is device by a hypervisor's tables.",
        BusError => "Usually a device without power or clock, a wrong address in the device tree, or a device that was removed.",
        MemoryError => "The logs of firmware (APEI, EDAC) name the memory.",
        TableNotReadable => "Usually the page of the table was freed, overwritten or removed.",
        TagMismatch => Tag(explanation),
        GranuleProtection => "Usually memory that was delegated to a realm or is secure, and is still used here.",
        HypervisorProtected => "The page was donated to a guest under pKVM.",
        UnsupportedAtomic => "Usually an atomic or exclusive access to memory that is not write-back cacheable.",
        StackOverflow when explanation is { Oops: { Kind: OopsKind.Fault, StackPointer: { } sp }, Address: { } address } && address > sp => "Usually an access behind the end of something that lies on the stack.",
        StackOverflow => "Usually a recursion without an end, or large variables on the stack.",
        WrongStackPointer => "SP was overwritten, or switched to a stack that is gone.",
        AsynchronousAbort => "Usually a write to a device that did not answer, reported late: pc is only near it.",
        FailedCheck => "The line before, or the symbol, says which check.",
        UndefinedInstruction => "Usually a jump into data, code patched badly, or an instruction that this CPU does not have.",
        BranchTarget => "Usually an overwritten function pointer, or assembly without a landing pad.",
        PointerAuthentication => "Usually an overwritten return address or function pointer.",
        UserMistake => explanation.Region?.Kind switch
        {
            RegionKind.Null => "The pointer was NULL.",
            >= RegionKind.LinearMap => "The address is of the kernel's half, which no program may reach: usually a pointer that was overwritten or never set.",
            RegionKind.NonCanonical or RegionKind.Poison or RegionKind.Text => "The value is no address: usually a pointer that was overwritten or never set.",
            _ => null,
        },
        UnexpectedException => "Usually firmware or a debugger, or a jump to a wrong place.",
        Unknown when explanation.Walk?.Attributes is { } leaf => $"EL1 has {Permissions.Format(leaf.Permissions.Privileged)} here: what is left is a right that is not there, alignment, or a translation that was not up to date.",
        _ => null,
    };

    private static bool IsOtherPoison(Explanation explanation) => explanation.Region is { Kind: RegionKind.ListPoison, Detail: "TAIL_MAPPING" or "TIMER_ENTRY_STATIC" };

    private static bool IsKernelDs(Explanation explanation) => explanation.Oops.Message?.Contains("KERNEL_DS", StringComparison.Ordinal) == true;

    // What takes objects from free lists and puts them there. Linux: mm/slub.c.
    private static bool IsInAllocator(Explanation explanation) => explanation.Oops.ProgramCounter is { } pc
        && (pc.StartsWith("kmem_cache_alloc", StringComparison.Ordinal) || pc.StartsWith("__kmem_cache_alloc", StringComparison.Ordinal) || pc.StartsWith("__kmalloc", StringComparison.Ordinal)
            || pc.StartsWith("kmalloc_trace", StringComparison.Ordinal) || pc.StartsWith("___slab_alloc", StringComparison.Ordinal) || pc.StartsWith("__slab_free", StringComparison.Ordinal)
            || pc.StartsWith("get_freepointer", StringComparison.Ordinal) || pc.StartsWith("deactivate_slab", StringComparison.Ordinal));

    private static string ReadOnly(Explanation explanation) => explanation.Region?.Kind switch
    {
        RegionKind.Image => "Usually the kernel's text or constants (rodata), or data that is read-only after init.",
        RegionKind.LinearMap => "Usually the alias of code or constants: of the image, or with rodata=full of a module or BPF program.",
        RegionKind.Vmalloc or RegionKind.Modules or RegionKind.Bpf => "Usually text or constants of the image, a module or a BPF program, or memory after set_memory_ro.",
        _ => "Usually text, constants, or what is read-only after init.",
    };

    private static string Tag(Explanation explanation)
    {
        (int pointer, int memory)? tags = explanation.Oops.Tags;
        string which = tags is { } known ? string.Create(CultureInfo.InvariantCulture, $" Pointer tag 0x{known.pointer:x2}, memory tag 0x{known.memory:x2}{(known.memory == 0xfe ? ", that of freed memory" : string.Empty)}.") : string.Empty;
        return $"Usually a use after free or an access out of bounds.{which}";
    }

    private static string Error(Explanation explanation)
    {
        int error = explanation.Region?.Error ?? 0;
        string? name = OddAddresses.ErrorName(error);
        return string.Create(CultureInfo.InvariantCulture, $"-{error}{(name is null ? string.Empty : $" (-{name})")}");
    }

    private static string Behind(Explanation explanation, string value)
    {
        long offset = explanation.Region?.Offset ?? 0;
        return offset == 0 ? value : string.Create(CultureInfo.InvariantCulture, $"{value} {(offset < 0 ? '-' : '+')} 0x{Math.Abs(offset):x}");
    }
}
