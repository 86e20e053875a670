using System.Globalization;
using Ptewright.Addressing;
using Ptewright.Texts;

namespace Ptewright.Firmware;

/// <summary>The two forms in which Linux prints an entry of the UEFI memory map.</summary>
/// <remarks>
/// <c>0x000040000000-0x00004007ffff [Conventional|   |...|WB|WT|WC|UC]</c> on arm64 (<c>efi-init.c: reserve_regions</c>), and
/// <c>mem00: [Conventional Memory|   |...|WB|WT|WC|UC] range=[0x0000000040000000-0x000000004007ffff] (0MB)</c> elsewhere. The bracket with
/// type and attributes is <c>efi.c: efi_md_typeattr_format</c>. Old kernels have longer names of types, fewer columns, and in the second
/// form a range that ends with <c>)</c> and names the first byte behind.
/// </remarks>
internal static class EfiMapLine
{
    private const int FewestColumns = 5;

    // Short names since Linux 5.7, long ones before, in the order of EfiMemoryType.
    private static readonly string[][] TypeNames =
    [
        ["Reserved"], ["Loader Code"], ["Loader Data"], ["Boot Code"], ["Boot Data"], ["Runtime Code"], ["Runtime Data"],
        ["Conventional", "Conventional Memory"], ["Unusable", "Unusable Memory"], ["ACPI Reclaim", "ACPI Reclaim Memory"],
        ["ACPI Mem NVS", "ACPI Memory NVS"], ["MMIO", "Memory Mapped I/O"], ["MMIO Port", "MMIO Port Space"], ["PAL Code"],
        ["Persistent", "Persistent Memory"], ["Unaccepted"],
    ];

    /// <summary>Whether a line, without what the log puts before it, is meant to be an entry.</summary>
    /// <remarks>Ranges with a colon are partitions of flash memory (<c>drivers/mtd/mtdpart.c</c>), which old logs print as barely.</remarks>
    public static bool IsEntry(ReadOnlySpan<char> line) =>
        line.StartsWith("0x", StringComparison.Ordinal)
            ? !line.Contains(" : ", StringComparison.Ordinal)
            : IsNumbered(line, out int colon) && line[(colon + 1)..].TrimStart().StartsWith('[');

    /// <summary>Whether a line that is no entry has the range and the columns of one, as where a serial console lost or mixed up characters.</summary>
    public static bool LooksLikeEntry(ReadOnlySpan<char> line) =>
        !line.StartsWith("memattr:", StringComparison.Ordinal) && line.Count('|') >= FewestColumns && line.Contains("0x", StringComparison.Ordinal);

    /// <summary>Reads an entry.</summary>
    /// <param name="line">The line, without what the log puts before it.</param>
    /// <param name="number">Its number in the file.</param>
    /// <param name="descriptor">What it says.</param>
    /// <param name="reason">Why it cannot be read.</param>
    public static bool TryParse(ReadOnlySpan<char> line, int number, out EfiMemoryDescriptor? descriptor, out string reason)
    {
        descriptor = null;
        int open = line.IndexOf('[');
        int close = open < 0 ? -1 : open + line[open..].IndexOf(']');
        if (close < open || open < 0)
        {
            reason = "it has no [type|attributes] and looks cut off";
            return false;
        }

        ReadOnlySpan<char> range = line[..open].TrimEnd();
        bool endsBehind = false;
        if (IsNumbered(line, out _))
        {
            const string Label = "range=[";
            int start = line.IndexOf(Label, StringComparison.Ordinal);
            ReadOnlySpan<char> tail = start < 0 ? default : line[(start + Label.Length)..];
            int end = tail.IndexOfAny(']', ')');
            if (end < 0)
            {
                reason = "it has no range=[...] and looks cut off";
                return false;
            }

            range = tail[..end];
            endsBehind = tail[end] == ')';
        }

        if (!TryParseRange(range, endsBehind, out ulong first, out ulong size, out reason)
            || !TryParseTypeAndAttributes(line[(open + 1)..close], out EfiMemoryType type, out EfiMemoryAttributes attributes, out reason))
        {
            return false;
        }

        descriptor = new EfiMemoryDescriptor { Type = type, Attributes = attributes, Start = new PhysicalAddress(first), Size = size, Line = number };
        return true;
    }

    private static bool IsNumbered(ReadOnlySpan<char> line, out int colon)
    {
        colon = line.IndexOf(':');
        return colon > 3 && line.StartsWith("mem", StringComparison.Ordinal) && !line[3..colon].ContainsAnyExceptInRange('0', '9');
    }

    private static bool TryParseRange(ReadOnlySpan<char> range, bool endsBehind, out ulong first, out ulong size, out string reason)
    {
        size = 0;
        reason = "";
        int dash = range.IndexOf('-');
        if (!FileNumber.TryPrefixed(dash < 0 ? default : range[..dash], out first) | !FileNumber.TryPrefixed(range[(dash + 1)..], out ulong last))
        {
            reason = "its range is not two addresses such as 0x000040000000-0x00004007ffff";
            return false;
        }

        // An entry of no pages is printed as ending one byte before its start, even before byte 0.
        ulong end = endsBehind ? last : last + 1;
        size = end - first;
        if (end < first && end != 0)
        {
            reason = "its range ends before it starts";
        }
        else if (((first | size) & (EfiMapFile.EfiPageSize - 1)) != 0)
        {
            reason = "its range is not whole pages of 4 KiB, in which EFI counts";
        }

        return reason.Length == 0;
    }

    private static bool TryParseTypeAndAttributes(
        ReadOnlySpan<char> bracket, out EfiMemoryType type, out EfiMemoryAttributes attributes, out string reason)
    {
        attributes = EfiMemoryAttributes.None;
        reason = "";
        bool isFirst = true;
        bool hasAttributes = false;
        type = default;
        foreach (Range column in bracket.Split('|'))
        {
            ReadOnlySpan<char> text = bracket[column].Trim();
            if (isFirst)
            {
                isFirst = false;
                if (!TryParseType(text, out type))
                {
                    reason = $"{TextFile.Quote(text)} is not a type of memory that Linux prints";
                    return false;
                }

                continue;
            }

            hasAttributes = true;
            if (!TryParseAttribute(text, out EfiMemoryAttributes attribute))
            {
                reason = $"{TextFile.Quote(text)} is not an attribute that Linux prints";
                return false;
            }

            attributes |= attribute;
        }

        reason = hasAttributes ? "" : "it has a type but no attributes and looks cut off";
        return hasAttributes;
    }

    private static bool TryParseType(ReadOnlySpan<char> text, out EfiMemoryType type)
    {
        const string Unnamed = "type=";
        for (int i = 0; i < TypeNames.Length; i++)
        {
            foreach (string name in TypeNames[i])
            {
                if (text.SequenceEqual(name))
                {
                    type = (EfiMemoryType)i;
                    return true;
                }
            }
        }

        // The specification leaves 0x70000000 and above to vendors, so the sign bit is part of the number.
        bool isNumber = uint.TryParse(text.StartsWith(Unnamed, StringComparison.Ordinal) ? text[Unnamed.Length..] : default, NumberStyles.None,
            CultureInfo.InvariantCulture, out uint number);
        type = (EfiMemoryType)(int)number;
        return isNumber;
    }

    private static bool TryParseAttribute(ReadOnlySpan<char> text, out EfiMemoryAttributes attribute)
    {
        const string Word = "attr=";
        if (text.StartsWith(Word, StringComparison.Ordinal))
        {
            bool isNumber = FileNumber.TryPrefixed(text[Word.Length..], out ulong word);
            attribute = (EfiMemoryAttributes)word;
            return isNumber;
        }

        attribute = text switch
        {
            "RUN" => EfiMemoryAttributes.Runtime,
            "HP" => EfiMemoryAttributes.HotPluggable,
            "MR" => EfiMemoryAttributes.MoreReliable,
            "CC" => EfiMemoryAttributes.CpuCrypto,
            "SP" => EfiMemoryAttributes.SpecialPurpose,
            "NV" => EfiMemoryAttributes.NonVolatile,
            "XP" => EfiMemoryAttributes.ExecuteProtected,
            "RP" => EfiMemoryAttributes.ReadProtected,
            "WP" => EfiMemoryAttributes.WriteProtected,
            "RO" => EfiMemoryAttributes.ReadOnly,
            "UCE" => EfiMemoryAttributes.UncacheableExported,
            "WB" => EfiMemoryAttributes.WriteBack,
            "WT" => EfiMemoryAttributes.WriteThrough,
            "WC" => EfiMemoryAttributes.WriteCombining,
            "UC" => EfiMemoryAttributes.Uncacheable,
            _ => EfiMemoryAttributes.None,
        };
        return attribute != EfiMemoryAttributes.None || text.IsEmpty;
    }
}
