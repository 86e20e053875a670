using Ptewright.Translation;
using Ptewright.Walking;
using static Ptewright.Explaining.CauseKind;
using static Ptewright.Explaining.Likelihood;

namespace Ptewright.Explaining;

/// <summary>What is usually behind a fault, most likely first.</summary>
internal static class CauseFinder
{
    // How near to the stack pointer a fault is one of the stack.
    private const ulong NearStack = 64 << 10;

    /// <summary>The causes; never none.</summary>
    public static IReadOnlyList<Cause> Find(Explanation explanation)
    {
        Oops oops = explanation.Oops;
        Cause[] causes = oops.Kind switch
        {
            OopsKind.StackOverflow => [IsBelowStack(explanation) ? new(StackOverflow, Certain) : new(WrongStackPointer, Likely), IsBelowStack(explanation) ? new(WrongStackPointer, Possible) : new(StackOverflow, Possible)],
            OopsKind.SystemError => [new(AsynchronousAbort, Certain), new(BusError, Likely), new(MemoryError, Possible)],
            OopsKind.UnexpectedException => [new(UnexpectedException, Certain)],
            OopsKind.Sanitizer => [new(oops.Tags is not null || oops.Kasan?.StartsWith("invalid-access", StringComparison.Ordinal) == true ? TagMismatch : FoundBySanitizer, Certain)],
            OopsKind.SpuriousFault => [new(SpuriousFault, Certain), new(StaleTranslation, Possible)],
            OopsKind.Trap => OfTrap(oops),
            OopsKind.Panic => [new(Panic, Certain)],

            // ESR by hand may be of any exception.
            OopsKind.Values when oops.Syndrome is { IsDataAbort: false, IsInstructionAbort: false } values => OfClass(oops, values.Class),
            _ => OfFault(explanation),
        };
        return causes.Length > 0 ? causes : [new(Unknown, Possible)];
    }

    private static Cause[] OfClass(Oops oops, ExceptionClass what) =>
        what == ExceptionClass.SError ? [new(AsynchronousAbort, Certain), new(BusError, Likely), new(MemoryError, Possible)] : OfTrap(oops);

    private static Cause[] OfTrap(Oops oops)
    {
        string words = oops.InternalError ?? oops.Headline ?? string.Empty;
        ExceptionClass? what = oops.Syndrome?.Class;
        bool Says(string text) => words.Contains(text, StringComparison.OrdinalIgnoreCase);
        return Says("BTI") || what == ExceptionClass.BranchTarget ? [new(BranchTarget, Certain)]
            : Says("FPAC") || what == ExceptionClass.PointerAuthentication ? [new(PointerAuthentication, Certain)]
            : Says("alignment") || what is ExceptionClass.PcAlignment or ExceptionClass.SpAlignment ? [new(Unaligned, Certain)]
            : Says("KASAN") || Says("UBSAN") ? [new(FoundBySanitizer, Certain)]
            : Says("BUG") || Says("CFI") || Says("BRK") || what == ExceptionClass.Brk ? [new(FailedCheck, Certain)]
            : Says("undefined instruction") ? [new(UndefinedInstruction, Certain)]
            : Says("bad mode") || Says("exception") || Says("MOPS") || Says("GCS") ? [new(UnexpectedException, Certain)]
            : [new(Unknown, Possible)];
    }

    private static Cause[] OfFault(Explanation explanation)
    {
        Oops oops = explanation.Oops;
        FaultKind? kind = oops.Syndrome?.FaultKind;
        if (kind is { } known && WithoutTables(explanation, known) is { } apart)
        {
            return apart;
        }

        if (oops.Message?.Contains("hypervisor-protected", StringComparison.Ordinal) == true || oops.Syndrome is { IsStage1Walk: true })
        {
            return [new(HypervisorProtected, Certain)];
        }

        if (explanation.IsByUser == true)
        {
            return OfProgram(explanation);
        }

        if (explanation.Region is { } region && OfValue(region) is { } value)
        {
            return value;
        }

        // Somebody asked the CPU again: a translation that is there now was not there, or was not seen, at the fault.
        if (kind == FaultKind.Translation && oops.AddressTranslation is { } par && (par & 1) == 0)
        {
            return [new(StaleTranslation, Likely), new(ChangedSince, Possible), new(SpuriousFault, Possible)];
        }

        if (explanation.Region is null && oops.Message is { } said && OopsWords.IsOfUserMemory(said))
        {
            return explanation.Access == AccessRights.Execute ? [new(ExecutedUser, Certain)] : [new(UserWithoutUaccess, Certain)];
        }

        bool isPermission = kind == FaultKind.Permission || (kind is null && IsPermissionByWords(oops));
        return explanation.Region is { Kind: RegionKind.User } ? OfUserMemory(explanation, isPermission)
            : isPermission ? OfPermission(explanation)
            : kind == FaultKind.AccessFlag ? [new(AccessFlagClear, Certain), new(StaleTranslation, Possible)]
            : explanation.Agreement is WalkAgreement.Allows ? [new(StaleTranslation, Likely), new(ChangedSince, Possible), new(SpuriousFault, Possible), .. Kpti(explanation)]
            : explanation.Agreement is WalkAgreement.OtherLevel or WalkAgreement.OtherKind ? [new(ChangedSince, Likely), new(StaleTranslation, Possible), .. Kpti(explanation)]
            : explanation.Walk?.Leaf is not null ? [new(Unknown, Possible)]
            : OfNothing(explanation);
    }

    private static bool IsPermissionByWords(Oops oops) => oops.Message is { } words
        && (words.StartsWith("write to read-only", StringComparison.Ordinal) || words.StartsWith("read from unreadable", StringComparison.Ordinal) || words.StartsWith("execute from", StringComparison.Ordinal)
            || words.StartsWith("access to user", StringComparison.Ordinal) || words.StartsWith("execution of user", StringComparison.Ordinal));

    // Faults that no entry decides about, or one that was overwritten.
    private static Cause[]? WithoutTables(Explanation explanation, FaultKind kind) => kind switch
    {
        FaultKind.TlbConflict => [new(BreakBeforeMake, Likely)],
        FaultKind.SyncExternal => [new(BusError, Likely), new(MemoryError, Possible)],
        FaultKind.ExternalOnWalk => [new(TableNotReadable, Likely), new(CorruptedTable, Possible), new(MemoryError, Possible)],
        FaultKind.Parity or FaultKind.ParityOnWalk => [new(MemoryError, Certain)],
        FaultKind.TagCheck => [new(TagMismatch, Certain)],
        FaultKind.Alignment => IsDevice(explanation) switch
        {
            true => [new(UnalignedDevice, Certain)],
            false => [new(UnalignedAtomic, Likely)],
            null => [new(UnalignedDevice, Likely), new(UnalignedAtomic, Possible)],
        },
        FaultKind.GranuleProtection or FaultKind.GranuleProtectionOnWalk => [new(GranuleProtection, Certain)],
        FaultKind.UnsupportedAtomicUpdate or FaultKind.UnsupportedExclusive or FaultKind.Lockdown => [new(UnsupportedAtomic, Likely)],
        FaultKind.AddressSize => [new(CorruptedTable, Likely)],
        _ => null,
    };

    // Device memory is 0b0000dd00 in MAIR_EL1. Null without a leaf.
    private static bool? IsDevice(Explanation explanation) => explanation.Walk?.Attributes is { MemoryAttribute: { } attribute } ? (attribute & 0xf0) == 0 : null;

    private static Cause[]? OfValue(AddressRegion region) => region.Kind switch
    {
        RegionKind.Null => [new(NullPointer, Likely)],

        // Few functions return these as pointers, and members lie at such offsets.
        RegionKind.ErrorPointer when region is { Error: 8 or 24 or 32, Offset: 0 } => [new(BelowNull, Likely), new(ErrorPointer, Possible)],
        RegionKind.ErrorPointer => region.Error != 0 && (OddAddresses.ErrorName(region.Error) is not null || region.Error % 8 != 0)
            ? [new(ErrorPointer, Likely), new(BelowNull, Possible)]
            : [new(BelowNull, Likely), new(ErrorPointer, Possible)],
        RegionKind.ListPoison => [new(DeletedListEntry, Likely)],
        RegionKind.Poison => [region.IsOfFreed ? new(FreedObject, Likely) : new(UnwrittenMemory, Likely)],
        RegionKind.Text => [new(OverwrittenByText, Likely), new(WildPointer, Possible)],
        RegionKind.FailedAuthentication => [new(FailedAuthentication, Likely), new(WildPointer, Possible)],
        RegionKind.KasanShadowOfNothing => [new(CheckedAccess, Certain), (ulong)region.Offset < 65536 ? new(NullPointer, Likely) : new(WildPointer, Likely)],
        RegionKind.NonCanonical => [new(WildPointer, Likely)],
        _ => null,
    };

    private static Cause[] OfProgram(Explanation explanation) => explanation.Agreement switch
    {
        WalkAgreement.Allows => [new(StaleTranslation, Possible), new(ChangedSince, Possible), new(UserMistake, Possible)],
        _ => [new(UserMistake, Likely)],
    };

    private static Cause[] OfUserMemory(Explanation explanation, bool isPermission)
    {
        Oops oops = explanation.Oops;
        if (explanation.Access == AccessRights.Execute)
        {
            return [new(ExecutedUser, Certain), new(WildPointer, Possible)];
        }

        // The routines have a way out of every fault, so whoever dies of one is none of them. An emulated PAN has an empty TTBR0: a translation fault where the tables are whole.
        bool isEmulated = !isPermission && oops.HasPan == true && oops.Syndrome is { FaultKind: FaultKind.Translation, Level: <= 1 }
            && (explanation.Walk?.End is { Level: { } level } ? level > oops.Syndrome.Value.Level || explanation.Walk.Leaf is not null : IsPermissionByWords(oops));
        bool isOutside = oops.Message?.Contains("outside uaccess", StringComparison.Ordinal) == true;
        return isEmulated ? [new(UserWithEmulatedPan, Likely)]
            : isPermission || isOutside ? [new(UserWithoutUaccess, explanation.DeniedBy.Contains(DenyingRule.PrivilegedAccessNever) || isOutside ? Certain : Likely), .. OfDenied(explanation)]
            : explanation.Agreement == WalkAgreement.Allows ? [new(StaleTranslation, Likely), new(ChangedSince, Possible), new(SpuriousFault, Possible)]
            : [new(UserPageMissing, Likely), new(WildPointer, Possible)];
    }

    private static IEnumerable<Cause> OfDenied(Explanation explanation) => explanation.DeniedBy.Contains(DenyingRule.ReadOnly) ? [new(ReadOnlyMemory, Possible)] : [];

    private static Cause[] OfPermission(Explanation explanation)
    {
        if (explanation.Oops.Syndrome is { IsOverlay: true })
        {
            return [new(Overlay, Certain)];
        }

        if (explanation.Oops.Syndrome is { IsDirtyState: true })
        {
            return [new(CleanPage, Certain)];
        }

        // A fetch from what may be written and executed is denied by WXN, which Linux does not set.
        bool isWritableCode = explanation is { Access: AccessRights.Execute, Walk.Attributes: { IsReadOnly: false, IsKernelExecutable: true } };
        return explanation.Agreement switch
        {
            WalkAgreement.Allows when isWritableCode => [new(StaleTranslation, Likely), new(ControlRegister, Possible), new(SpuriousFault, Possible)],
            WalkAgreement.Allows => [new(StaleTranslation, Likely), new(SpuriousFault, Possible), new(ChangedSince, Possible), new(ControlRegister, Possible)],
            WalkAgreement.OtherKind or WalkAgreement.OtherLevel => [new(ChangedSince, Likely), new(StaleTranslation, Possible)],
            _ when explanation.Access == AccessRights.Write => [new(ReadOnlyMemory, explanation.Agreement == WalkAgreement.Agrees ? Certain : Likely)],
            _ when explanation.Access == AccessRights.Execute => [new(NotExecutable, explanation.Agreement == WalkAgreement.Agrees ? Certain : Likely)],
            _ => [new(ControlRegister, Possible)],
        };
    }

    // A walk that ends in nothing, or of which nothing is known.
    private static Cause[] OfNothing(Explanation explanation)
    {
        if (explanation.Walk?.End is { Kind: EntryKind.BadType })
        {
            return [new(CorruptedTable, Likely)];
        }

        if (IsNearStack(explanation))
        {
            return [new(StackOverflow, Likely), new(UnmappedVmalloc, Possible)];
        }

        bool isPageAlone = explanation.Walk?.End is { Level: 3 } or { Kind: EntryKind.Invalid, Entry.Raw: not 0 };
        return explanation.Region?.Kind switch
        {
            // What is taken out of the map keeps the rest of its entry: only bit 0 is cleared (set_memory_valid, debug_pagealloc, KFENCE). An empty one is of memory that is not mapped at all.
            RegionKind.LinearMap when explanation.Walk?.End is { Entry.Raw: 0 } => [new(NoMemoryThere, Likely), new(WildPointer, Possible)],
            RegionKind.LinearMap => isPageAlone
                ? [new(TakenOutOfLinearMap, Likely), new(NoMemoryThere, Possible)]
                : [new(NoMemoryThere, Likely), new(WildPointer, Possible), new(TakenOutOfLinearMap, Possible)],
            RegionKind.Vmalloc => [new(UnmappedVmalloc, Likely), new(WildPointer, Possible)],
            RegionKind.Image => [new(UnmappedVmalloc, Possible), new(WildPointer, Possible)],
            RegionKind.Modules => [new(UnloadedModule, Likely), new(WildPointer, Possible)],
            RegionKind.Bpf => [new(UnmappedVmalloc, Likely), new(WildPointer, Possible)],
            RegionKind.PageArray => [new(PageOfNoMemory, Likely), new(WildPointer, Possible)],
            RegionKind.Fixmap => [new(UnmappedFixmap, Likely)],
            RegionKind.PciIo => [new(NoIoPort, Likely)],
            RegionKind.KasanShadow => [new(CheckedAccess, Likely), new(WildPointer, Likely)],
            RegionKind.Hole => [new(Hole, Likely)],
            _ => [],
        };
    }

    // Between user and kernel KPTI has tables with nothing but the vectors, and kernel leaves that are not global.
    private static IEnumerable<Cause> Kpti(Explanation explanation) =>
        explanation.Walk?.Attributes is { IsNotGlobal: true } && explanation.Region is { Kind: not RegionKind.User } ? [new(OtherTables, Possible)] : [];

    private static bool IsNearStack(Explanation explanation) => explanation is { Oops.StackPointer: { } sp, Address: { } address, Region.Kind: RegionKind.Vmalloc }
        && (address < sp ? sp.Value - address.Value : address.Value - sp.Value) < NearStack;

    private static bool IsBelowStack(Explanation explanation) => explanation.Address is { } address
        && explanation.Oops.Stacks.Any(stack => address < stack.Start && stack.Start.Value - address.Value <= Math.Max(NearStack, stack.End.Value - stack.Start.Value));
}
