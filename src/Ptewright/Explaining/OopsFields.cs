using System.Globalization;
using Ptewright.Addressing;
using Ptewright.Texts;
using Ptewright.Translation;
using static Ptewright.Explaining.OopsWords;

namespace Ptewright.Explaining;

/// <summary>What each line of a report adds to it.</summary>
internal sealed class OopsFields
{
    // Bits of ESR_ELx that 4.19 to 7.x print one by one: enough to put it together where its own line is lost.
    private static readonly (string Words, int Shift)[] _syndromeFields =
        [("IL = 32", 25), ("FnV = 1", 10), ("EA = 1", 9), ("S1PTW = 1", 7), ("CM = 1", 8), ("WnR = 1", 6)];

    private readonly Dictionary<int, ulong> _registers = [];
    private readonly List<StackRange> _stacks = [];
    private ulong _fields;
    private int? _class;
    private int? _status;
    private ulong? _details;

    /// <summary>Adds a line.</summary>
    /// <returns>The report with what the line says; null when it says nothing of one.</returns>
    public Oops? Add(Oops oops, int line, string message, LogLines lines) => message switch
    {
        ['E', ..] => AddSyndrome(oops, message),
        ['S' or 'I' or 'F' or 'C' or 'E', ..] when AddSyndromeField(message) => oops,
        ['C', 'P', 'U', ':', ..] => AddProcess(oops, lines.Whole(line, IsWholeProcess)),
        ['H', ..] when Behind(message, "Hardware name:") is { } hardware => oops with { Hardware = hardware },
        ['p', 's', 't', ..] when Number(message, "pstate: ") is { } state => oops with { ProcessState = state },
        ['P' or 'L', 'C' or 'R', ' ', 'i', 's', ' ', 'a', 't', ' ', ..] => AddPlace(oops, message),
        ['p', 'c', ' ', ..] when AreTogether(message) => AddTogether(oops, message),
        ['p', 'c', ' ', ..] when Behind(message, ":") is { Length: > 0 } pc => oops with { ProgramCounter = Symbol(pc) },
        ['l', 'r', ' ', ..] when Behind(message, ":") is { Length: > 0 } lr => oops with { LinkRegister = Symbol(lr) },
        ['s', 'p', ' ', ..] when Address(message, ": ") is { } sp => oops with { StackPointer = sp },
        ['x', >= '0' and <= '9', ..] => AddRegisters(oops, lines.Whole(line, AreWholeRegisters)),
        ['C', 'o', 'd', 'e', ':', ..] => oops with { Code = lines.Whole(line, text => text.Contains(')', StringComparison.Ordinal))["Code:".Length..].Trim() },
        ['K', ..] => AddKernel(oops, message),
        ['P', ..] => AddTags(oops, message),
        ['R' or 'W', ..] when message.Contains(" at addr ", StringComparison.Ordinal) => oops with
        {
            Address = oops.Address ?? Address(message, " at addr "),
            Message = oops.Message ?? (message[0] == 'R' ? "read" : "write"),
        },
        ['F', 'A', 'R', ..] when Number(message, "FAR: ") is { } far => oops with { Address = new VirtualAddress(far) },
        ['T' or 'I' or 'O', ..] when message.Contains(" stack:", StringComparison.Ordinal) => AddStack(oops, message),
        _ => null,
    };

    /// <summary>Ends a report.</summary>
    /// <param name="oops">The report.</param>
    /// <param name="banner">The last banner before its end, for a report that does not name its kernel.</param>
    public Oops Finish(Oops oops, string? banner)
    {
        string? kernel = oops.Release is null ? banner : null;
        LinuxVersion? version = oops.Version;
        if (kernel is not null && KernelBanner.TryReadVersion(kernel, out LinuxVersion booted))
        {
            version = booted;
            oops = oops with { Release = UpTo(kernel["Linux version ".Length..], " ") };
        }

        // Kernels before 5.11 print no FSC; what has neither that nor ISS does not say what fault it was.
        if (oops.Syndrome is null && _class is { } exception && (_status is not null || _details is not null))
        {
            oops = oops with
            {
                Syndrome = new ExceptionSyndrome(((ulong)(uint)exception << 26) | _fields | (_details ?? 0) | (uint)(_status ?? 0)),
                IsSyndromeInferred = true,
            };
        }

        return oops with { Version = version, Registers = _registers, Stacks = _stacks };
    }

    private Oops? AddSyndrome(Oops oops, string message)
    {
        if ((Number(message, "ESR = ") ?? Number(message, "ESR: ")) is { } value)
        {
            return oops with { Syndrome = new ExceptionSyndrome(value) };
        }

        return AddSyndromeField(message) ? oops : null;
    }

    private bool AddSyndromeField(string message)
    {
        bool found = false;
        if (message.StartsWith("EC = ", StringComparison.Ordinal) && Number(message, "EC = ") is { } exception and < 64)
        {
            _class = (int)exception;
            found = true;
        }

        if (message.StartsWith("FSC = ", StringComparison.Ordinal) && Number(message, "FSC = ") is { } status and < 64)
        {
            _status = (int)status;
            found = true;
        }

        if (message.StartsWith("ISV = ", StringComparison.Ordinal) && Number(message, " ISS = ") is { } details and < (1UL << 25))
        {
            _details = details;
        }

        foreach ((string words, int shift) in _syndromeFields)
        {
            if (message.Contains(words, StringComparison.Ordinal))
            {
                _fields |= 1UL << shift;
                found = true;
            }
        }

        return found || message.StartsWith("SET = ", StringComparison.Ordinal) || message.StartsWith("ISV = ", StringComparison.Ordinal) || message.StartsWith("CM = ", StringComparison.Ordinal);
    }

    // "CPU: 1 UID: 0 PID: 213 Comm: insmod Tainted: G           O  6.12.0 #1 PREEMPT Debian 6.12.57-1"; 4.19 has no UID, 6.12 and later have what the letters mean in a line of its own.
    private static Oops AddProcess(Oops oops, string message)
    {
        oops = oops with { Cpu = Decimal(message, "CPU: ") ?? oops.Cpu, Pid = Decimal(message, " PID: ") ?? oops.Pid };
        if (Behind(message, "Comm: ") is not { } rest)
        {
            return oops;
        }

        // A process may have any name; behind the last of these words stands the kernel.
        int tainted = rest.LastIndexOf(" Tainted: ", StringComparison.Ordinal);
        int clean = rest.LastIndexOf(" Not tainted", StringComparison.Ordinal);
        int name = Math.Max(tainted, clean);
        string kernel = name < 0 ? string.Empty : rest[(name + (tainted > clean ? " Tainted: ".Length : " Not tainted".Length))..];
        int number = kernel.IndexOf(" #", StringComparison.Ordinal);
        string front = (number < 0 ? kernel : kernel[..number]).Trim();
        int at = front.LastIndexOf(' ') + 1;
        bool isRelease = LinuxVersion.TryParse(front.AsSpan(at), out _);
        return oops with
        {
            Process = (name < 0 ? rest : rest[..name]).Trim(),
            Taint = tainted > clean ? (isRelease ? front[..at] : front).Trim() : string.Empty,
            Release = isRelease ? front[at..] : oops.Release,
            Version = isRelease && KernelBanner.TryReadVersion(kernel.TrimStart().AsSpan(at), out LinuxVersion version) ? version : oops.Version,
        };
    }

    // "x29: ffff80000a3bbd40 x28: ffff000003a20000 x27: 0000000000000000"; "x9 : ".
    private Oops AddRegisters(Oops oops, string message)
    {
        for (int at = message.IndexOf('x', StringComparison.Ordinal); at >= 0; at = message.IndexOf('x', at + 1))
        {
            ReadOnlySpan<char> name = message.AsSpan(at + 1, Math.Min(4, message.Length - at - 1));
            int colon = name.IndexOf(':');
            if (colon > 0 && int.TryParse(name[..colon].TrimEnd(), NumberStyles.None, CultureInfo.InvariantCulture, out int register) && register <= 30
                && NumberAt(message, at + 1 + colon + 1) is { } value)
            {
                _registers[register] = value;
            }
        }

        return oops;
    }

    private static bool AreWholeRegisters(string message)
    {
        int colon = message.LastIndexOf(':');
        return colon > 0 && message.Length - colon - 1 >= 17;
    }

    // What the package is made of comes last, where it is Debian's.
    private static bool IsWholeProcess(string message) => message.Contains(" #", StringComparison.Ordinal) && message.Contains("Comm:", StringComparison.Ordinal)
        && Behind(message, " Debian ") is { Length: > 0 };

    private static Oops? AddKernel(Oops oops, string message)
    {
        if (message.StartsWith("KASAN: ", StringComparison.Ordinal))
        {
            return oops with { Kasan = oops.Kasan ?? message["KASAN: ".Length..] };
        }

        return message.StartsWith("Kernel Offset: disabled", StringComparison.Ordinal) ? oops with { KernelOffset = 0 }
            : Number(message, "Kernel Offset: ") is { } offset && message.Contains(" from 0x", StringComparison.Ordinal) ? oops with { KernelOffset = offset }
            : null;
    }

    // Until 4.16 symbols have lines of their own, "PC is at memcpy+0x10/0x230", and one line has the values: "pc : [<ffff...>] lr : [<ffff...>] pstate: 80400145".
    private static Oops AddPlace(Oops oops, string message) => message[0] == 'P'
        ? oops with { ProgramCounter = Symbol(message["PC is at ".Length..]) }
        : oops with { LinkRegister = Symbol(message["LR is at ".Length..]) };

    private static bool AreTogether(string message) => message.Contains(" lr : [<", StringComparison.Ordinal);

    private static Oops AddTogether(Oops oops, string message) => oops with
    {
        ProgramCounter = oops.ProgramCounter ?? Behind(UpTo(message, " lr : "), ": "),
        LinkRegister = oops.LinkRegister ?? Behind(UpTo(message, " pstate: "), " lr : "),
        ProcessState = Number(message, "pstate: ") ?? oops.ProcessState,
    };

    // "Pointer tag: [f7], memory tag: [fe]".
    private static Oops? AddTags(Oops oops, string message) =>
        Number(message, "Pointer tag: [") is { } pointer and < 256 && Number(message, "memory tag: [") is { } memory and < 256
            ? oops with { Tags = ((int)pointer, (int)memory) }
            : null;

    // "Task stack:     [0xffff800012340000..0xffff800012344000]".
    private Oops? AddStack(Oops oops, string message)
    {
        if (Address(message, "[") is not { } start || Address(message, "..") is not { } end || end <= start || _stacks.Count >= 4)
        {
            return null;
        }

        _stacks.Add(new StackRange(UpTo(message, " stack:"), start, end));
        return oops;
    }

    // Behind a symbol stands its module and, if the text is of a tool, more.
    private static string Symbol(string text)
    {
        string symbol = text.Trim();
        return symbol.Length > 200 ? symbol[..200] : symbol;
    }
}
