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

    private static readonly RangeCondition.Word[] _words =
    [
        new("w", "the kernel (EL1) may write", range => !range.Attributes.IsReadOnly),
        new("ro", "read-only", range => range.Attributes.IsReadOnly),
        new("x", "the kernel may execute", range => range.Attributes.IsKernelExecutable),
        new("nx", "the kernel may not execute", range => !range.Attributes.IsKernelExecutable),
        new("user", "programs (EL0) may read", range => range.Attributes.IsUser),
        new("uw", "programs may write", range => range.Attributes.IsUser && !range.Attributes.IsReadOnly),
        new("ux", "programs may execute", range => range.Attributes.IsUserExecutable),
        new("page", "level-3 leaves", range => range.Level == 3),
        new("block", "leaves of other levels", range => range.Level != 3),
        new("contig", "the contiguous bit", range => range.Attributes.IsContiguous),
        new("ng", "not global", range => range.Attributes.IsNotGlobal),
        new("af", "the Access flag", range => range.Attributes.IsAccessed),
        new("gp", "guarded (BTI)", range => range.Attributes.IsGuarded),
        new("dbm", "the dirty bit modifier", range => range.Attributes.IsDirtyModifier, RangeFilterNeeds.Tables),
        new("normal", "normal memory, by MAIR", range => range.Attributes.MemoryAttribute is { } type && type >> 4 != 0, RangeFilterNeeds.MemoryTypes),
        new("device", "device memory, by MAIR", range => range.Attributes.MemoryAttribute is { } type && type >> 4 == 0, RangeFilterNeeds.MemoryTypes),
    ];

    private RangeFilter(RangeCondition condition) => Condition = condition;

    /// <summary>The words and what each means.</summary>
    public static IEnumerable<(string Name, string Meaning)> Words => _words.Select(word => (word.Name, word.Meaning));

    /// <summary>What it asks.</summary>
    public RangeCondition Condition { get; }

    /// <summary>What an answer needs besides the entries themselves.</summary>
    internal RangeFilterNeeds Needs => Condition.Needs;

    /// <summary>Whether a range is chosen.</summary>
    public bool Matches(in MappedRange range) => Condition.Holds(range);

    /// <summary>Reads an expression.</summary>
    /// <param name="text">The expression.</param>
    /// <exception cref="InvalidInputException">It is none; the sentence says what is wrong at which character.</exception>
    public static RangeFilter Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length > MaxLength
            ? throw new InvalidInputException($"Filter {TextFile.Quote(text)} is longer than {MaxLength} characters.")
            : new RangeFilter(new Parser(text).ReadAll());
    }

    /// <summary>The expression, in one form.</summary>
    public override string ToString() => Condition.ToString();

    // One method for each rule of the grammar.
    private sealed class Parser(string text)
    {
        private int _at;

        public RangeCondition ReadAll()
        {
            RangeCondition holds = Or();
            return _at == text.Length ? holds : throw Wrong(_at, text[_at] == ')' ? "this parenthesis was not opened" : "'&' or '|' must come before the next condition");
        }

        private RangeCondition Or()
        {
            RangeCondition left = And();
            while (Take('|'))
            {
                left = new RangeCondition.Or(left, And());
            }

            return left;
        }

        private RangeCondition And()
        {
            RangeCondition left = Not();
            while (Take('&'))
            {
                left = new RangeCondition.And(left, Not());
            }

            return left;
        }

        private RangeCondition Not()
        {
            if (Take('!'))
            {
                return new RangeCondition.Not(Not());
            }

            int opened = _at;
            if (!Take('('))
            {
                return Condition();
            }

            RangeCondition inner = Or();
            return Take(')') ? inner : throw Wrong(opened, "this parenthesis is not closed");
        }

        private RangeCondition Condition()
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

            if (Array.Find(_words, word => word.Name == name) is { } known)
            {
                return known;
            }

            throw Wrong(
                start,
                name is "level" or "attrindx" or "pa" or "va"
                    ? $"{name} needs '=' and a value"
                    : $"there is no condition {TextFile.Quote(name)}; there are {string.Join(", ", _words.Select(word => word.Name))}, level=N, attrindx=N, pa=FROM-LAST, va=FROM-LAST");
        }

        private RangeCondition Comparison(string name, int start)
        {
            if (name is not ("level" or "attrindx" or "pa" or "va"))
            {
                throw Wrong(start, $"only level, attrindx, pa and va take a value, not {TextFile.Quote(name)}");
            }

            bool isMinus = name == "level" && Take('-');
            ulong first = Number(name is "pa" or "va" ? NumberHabit.Address : NumberHabit.Count);
            if (name == "level")
            {
                return new RangeCondition.Level((isMinus ? -1 : 1) * (long)Math.Min(first, 9));
            }

            if (name == "attrindx")
            {
                return new RangeCondition.AttributeIndex(first);
            }

            int place = _at;
            ulong last = Take('-') ? Number(NumberHabit.Address) : first;
            if (last < first)
            {
                throw Wrong(place, "the last address lies before the first");
            }

            return new RangeCondition.Addresses(name == "pa", first, last);
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
