using System.Globalization;
using Ptewright.Addressing;
using Ptewright.Decoding;
using Ptewright.Texts;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Explaining;

/// <summary>An explanation in words.</summary>
/// <remarks>Names of processes, machines and symbols in it are the report's own, cleaned of what a terminal would obey.</remarks>
public static class ExplanationText
{
    private const int MostName = 60;

    /// <summary>Which report it is: the line, the kernel, the CPU, the process, the machine.</summary>
    /// <param name="explanation">The explanation.</param>
    public static string Title(Explanation explanation)
    {
        ArgumentNullException.ThrowIfNull(explanation);
        Oops oops = explanation.Oops;
        string what = oops.Kind switch
        {
            OopsKind.Panic => "Panic",
            OopsKind.UserFault => "Fault of a program",
            OopsKind.SpuriousFault => "Warning",
            OopsKind.Sanitizer => "Report of a sanitizer",
            OopsKind.Values => "Values",
            _ => "Oops",
        };
        List<string> parts = [];
        void Add(string? part)
        {
            if (part is not null)
            {
                parts.Add(part);
            }
        }

        Add(oops.Release is { } release ? $"Linux {Name(release)}" : null);
        Add(oops.Cpu is { } cpu ? string.Create(CultureInfo.InvariantCulture, $"CPU {cpu}") : null);
        Add(oops.Process is { } process ? string.Create(CultureInfo.InvariantCulture, $"{Name(process)}[{oops.Pid}]") : null);
        Add(oops.Hardware is { } hardware ? Name(hardware) : null);
        string place = oops.Line == 0 ? string.Empty : string.Create(CultureInfo.InvariantCulture, $" in line {oops.Line}");
        return $"{what}{place}{(parts.Count == 0 ? string.Empty : ": ")}{string.Join(", ", parts)}";
    }

    /// <summary>What happened, in two or three sentences, the first of which names the most likely cause.</summary>
    /// <param name="explanation">The explanation.</param>
    public static IReadOnlyList<string> Summary(Explanation explanation)
    {
        ArgumentNullException.ThrowIfNull(explanation);
        CauseKind cause = explanation.MainCause;
        List<string> sentences = [$"{CauseWording.Name(explanation, cause)}{Act(explanation)}."];
        if (CauseWording.Usually(explanation, cause) is { } usual)
        {
            sentences.Add(usual);
        }

        // What is said of a region must not sound surer than where the region lies.
        if (explanation.Region is { IsLayoutAssumed: true, Profile: { } profile } && cause is CauseKind.UnloadedModule or CauseKind.UnmappedVmalloc or CauseKind.PageOfNoMemory or CauseKind.NoIoPort or CauseKind.UnmappedFixmap or CauseKind.Hole)
        {
            sentences.Add($"That is by the layout of {profile.Name}: the text does not name its kernel.");
        }

        Oops oops = explanation.Oops;
        if (oops.Kasan is { } kasan)
        {
            sentences.Add($"KASAN says {ForeignText.Quote(kasan, 90)}.");
        }

        if (oops.Kfence is { } kfence)
        {
            sentences.Add($"KFENCE says {ForeignText.Quote(kfence, 90)}.");
        }

        return sentences;
    }

    /// <summary>What was tried, by whom, from where; null where nothing is known.</summary>
    /// <param name="explanation">The explanation.</param>
    public static string? Tried(Explanation explanation)
    {
        ArgumentNullException.ThrowIfNull(explanation);
        Oops oops = explanation.Oops;
        string? what = explanation.Access switch
        {
            AccessRights.Read => oops.Syndrome is { IsCacheMaintenance: true } ? "cache maintenance" : "a read",
            AccessRights.Write => "a write",
            AccessRights.Execute => "a fetch",
            _ => null,
        };
        string who = explanation.IsByUser switch { true => " by a program (EL0)", false => " by the kernel (EL1)", null => string.Empty };
        string where = oops.ProgramCounter is { } pc ? $" at {Name(pc)}" : string.Empty;
        string from = oops.LinkRegister is { } lr ? $", called from {Name(lr)}" : string.Empty;
        string pan = oops.HasPan is { } set && explanation.Region is { Kind: RegionKind.User or RegionKind.Null } ? $"; PAN was {(set ? "set" : "clear")}" : string.Empty;
        string text = $"{what}{(what is null ? who.TrimStart() : who)}{where}{from}{pan}";
        return text.Length == 0 ? null : text.Trim();
    }

    /// <summary>What the syndrome says; null without one.</summary>
    /// <param name="explanation">The explanation.</param>
    public static string? Syndrome(Explanation explanation)
    {
        ArgumentNullException.ThrowIfNull(explanation);
        return explanation.Oops.Syndrome is not { } syndrome ? null
            : $"0x{syndrome.Value:x}: {FaultText.Describe(syndrome).TrimEnd('.')}{(syndrome.Class == ExceptionClass.Brk ? string.Create(CultureInfo.InvariantCulture, $" 0x{syndrome.Details & 0xffff:x}") : string.Empty)}{(explanation.Oops.IsSyndromeInferred ? " (put together from the lines about its fields)" : string.Empty)}";
    }

    /// <summary>Where the address lies; null without one.</summary>
    /// <param name="explanation">The explanation.</param>
    public static string? Place(Explanation explanation)
    {
        ArgumentNullException.ThrowIfNull(explanation);
        return explanation.Region is { } region && explanation.Address is { } address ? $"{Digits(address)}: {RegionWording.Of(region)}" : null;
    }

    /// <summary>Which tables the entries are of; null where none were printed.</summary>
    /// <param name="explanation">The explanation.</param>
    public static string? Tables(Explanation explanation)
    {
        ArgumentNullException.ThrowIfNull(explanation);
        Oops oops = explanation.Oops;
        return oops.HasNoUserTables ? "none printed: a program's address, but no program's tables were in use (a kernel thread)"
            : oops.IsBetweenHalves ? "none printed: no tables have this address"
            : oops.Tables is { } tables
                ? string.Create(CultureInfo.InvariantCulture, $"{(tables.IsUser ? "the program's" : "the kernel's")}, {GranuleText.NameOf(tables.Granule)} pages, {tables.AddressBits}-bit addresses{(tables.Root is { } root ? $", root at {root}" : string.Empty)}")
            : explanation.Walk is { Shape: var shape } ? string.Create(CultureInfo.InvariantCulture, $"not named; taken for {GranuleText.NameOf(shape.Granule)} pages and {shape.InputBits}-bit addresses")
            : null;
    }

    /// <summary>The printed entries, one line each, at their true levels.</summary>
    /// <param name="explanation">The explanation.</param>
    public static IEnumerable<string> Entries(Explanation explanation)
    {
        ArgumentNullException.ThrowIfNull(explanation);
        if (explanation.Walk is not { } walk)
        {
            yield break;
        }

        List<Row> rows = [];
        List<string> repeated = [];
        foreach (PrintedStep step in walk.Steps)
        {
            repeated.Add(PrintedLines.Word(step.Name));
            if (step.Role != PrintedRole.Repeated)
            {
                rows.Add(new Row(step.Level is { } level ? string.Create(CultureInfo.InvariantCulture, $"{level,2}") : " -", string.Join('=', repeated), step));
                repeated.Clear();
            }
        }

        int width = 0;
        foreach (Row row in rows)
        {
            width = Math.Max(width, row.Names.Length);
        }

        foreach (Row row in rows)
        {
            yield return $"{row.Level} {row.Names.PadRight(width)} {row.Step.Entry.Raw:x16} {EntryWording.Of(walk, row.Step)}";
        }
    }

    /// <summary>Whether the entries give the fault, and which rule denied it; null where neither is known.</summary>
    /// <param name="explanation">The explanation.</param>
    public static string? Verdict(Explanation explanation)
    {
        ArgumentNullException.ThrowIfNull(explanation);
        string? rules = explanation.DeniedBy.Count == 0 ? null : string.Join(", and ", explanation.DeniedBy.Select(EntryWording.Of));
        string level = explanation.Walk?.End is { Level: { } at } ? string.Create(CultureInfo.InvariantCulture, $"level {at}") : "the end";
        string end = explanation.Walk switch
        {
            null => string.Empty,
            { EndsInNothing: true } => $"the walk ends at {level}",
            { Leaf: not null } => $"the walk reaches a leaf at {level}{(rules is null ? string.Empty : $", denied by {rules}")}",
            _ => $"the entries end at {level} with a table",
        };
        return explanation.Agreement switch
        {
            WalkAgreement.Agrees => $"agrees with ESR: {end}",
            WalkAgreement.Allows => $"does not agree with ESR: {end}, which allows the access",
            WalkAgreement.OtherLevel or WalkAgreement.OtherKind => $"does not agree with ESR: {end}",
            WalkAgreement.Unknown when explanation is { Oops.Syndrome.FaultKind: FaultKind.AddressSize, Walk: not null } => $"{end}; an address in these entries, or in TTBR, is larger than physical addresses are (TCR_EL1.IPS)",
            WalkAgreement.NotAboutEntries => "entries do not decide about this fault",
            _ => end.Length == 0 ? null : end,
        };
    }

    /// <summary>What an AT instruction said of the address; null where that is not known.</summary>
    /// <param name="explanation">The explanation.</param>
    public static string? AddressTranslation(Explanation explanation)
    {
        ArgumentNullException.ThrowIfNull(explanation);
        return explanation.Oops.AddressTranslation is { } par ? string.Create(CultureInfo.InvariantCulture, $"0x{par:x}: {FaultAddressLayouts.Describe(par).TrimEnd('.')}") : null;
    }

    /// <summary>What else it may be, a sentence each, the likelier first.</summary>
    /// <param name="explanation">The explanation.</param>
    public static IEnumerable<string> Others(Explanation explanation)
    {
        ArgumentNullException.ThrowIfNull(explanation);
        return explanation.Causes.Skip(1).Select(cause =>
            $"{(cause.Likelihood switch { Likelihood.Certain => "and", Likelihood.Likely => "likely", _ => "possible" })}: {Uncapitalised(CauseWording.Name(explanation, cause.Kind))}");
    }

    /// <summary>What the text leaves open, and what would tell it, a sentence each.</summary>
    /// <param name="explanation">The explanation.</param>
    public static IEnumerable<string> Open(Explanation explanation)
    {
        ArgumentNullException.ThrowIfNull(explanation);
        return explanation.Open.Select(question => question switch
        {
            OpenQuestion.KernelVersion => "which kernel it is: the line with Comm: says it",
            OpenQuestion.AddressSize => "how many bits addresses have, and so where regions lie: the line with pgtable: says it",
            OpenQuestion.Syndrome => "the kind of fault: Mem abort info, or the number behind Internal error, has ESR",
            OpenQuestion.Entries => $"the entries: the lines with pgtable: and pgd=, or {InputWords.Source}, have them",
            OpenQuestion.Address => "the address: the kernel does not print FAR for this fault; registers and code of the pc do",
            OpenQuestion.Owner => $"what it belonged to: a dump ({InputWords.Source}), or KASAN, tells it",
            OpenQuestion.EntryThen => $"what the entry was at the fault: {InputWords.Source} has it now; tracing its writers has the rest",
            OpenQuestion.ControlRegisters => "SCTLR_EL1.WXN, PIR_EL1, POR_EL1: a dump's or a debugger's registers tell them",
            OpenQuestion.Pan => "whether PAN was set: the line with pstate: says it",
            _ => "which instruction: the line with Code:, or the kernel's file at pc, says it",
        });
    }

    /// <summary>What a source has at the address now; null without one.</summary>
    /// <param name="explanation">The explanation.</param>
    public static string? Source(Explanation explanation)
    {
        ArgumentNullException.ThrowIfNull(explanation);
        if (explanation.Source is not { } source)
        {
            return null;
        }

        string now = source.Result.IsMapped
            ? string.Create(CultureInfo.InvariantCulture, $"now maps it to {source.Result.Physical} at level {source.Result.Level}, EL1 {Permissions.Format(source.Result.Attributes.Permissions.Privileged)}")
            : string.Create(CultureInfo.InvariantCulture, $"now gives {FaultWording.Of(source.Result.Fault)} at level {source.Result.Level}");
        string change = !source.IsSameShape ? "its tables have another shape, so it is another kernel's"
            : source.IsSameRoot == false ? $"its root lies elsewhere, so it is another start{(explanation.Oops.Tables is { IsUser: true } ? " or another program's" : string.Empty)}"
            : explanation.Walk is null ? "no printed entries to compare"
            : source.Changed.Count == 0 ? "no entry has changed"
            : string.Join(", ", source.Changed.Select(entry => string.Create(CultureInfo.InvariantCulture, $"level {entry.Level} was 0x{entry.Printed.Raw:x}, is 0x{entry.Now.Raw:x}")));
        return $"{now}; {change}";
    }

    private sealed record Row(string Level, string Names, PrintedStep Step);

    // ": the kernel read 0x58 at f+0x8/0x10"
    private static string Act(Explanation explanation)
    {
        Oops oops = explanation.Oops;
        string subject = explanation.IsByUser switch { true => oops.Process is { } process ? $"program {Name(process)}" : "a program", _ => "the kernel" };
        string verb = explanation.Access switch { AccessRights.Write => "wrote to", AccessRights.Execute => "jumped to", AccessRights.Read => "read", _ => "accessed" };
        string where = oops.ProgramCounter is { } pc && explanation.Access != AccessRights.Execute ? $" in {Name(UpToOffset(pc))}" : string.Empty;
        return explanation.Address is { } address ? $": {subject} {verb} {Digits(address)}{where}"
            : explanation.IsByUser == true ? $": {subject} {verb} an address that is not printed{where}"
            : where;
    }

    private static string UpToOffset(string symbol)
    {
        int slash = symbol.IndexOf('/', StringComparison.Ordinal);
        int module = symbol.IndexOf(" [", StringComparison.Ordinal);
        return slash < 0 ? symbol : symbol[..slash] + (module > slash ? symbol[module..] : string.Empty);
    }

    private static string Digits(VirtualAddress address) => address.Value < 1UL << 16 ? $"0x{address.Value:x}" : $"0x{address.Value:x16}";

    private static string Name(string foreign) => ForeignText.Clean(foreign.Length > MostName ? foreign[..MostName] + "..." : foreign);

    private static string Uncapitalised(string text) =>
        text.Length > 1 && char.IsAsciiLetterUpper(text[0]) && (char.IsAsciiLetterLower(text[1]) || text[1] == ' ') && !text.StartsWith("SError", StringComparison.Ordinal) ? char.ToLowerInvariant(text[0]) + text[1..] : text;
}
