using System.Globalization;
using Ptewright.Kernels.AddressSpace;
using Ptewright.Translation;

namespace Ptewright.Listing;

/// <summary>Reads a line of <c>/sys/kernel/debug/kernel_page_tables</c>, of any version from 4.19 on; how many blanks are between its columns does not matter.</summary>
/// <remarks>The columns and what each prints: <see cref="PtdumpColumn"/>. Linux: <c>note_page</c>, <c>dump_prot</c> in <c>arch/arm64/mm/ptdump.c</c>.</remarks>
internal static class PtdumpLine
{
    private const string Units = "KMGTPE";
    private const int AddressDigits = 16;

    // By depth, as the lister counts it: the level of the architecture plus 1.
    private static readonly string[] _levels = ["PGD", "P4D", "PUD", "PMD", "PTE"];

    // Names of older kernels, whose memory types had other numbers: Device-GRE until 5.11, write-through from then on. The numbers here are free in Linux.
    private static readonly (string Name, ulong Index)[] _otherTypes = [("MEM/NORMAL-WT", 5), ("DEVICE/GRE", 6)];

    /// <summary>MAIR_EL1 for the numbers that lines are read with.</summary>
    public const ulong Mair = 0x000c_bb04_0044_ffff;

    /// <summary>A line, read.</summary>
    /// <param name="Start">The first address.</param>
    /// <param name="End">The address behind the last; 0 for 2^64.</param>
    /// <param name="Depth">0 for PGD to 4 for PTE.</param>
    /// <param name="Bits">The bits of a descriptor; 0 for a hole.</param>
    public readonly record struct Parts(ulong Start, ulong End, int Depth, ulong Bits);

    /// <summary>Whether a line is meant to be a range: two addresses of sixteen digits.</summary>
    public static bool IsRange(ReadOnlySpan<char> message) =>
        message.Length > 2 * (AddressDigits + 2) && message.StartsWith("0x", StringComparison.Ordinal) && message[AddressDigits + 2] == '-'
        && message[(AddressDigits + 3)..].StartsWith("0x", StringComparison.Ordinal);

    /// <summary>The name of a marker; empty when the line is none.</summary>
    public static ReadOnlySpan<char> MarkerName(ReadOnlySpan<char> message)
    {
        const string Before = "---[ ";
        const string Behind = " ]---";
        return message.Length > Before.Length + Behind.Length && message.StartsWith(Before, StringComparison.Ordinal) && message.EndsWith(Behind, StringComparison.Ordinal)
            ? message[Before.Length..^Behind.Length]
            : default;
    }

    /// <summary>Reads a range.</summary>
    /// <param name="message">The line.</param>
    /// <param name="parts">What it says.</param>
    /// <param name="reason">Why it cannot be read.</param>
    public static bool TryParse(ReadOnlySpan<char> message, out Parts parts, out string reason)
    {
        parts = default;
        reason = "it does not begin with two addresses of 16 hexadecimal digits";
        if (!IsRange(message) || !TryParseAddress(message[2..(AddressDigits + 2)], out ulong start)
            || !TryParseAddress(message[(AddressDigits + 5)..((2 * AddressDigits) + 5)], out ulong end))
        {
            return false;
        }

        if (end - start == 0 || (end != 0 && end < start))
        {
            reason = "its range ends before it starts";
            return false;
        }

        MemoryExtensions.SpanSplitEnumerator<char> words = message[((2 * AddressDigits) + 5)..].Split(' ');
        if (!TryTake(ref words, message, out ReadOnlySpan<char> size) || !TryParseSize(size, out UInt128 bytes) || bytes != SizeOf(start, end))
        {
            reason = "its size is not that of its range";
            return false;
        }

        int depth = TryTake(ref words, message, out ReadOnlySpan<char> level) ? IndexOf(level) : -1;
        if (depth < 0)
        {
            reason = "no level follows the size: PGD, P4D, PUD, PMD or PTE";
            return false;
        }

        if (!TryParseAttributes(ref words, message, out ulong bits, out reason))
        {
            return false;
        }

        if ((bits & DescriptorBits.Valid) != 0 && (depth == 4) == ((bits & DescriptorBits.TableOrPage) == 0))
        {
            reason = depth == 4 ? "it says BLK of pages" : "it does not say BLK of blocks";
            return false;
        }

        parts = new Parts(start, end, depth, bits);
        return true;
    }

    private static ulong SizeOf(ulong start, ulong end) => end - start;

    private static bool TryTake(ref MemoryExtensions.SpanSplitEnumerator<char> words, ReadOnlySpan<char> message, out ReadOnlySpan<char> word)
    {
        ReadOnlySpan<char> rest = message[((2 * AddressDigits) + 5)..];
        while (words.MoveNext())
        {
            word = rest[words.Current].Trim();
            if (!word.IsEmpty)
            {
                return true;
            }
        }

        word = default;
        return false;
    }

    // Each column prints one of two texts, of which one may be blank; so a blank one is the other text.
    private static bool TryParseAttributes(ref MemoryExtensions.SpanSplitEnumerator<char> words, ReadOnlySpan<char> message, out ulong bits, out string reason)
    {
        bits = 0;
        reason = "";
        HashSet<string> seen = new(StringComparer.Ordinal);
        string? type = null;
        while (TryTake(ref words, message, out ReadOnlySpan<char> word))
        {
            string text = word.ToString();
            if (!seen.Add(text))
            {
                reason = $"it says {text} twice";
                return false;
            }

            if (text.Contains('/', StringComparison.Ordinal))
            {
                type = type is null ? text : "";
            }
        }

        if (seen.Count == 0)
        {
            return true;
        }

        foreach (PtdumpColumn column in PtdumpColumn.BlockByOneBit.Where(column => column.Clear is not null))
        {
            string set = column.Set.Trim();
            string clear = column.Clear!.Trim();
            bool hasSet = set.Length > 0 && seen.Remove(set);
            bool hasClear = clear.Length > 0 && seen.Remove(clear);
            if (hasSet && hasClear)
            {
                reason = $"it says both {set} and {clear}";
                return false;
            }

            if (set.Length > 0 && clear.Length > 0 && !hasSet && !hasClear)
            {
                reason = $"it says neither {set} nor {clear}";
                return false;
            }

            bits |= hasSet || (set.Length == 0 && !hasClear) ? column.Value : 0;
        }

        if (type is null || !seen.Remove(type) || !TryFindType(type, out ulong index))
        {
            reason = type is null ? "it does not say which memory it is, as in MEM/NORMAL" : "it says a type of memory that arm64 kernels do not have";
            return false;
        }

        bits |= index << DescriptorBits.AttrIndexShift;
        reason = seen.Count == 0 ? "" : "it says what arm64 kernels do not print";
        return seen.Count == 0;
    }

    private static bool TryFindType(string name, out ulong index)
    {
        foreach (PtdumpColumn column in PtdumpColumn.BlockByOneBit.Where(column => column.Clear is null && column.Set == name))
        {
            index = column.Value >> DescriptorBits.AttrIndexShift;
            return true;
        }

        (string found, index) = _otherTypes.FirstOrDefault(other => other.Name == name);
        return found is not null;
    }

    private static bool TryParseAddress(ReadOnlySpan<char> digits, out ulong address) =>
        ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out address);

    private static bool TryParseSize(ReadOnlySpan<char> text, out UInt128 bytes)
    {
        bytes = 0;
        int unit = text.IsEmpty ? -1 : Units.IndexOf(text[^1]);
        bool isNumber = ulong.TryParse(text.IsEmpty ? text : text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out ulong number);
        bytes = unit < 0 ? 0 : (UInt128)number << (10 * (unit + 1));
        return isNumber && unit >= 0;
    }

    private static int IndexOf(ReadOnlySpan<char> level)
    {
        for (int i = 0; i < _levels.Length; i++)
        {
            if (level.SequenceEqual(_levels[i]))
            {
                return i;
            }
        }

        return -1;
    }
}
