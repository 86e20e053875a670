using Ptewright.Addressing;
using Ptewright.Texts;
using Ptewright.Translation;
using static Ptewright.Explaining.OopsWords;

namespace Ptewright.Explaining;

/// <summary>Goes through the messages of a log and makes reports of those that belong to one: where a report begins, and what each line adds to it is <see cref="OopsFields"/>.</summary>
internal sealed class OopsParser(LogLines lines)
{
    private const string Unable = "Unable to handle kernel ";
    private const string Unhandled = "Unhandled fault";
    private const string Synchronous = "Synchronous External Abort";
    private const string Spurious = "Ignoring spurious kernel translation fault at virtual address";
    private const string Internal = "Internal error: ";
    private const string AtAddress = " at virtual address ";
    private const string PanicWords = "Kernel panic - not syncing: ";

    // A report of which nothing more was said for so long is over; a trace may have hundreds of lines, but no entries.
    private const int MostLines = 400;

    private readonly List<Oops> _found = [];
    private Oops? _current;
    private OopsFields _fields = new();
    private int _lastLine;
    private int _foreign = -MostLines;
    private string? _banner;

    /// <summary>Reads all of it.</summary>
    public IReadOnlyList<Oops> Read()
    {
        for (int line = 0; line < lines.Count && _found.Count < OopsFile.MostReports; line++)
        {
            string message = lines[line];
            if (message.Length < 4)
            {
                continue;
            }

            _foreign = ForeignOops.NameOf(message) is null ? _foreign : line;

            if (_current is not null && line - _lastLine > MostLines)
            {
                Close();
            }

            if ((!message.StartsWith("---[", StringComparison.Ordinal) && TryBegin(line, message)) || (_current is not null && Continue(line, message)))
            {
                _lastLine = line;
            }
        }

        Close();
        return WithKernel(_found);
    }

    // Two CPUs that fault at once write between each other's lines, and a log that was cut has the line with the release once: it is of all, if there is but one.
    private static List<Oops> WithKernel(List<Oops> found)
    {
        Oops? known = found.Find(oops => oops.Release is not null);
        return known is null || found.Exists(oops => oops.Release is { } other && other != known.Release)
            ? found
            : found.ConvertAll(oops => oops.Release is null ? oops with { Release = known.Release, Version = known.Version } : oops);
    }

    private bool TryBegin(int line, string message)
    {
        if (message.Contains("Linux version ", StringComparison.Ordinal))
        {
            _banner = message[message.IndexOf("Linux version ", StringComparison.Ordinal)..];
        }

        if (message.Contains(Unable, StringComparison.Ordinal))
        {
            string whole = lines.Whole(line, text => Address(text, AtAddress) is not null);
            string told = Behind(whole, Unable)!;

            // 32-bit Arm says the same, with shorter addresses.
            if (Address(whole, AtAddress) is not { } address)
            {
                return false;
            }

            Begin(OopsKind.Fault, line, Unable + told[..(told.IndexOf(AtAddress, StringComparison.Ordinal) + AtAddress.Length + 16)]);
            _current = _current! with { Message = UpTo(told, AtAddress), Address = address };
            return true;
        }

        if (message.Contains(Spurious, StringComparison.Ordinal) && Address(message, Spurious) is { } harmless)
        {
            Begin(OopsKind.SpuriousFault, line, Spurious);
            _current = _current! with { Address = harmless, Message = "spurious translation fault" };
            return true;
        }

        // 4.19 "Synchronous External Abort: synchronous external abort (0x96000210) at 0x..." and "Unhandled fault: level 0 address size fault at 0x...", before that "... (0x96000021) at 0x...", 5.10 "Unhandled fault at 0x...".
        string first = message.StartsWith(Synchronous, StringComparison.Ordinal) ? Synchronous : Unhandled;
        if (message.StartsWith(first, StringComparison.Ordinal) && Address(lines.Whole(line, text => Address(text, " at ") is not null), " at ") is { } unhandled)
        {
            string whole = lines.Whole(line, text => Address(text, " at ") is not null);
            Begin(OopsKind.Fault, line, whole);
            string told = UpTo(whole[first.Length..], " at ").TrimStart(':', ' ');
            ulong? syndrome = Number(told, "(0x");
            _current = _current! with
            {
                Address = unhandled,
                Message = UpTo(told, " (0x") is { Length: > 0 } words ? words : null,
                Syndrome = syndrome is { } value ? new ExceptionSyndrome(value) : null,
            };
            return true;
        }

        if (message.Contains(Internal, StringComparison.Ordinal))
        {
            return BeginInternalError(lines.Whole(line, text => text.Contains(" [#", StringComparison.Ordinal)), line);
        }

        if (message.StartsWith("Insufficient stack space to handle exception", StringComparison.Ordinal))
        {
            Begin(OopsKind.StackOverflow, line, message);
            return true;
        }

        if (message.Contains("SError Interrupt on CPU", StringComparison.Ordinal))
        {
            Begin(OopsKind.SystemError, line, message);
            _current = _current! with { Syndrome = SyndromeBehind(message, ", code "), Cpu = Decimal(message, "on CPU") };
            return true;
        }

        if (message.StartsWith("Bad mode in ", StringComparison.Ordinal) || (message.StartsWith("Unhandled ", StringComparison.Ordinal) && message.Contains(" exception on CPU", StringComparison.Ordinal)))
        {
            Begin(OopsKind.UnexpectedException, line, message);
            _current = _current! with { Syndrome = SyndromeBehind(message, ", code ") ?? SyndromeBehind(message, ", ESR "), Cpu = Decimal(message, " on CPU") };
            return true;
        }

        if (message.Contains("]: unhandled ", StringComparison.Ordinal))
        {
            return BeginUserFault(line);
        }

        return TryBeginOther(line, message);
    }

    private bool TryBeginOther(int line, string message)
    {
        if (message.StartsWith("kernel BUG at ", StringComparison.Ordinal) || message.StartsWith("Unexpected kernel BRK exception", StringComparison.Ordinal))
        {
            Begin(OopsKind.Trap, line, message);
            return true;
        }

        if (message.StartsWith("BUG: KASAN: ", StringComparison.Ordinal) || message.StartsWith("BUG: KFENCE: ", StringComparison.Ordinal))
        {
            Begin(OopsKind.Sanitizer, line, message);
            bool isKasan = message[7] == 'S' || message[6] == 'A';
            _current = _current! with { Kasan = isKasan ? message["BUG: KASAN: ".Length..] : null, Kfence = isKasan ? null : message["BUG: KFENCE: ".Length..] };
            return true;
        }

        if (message.Contains(PanicWords, StringComparison.Ordinal))
        {
            string panic = Behind(message, PanicWords)!;
            if (_current is null or { Panic: not null })
            {
                Begin(OopsKind.Panic, line, message);
            }

            _current = _current! with { Panic = panic };
            return true;
        }

        // Parts of a report that somebody pasted without its beginning, and the next one's.
        bool isTables = PrintedLines.IsTables(message);
        bool isEntries = PrintedLines.AddressOf(message) is not null && PrintedLines.IsEntries(lines.WholeEntries(line));
        bool begins = isTables ? _current is null or { Tables: not null } or { Entries.Count: > 0 }
            : isEntries ? _current is null or { Entries.Count: > 0 } or { HasNoUserTables: true } or { IsBetweenHalves: true }
            : message.StartsWith("Mem abort info:", StringComparison.Ordinal) && _current is null or { Syndrome: not null, InternalError: not null };
        if (begins && (isTables || isEntries || message.StartsWith("Mem abort info:", StringComparison.Ordinal)))
        {
            Begin(OopsKind.Values, line, null);
            _ = Continue(line, message);
            return true;
        }

        return false;
    }

    // It follows the sentence of a fault; of what has none (external aborts, BUG, undefined instructions) it is the first.
    private bool BeginInternalError(string message, int line)
    {
        string told = Behind(message, Internal)!;
        int value = LastColon(told);
        string words = value < 0 ? UpTo(told, " [#") : told[..value].Trim();
        if (told.Contains(" ARM", StringComparison.Ordinal) && !told.Contains("ARM64", StringComparison.Ordinal) && _current is null)
        {
            return false;
        }

        if (_current is null or { InternalError: not null } or { Kind: OopsKind.Sanitizer or OopsKind.SpuriousFault or OopsKind.UserFault })
        {
            bool isFault = words == "Oops" || words.Contains("fault", StringComparison.Ordinal) || words.Contains("abort", StringComparison.Ordinal) || words.Contains("walk)", StringComparison.Ordinal)
                || words.Contains("parity", StringComparison.Ordinal) || OopsWords.IsOfUserMemory(words);
            Begin(isFault ? OopsKind.Fault : OopsKind.Trap, line, message);
            _current = _current! with { Message = isFault && words != "Oops" ? words : null };
        }

        ulong? number = value < 0 ? null : NumberAt(told, value + 1);
        _current = _current! with
        {
            InternalError = words,
            Syndrome = _current.Syndrome ?? (number is { } known and not 0 ? new ExceptionSyndrome(known) : null),
        };
        return true;
    }

    // "Oops - BUG: 0 [#1]", "level 3 (translation table walk): 96000217 [#1]", "UBSAN: array index out of bounds: 00000000f2005512 [#1]".
    private static int LastColon(string told)
    {
        int end = told.IndexOf(" [#", StringComparison.Ordinal);
        return (end < 0 ? told : told[..end]).LastIndexOf(':');
    }

    // "prog[123]: unhandled level 3 permission fault (11) at 0x..., esr 0x...", from 4.17 on "prog[123]: unhandled exception: DABT (lower EL), ESR 0x..., level 3 permission fault in libc.so[...]".
    private bool BeginUserFault(int line)
    {
        string whole = lines.Whole(line, text => text.Contains("esr 0x", StringComparison.OrdinalIgnoreCase) && text.Contains(" in ", StringComparison.Ordinal));
        const string Words = "]: unhandled ";
        int at = whole.IndexOf(Words, StringComparison.Ordinal);
        int bracket = whole.LastIndexOf('[', at);
        ExceptionSyndrome? syndrome = SyndromeBehind(whole, "esr ") ?? SyndromeBehind(whole, "ESR ");
        if (bracket < 0 || syndrome is null)
        {
            return false;
        }

        Begin(OopsKind.UserFault, line, whole);
        string told = whole[(at + Words.Length)..];
        string[] parts = told.Split(", ");
        _current = _current! with
        {
            Process = whole[..bracket],
            Pid = Decimal(whole[bracket..], "["),
            Syndrome = syndrome,
            Address = Number(told, ") at ") is { } address ? new VirtualAddress(address) : null,
            Message = told.StartsWith("exception: ", StringComparison.Ordinal) && parts.Length > 2 ? UpTo(parts[2], " in ") : UpTo(told, " ("),
            ProgramCounter = Behind(told, " in "),
        };
        return true;
    }

    private bool Continue(int line, string message)
    {
        Oops current = _current!;
        if (PrintedLines.IsTables(message))
        {
            _current = current with { Tables = PrintedLines.Tables(lines.Whole(line, PrintedLines.IsWholeTables)) };
            return true;
        }

        if (PrintedLines.AddressOf(message) is not null && lines.WholeEntries(line) is var whole && PrintedLines.IsEntries(whole))
        {
            _current = current with { Entries = PrintedLines.Entries(whole), TablesAddress = PrintedLines.AddressOf(whole) };
            return true;
        }

        if (PrintedLines.AddressOf(message) is { } of)
        {
            _current = current with
            {
                TablesAddress = of,
                HasNoUserTables = message.Contains("active_mm is swapper", StringComparison.Ordinal),
                IsBetweenHalves = message.Contains("address between user and kernel", StringComparison.Ordinal),
            };
            return true;
        }

        if (message.StartsWith("---[ end ", StringComparison.Ordinal))
        {
            // What is said of a panic afterwards belongs to it.
            return true;
        }

        Oops? changed = _fields.Add(current, line, message, lines);
        if (changed is null)
        {
            return false;
        }

        _current = changed;
        return true;
    }

    private void Begin(OopsKind kind, int line, string? headline)
    {
        // KASAN and "kernel BUG" come before the sentence of the same event.
        if (_current is { Kind: OopsKind.Trap, InternalError: null } && kind is OopsKind.Trap)
        {
            return;
        }

        Close();
        _fields = new OopsFields();
        _current = new Oops { Kind = kind, Line = lines.NumberOf(line), Headline = headline };
    }

    private void Close()
    {
        if (_current is { } oops)
        {
            Oops finished = _fields.Finish(oops, _banner);
            if (!(_lastLine - _foreign < MostLines && ForeignOops.MayBe(finished)) && _found.Count < OopsFile.MostReports)
            {
                _found.Add(finished);
            }
        }

        _current = null;
    }

    private static ExceptionSyndrome? SyndromeBehind(string text, string words) => Number(text, words) is { } value ? new ExceptionSyndrome(value) : null;
}
