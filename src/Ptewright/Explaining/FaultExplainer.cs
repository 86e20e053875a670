using Ptewright.Addressing;
using Ptewright.Decoding;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Explaining;

/// <summary>Says what a fault report means: what was tried, where, what the entries give, and what is usually behind it.</summary>
/// <remarks>Arm ARM D8.2 (walk), D8.4 (permissions), D8.14 (faults), ESR_EL1; Linux <c>arch/arm64/mm/fault.c</c>. What it takes from is a report's text alone, so that nothing of the machine is
/// needed.</remarks>
public static class FaultExplainer
{
    private const GranuleSize UsualGranule = GranuleSize.Size4K;
    private const int UsualBits = 48;

    /// <summary>Explains a report.</summary>
    /// <param name="oops">The report.</param>
    public static Explanation Explain(Oops oops)
    {
        ArgumentNullException.ThrowIfNull(oops);
        PrintedTables? tables = oops.Tables;
        (GranuleSize Granule, int Bits)? shown = tables is { } printed ? (printed.Granule, printed.AddressBits) : ReportedShape.Of(oops);
        GranuleSize granule = shown?.Granule ?? UsualGranule;
        int bits = shown?.Bits ?? UsualBits;

        // Faults without a valid FAR are printed with whatever it held.
        bool hasFar = oops.Syndrome is not { } syndrome || syndrome.IsFarValid || oops.Kind is OopsKind.StackOverflow or OopsKind.Sanitizer;
        VirtualAddress? address = hasFar ? oops.Address ?? oops.TablesAddress : null;
        PrintedWalk? walk = oops.Entries.Count > 0 ? PrintedWalk.Of(oops.Entries, granule, bits, address ?? oops.TablesAddress ?? default, ReportedKernel.MairOf(oops)) : null;
        bool? byUser = ByUser(oops);
        AccessRights access = AccessOf(oops);
        DenyingRule[] denied = walk?.Attributes is { } attributes ? DenyingRules.Of(attributes, access, byUser ?? false, oops.HasPan ?? false) : [];
        Explanation explanation = new()
        {
            Oops = oops,
            Access = access,
            IsByUser = byUser,
            Address = address,
            Region = address is { } far ? RegionFinder.Of(oops, far, granule, shown?.Bits, BuiltBits(oops, walk)) : null,
            Walk = walk,
            IsShapeAssumed = tables is null,
            DeniedBy = denied,
            Agreement = AgreementOf(oops, walk, denied),
        };
        explanation = explanation with { Causes = CauseFinder.Find(explanation) };
        return explanation with { Open = [.. OpenQuestions(explanation)] };
    }

    /// <summary>Adds what a source has at the address now, and takes from the open questions what it answers.</summary>
    /// <param name="explanation">The explanation.</param>
    /// <param name="source">The walk through the source.</param>
    public static Explanation Compare(Explanation explanation, SourceWalk source)
    {
        ArgumentNullException.ThrowIfNull(explanation);
        ArgumentNullException.ThrowIfNull(source);
        return explanation with { Source = source, Open = [.. explanation.Open.Where(question => question is not (OpenQuestion.Entries or OpenQuestion.EntryThen))] };
    }

    // The words of a headline say what was tried where the syndrome is not there.
    private static AccessRights AccessOf(Oops oops) => oops.Syndrome is { Access: not AccessRights.None } syndrome ? syndrome.Access
        : oops.Message is not { } message ? AccessRights.None
        : message.StartsWith("write", StringComparison.Ordinal) ? AccessRights.Write
        : message.StartsWith("exec", StringComparison.Ordinal) ? AccessRights.Execute
        : message.StartsWith("read", StringComparison.Ordinal) ? AccessRights.Read
        : AccessRights.None;

    private static bool? ByUser(Oops oops) => oops.Kind == OopsKind.UserFault ? true
        : oops.Syndrome is { } syndrome && (syndrome.IsDataAbort || syndrome.IsInstructionAbort) ? syndrome.FromLowerLevel
        : oops.IsFromUser ?? (oops.Kind is OopsKind.Fault or OopsKind.SpuriousFault ? false : null);

    // A kernel that was built for 52 bits and runs with fewer shows it by an entry that is not repeated.
    private static int? BuiltBits(Oops oops, PrintedWalk? walk) => walk is null || oops.Tables is null ? null
        : walk.Steps.Any(step => step.Role == PrintedRole.Unrelated && (int)step.Name < walk.Shape.RootLevel) ? 52
        : null;

    private static WalkAgreement AgreementOf(Oops oops, PrintedWalk? walk, DenyingRule[] denied)
    {
        if (oops.Syndrome is not { } syndrome || walk?.End is not { } end)
        {
            return WalkAgreement.Unknown;
        }

        FaultKind kind = syndrome.FaultKind;
        if (syndrome.IsStage1Walk || kind is not (FaultKind.Translation or FaultKind.Permission or FaultKind.AccessFlag or FaultKind.AddressSize))
        {
            return kind == FaultKind.None ? WalkAgreement.Unknown : WalkAgreement.NotAboutEntries;
        }

        // What lies below the last entry was not printed, or is above what the CPU may address.
        if (end.Kind == EntryKind.Table || kind == FaultKind.AddressSize)
        {
            return WalkAgreement.Unknown;
        }

        FaultKind given = walk.EndsInNothing ? FaultKind.Translation
            : walk.Attributes is { IsAccessed: false } ? FaultKind.AccessFlag
            : denied.Length > 0 ? FaultKind.Permission
            : FaultKind.None;
        return given == FaultKind.None ? WalkAgreement.Allows
            : given != kind ? WalkAgreement.OtherKind
            : syndrome.Level == end.Level ? WalkAgreement.Agrees : WalkAgreement.OtherLevel;
    }

    private static IEnumerable<OpenQuestion> OpenQuestions(Explanation explanation)
    {
        Oops oops = explanation.Oops;
        CauseKind cause = explanation.MainCause;
        bool isFault = oops.Kind is OopsKind.Fault or OopsKind.Values or OopsKind.UserFault;
        if (explanation.Agreement is WalkAgreement.Allows or WalkAgreement.OtherKind or WalkAgreement.OtherLevel && cause is CauseKind.StaleTranslation or CauseKind.ChangedSince)
        {
            yield return OpenQuestion.EntryThen;
        }

        if (isFault && oops.Syndrome is null)
        {
            yield return OpenQuestion.Syndrome;
        }

        if (isFault && explanation.Address is null && oops.Syndrome is null or { IsDataAbort: true } or { IsInstructionAbort: true })
        {
            yield return OpenQuestion.Address;
        }

        if (cause is CauseKind.UnmappedVmalloc or CauseKind.FreedObject or CauseKind.DeletedListEntry or CauseKind.TakenOutOfLinearMap or CauseKind.UnloadedModule or CauseKind.ReadOnlyMemory)
        {
            yield return OpenQuestion.Owner;
        }

        if (isFault && explanation.Walk is null && explanation.Region is { Kind: >= RegionKind.LinearMap } && cause is not CauseKind.BusError)
        {
            yield return OpenQuestion.Entries;
        }

        if (explanation.Agreement == WalkAgreement.Allows && oops.Syndrome is { FaultKind: FaultKind.Permission })
        {
            yield return OpenQuestion.ControlRegisters;
        }

        if (explanation.Region is { Kind: RegionKind.User } && oops.HasPan is null && explanation.IsByUser == false)
        {
            yield return OpenQuestion.Pan;
        }

        if (cause is CauseKind.UnalignedAtomic or CauseKind.UndefinedInstruction && oops.Code is null)
        {
            yield return OpenQuestion.Instruction;
        }

        if (explanation.Region is { IsLayoutAssumed: true })
        {
            yield return OpenQuestion.KernelVersion;
        }

        if (explanation.Region is { IsSizeAssumed: true })
        {
            yield return OpenQuestion.AddressSize;
        }
    }
}
