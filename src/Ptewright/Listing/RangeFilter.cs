using System.Globalization;
using Ptewright.Texts;
using Ptewright.Walking;

namespace Ptewright.Listing;

/// <summary>Chooses ranges by what they allow and where they lead: <c>w&amp;x</c>, <c>user &amp; !ro | pa=0x40000000-0x7fffffff</c>.</summary>
/// <remarks>
/// <c>!</c> binds before <c>&amp;</c>, <c>&amp;</c> before <c>|</c>; parentheses group. A condition is a word of <see cref="Words"/>, or <c>level=N</c>, <c>attrindx=N</c>,
/// <c>pa=FROM-LAST</c>, <c>va=FROM-LAST</c> (hexadecimal; both ends included; a range counts when any byte of it lies there; one address alone will do).
/// </remarks>
public sealed class RangeFilter
{
    private const int MaxLength = 1000;

    private static readonly (string Name, string Meaning, Func<MappedRange, bool> Holds)[] _words =
    [
        ("w", "the kernel (EL1) may write", range => !range.Attributes.IsReadOnly),
        ("ro", "read-only", range => range.Attributes.IsReadOnly),
        ("x", "the kernel may execute", range => range.Attributes.IsKernelExecutable),
        ("nx", "the kernel may not execute", range => !range.Attributes.IsKernelExecutable),
        ("user", "programs (EL0) may read", range => range.Attributes.IsUser),
        ("uw", "programs may write", range => range.Attributes.IsUser && !range.Attributes.IsReadOnly),
        ("ux", "programs may execute", range => range.Attributes.IsUserExecutable),
        ("page", "level-3 leaves", range => range.Level == 3),
        ("block", "leaves of other levels", range => range.Level != 3),
        ("contig", "the contiguous bit", range => range.Attributes.IsContiguous),
        ("ng", "not global", range => range.Attributes.IsNotGlobal),
        ("af", "the Access flag", range => range.Attributes.IsAccessed),
        ("gp", "guarded (BTI)", range => range.Attributes.IsGuarded),
        ("dbm", "the dirty bit modifier", range => range.Attributes.IsDirtyModifier),
        ("normal", "normal memory, by MAIR", range => range.Attributes.MemoryAttribute is { } type && type >> 4 != 0),
        ("device", "device memory, by MAIR", range => range.Attributes.MemoryAttribute is { } type && type >> 4 == 0),
    ];

    private readonly Func<MappedRange, bool> _holds;

    private RangeFilter(Func<MappedRange, bool> holds, Parser parser)
    {
        _holds = holds;
        NeedsMair = parser.NeedsMair;
        NeedsTables = parser.NeedsTables;
        NeedsPhysical = parser.NeedsPhysical;
    }

    /// <summary>The words and what each means.</summary>
    public static IEnumerable<(string Name, string Meaning)> Words => _words.Select(word => (word.Name, word.Meaning));

    /// <summary>Whether it asks for memory types, which only MAIR_EL1 knows.</summary>
    public bool NeedsMair { get; }

    /// <summary>Whether it asks for where ranges lead, which a kernel's own listing does not say.</summary>
    public bool NeedsPhysical { get; }

    /// <summary>Whether it asks for the dirty bit modifier, for which a kernel's own listing has no column.</summary>
    public bool NeedsTables { get; }

    /// <summary>Whether a range is chosen.</summary>
    public bool Matches(in MappedRange range) => _holds(range);

    /// <summary>Reads an expression.</summary>
    /// <param name="text">The expression.</param>
    /// <exception cref="InvalidInputException">It is none; the sentence says what is wrong at which character.</exception>
    public static RangeFilter Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length > MaxLength)
        {
            throw new InvalidInputException($"Filter {TextFile.Quote(text)} is longer than {MaxLength} characters.");
        }

        Parser parser = new(text);
        Func<MappedRange, bool> holds = parser.ReadAll();
        return new RangeFilter(holds, parser);
    }

    // One method for each rule of the grammar.
    private sealed class Parser(string text)
    {
        private int _at;

        public bool NeedsMair { get; private set; }

        public bool NeedsPhysical { get; private set; }

        public bool NeedsTables { get; private set; }

        public Func<MappedRange, bool> ReadAll()
        {
            Func<MappedRange, bool> holds = Or();
            return _at == text.Length ? holds : throw Wrong(_at, text[_at] == ')' ? "this parenthesis was not opened" : "'&' or '|' must come before the next condition");
        }

        private Func<MappedRange, bool> Or()
        {
            Func<MappedRange, bool> left = And();
            while (Take('|'))
            {
                Func<MappedRange, bool> first = left;
                Func<MappedRange, bool> second = And();
                left = range => first(range) || second(range);
            }

            return left;
        }

        private Func<MappedRange, bool> And()
        {
            Func<MappedRange, bool> left = Not();
            while (Take('&'))
            {
                Func<MappedRange, bool> first = left;
                Func<MappedRange, bool> second = Not();
                left = range => first(range) && second(range);
            }

            return left;
        }

        private Func<MappedRange, bool> Not()
        {
            if (Take('!'))
            {
                Func<MappedRange, bool> holds = Not();
                return range => !holds(range);
            }

            int opened = _at;
            if (!Take('('))
            {
                return Condition();
            }

            Func<MappedRange, bool> inner = Or();
            return Take(')') ? inner : throw Wrong(opened, "this parenthesis is not closed");
        }

        private Func<MappedRange, bool> Condition()
        {
            int start = _at;
            string name = Word();
            if (name.Length == 0)
            {
                throw Wrong(start, $"a condition is missing; there are {string.Join(", ", _words.Select(word => word.Name))}, level=N, attrindx=N, pa=FROM-LAST, va=FROM-LAST");
            }

            if (Take('='))
            {
                return Comparison(name, start);
            }

            foreach ((string known, _, Func<MappedRange, bool> holds) in _words)
            {
                if (known == name)
                {
                    NeedsMair |= name is "normal" or "device";
                    NeedsTables |= name == "dbm";
                    return holds;
                }
            }

            throw Wrong(
                start,
                name is "level" or "attrindx" or "pa" or "va"
                    ? $"{name} needs '=' and a value"
                    : $"there is no condition {TextFile.Quote(name)}; there are {string.Join(", ", _words.Select(word => word.Name))}, level=N, attrindx=N, pa=FROM-LAST, va=FROM-LAST");
        }

        private Func<MappedRange, bool> Comparison(string name, int start)
        {
            if (name is not ("level" or "attrindx" or "pa" or "va"))
            {
                throw Wrong(start, $"only level, attrindx, pa and va take a value, not {TextFile.Quote(name)}");
            }

            bool isMinus = name == "level" && Take('-');
            ulong first = Number(name is "pa" or "va" ? NumberHabit.Address : NumberHabit.Count);
            if (name == "level")
            {
                return range => range.Level == (isMinus ? -1 : 1) * (long)Math.Min(first, 9);
            }

            if (name == "attrindx")
            {
                return range => (ulong)range.Attributes.AttributeIndex == first;
            }

            int place = _at;
            ulong last = Take('-') ? Number(NumberHabit.Address) : first;
            if (last < first)
            {
                throw Wrong(place, "the last address lies before the first");
            }

            NeedsPhysical |= name == "pa";
            return name == "pa"
                ? range => range.Physical.Value <= last && range.Physical.Value + (range.Size - 1) >= first
                : range => range.Start.Value <= last && range.Last.Value >= first;
        }

        private ulong Number(NumberHabit habit)
        {
            int start = _at;
            string digits = Word();
            return digits.Length == 0 ? throw Wrong(start, "a number such as 3 or 0x40000000 is missing")
                : NumberText.Objection(digits, habit, out ulong number) is not { } objection ? number
                : throw Wrong(start, $"{TextFile.Quote(digits)} {objection}");
        }

        private string Word()
        {
            int start = _at;
            while (_at < text.Length && (char.IsAsciiLetterOrDigit(text[_at]) || text[_at] is '_' or '`'))
            {
                _at++;
            }

            string word = text[start.._at];
            SkipBlanks();
            return word.ToLowerInvariant();
        }

        private bool Take(char wanted)
        {
            SkipBlanks();
            if (_at == text.Length || text[_at] != wanted)
            {
                return false;
            }

            _at++;
            SkipBlanks();
            return true;
        }

        private void SkipBlanks()
        {
            while (_at < text.Length && text[_at] == ' ')
            {
                _at++;
            }
        }

        private InvalidInputException Wrong(int at, string reason) =>
            new($"Filter {TextFile.Quote(text)}: at character {(at + 1).ToString(CultureInfo.InvariantCulture)} {reason}.");
    }
}
