using Ptewright.Addressing;
using Ptewright.Translation;
using static Ptewright.Explaining.OopsWords;

namespace Ptewright.Explaining;

/// <summary>Reads the two lines about tables that each fault has. Linux: <c>show_pte</c>.</summary>
internal static class PrintedLines
{
    private const string Bits = "k pages, ";

    private static readonly TableName[] _names = [TableName.Pgd, TableName.P4d, TableName.Pud, TableName.Pmd, TableName.Pte];

    /// <summary>Whether a message says which tables they are.</summary>
    public static bool IsTables(string message) => message.StartsWith("swapper pgtable:", StringComparison.Ordinal) || message.StartsWith("user pgtable:", StringComparison.Ordinal);

    /// <summary>Whether that message is whole.</summary>
    public static bool IsWholeTables(string message) => Address(message, "pgdp=") is not null || message.Contains("pgdp = ", StringComparison.Ordinal);

    /// <summary>Which tables they are; null where Linux has none of that shape.</summary>
    public static PrintedTables? Tables(string message)
    {
        const string Pages = "pgtable: ";
        GranuleSize? granule = Decimal(message, Pages) switch
        {
            4 => GranuleSize.Size4K,
            16 => GranuleSize.Size16K,
            64 => GranuleSize.Size64K,
            _ => null,
        };
        if (granule is not { } size || Decimal(message, Bits) is not { } bits)
        {
            return null;
        }

        // "pgdp = 0000000012345678" of 4.19 is a hash.
        PrintedTables tables = new(message.StartsWith('u'), size, bits, Address(message, "pgdp=") is { } root ? new PhysicalAddress(root.Value) : null);
        return tables.IsPossible ? tables : null;
    }

    /// <summary>Whether a message has entries.</summary>
    public static bool IsEntries(string message) => AddressOf(message) is not null && message.Contains("pgd=", StringComparison.Ordinal);

    /// <summary>The address in brackets that such a message begins with; null when it does not.</summary>
    public static VirtualAddress? AddressOf(string message) => message is ['[', ..] && message.Length >= 18 && message[17] == ']' ? Address(message, "[") : null;

    /// <summary>The entries of a message. One that is cut off is none.</summary>
    public static IReadOnlyList<PrintedEntry> Entries(string message)
    {
        List<PrintedEntry> entries = [];
        foreach (TableName name in _names)
        {
            if (Address(message, $"{Word(name)}=") is { } bits)
            {
                entries.Add(new PrintedEntry(name, new Descriptor(bits.Value)));
            }
        }

        return entries;
    }

    /// <summary>The name as Linux prints it: <c>pgd</c>.</summary>
    public static string Word(TableName name) => name switch
    {
        TableName.Pgd => "pgd",
        TableName.P4d => "p4d",
        TableName.Pud => "pud",
        TableName.Pmd => "pmd",
        _ => "pte",
    };
}
