using System.Globalization;
using Ptewright.Explaining;
using Ptewright.LinearMap;
using Ptewright.Translation;

namespace Ptewright.Tests.Explaining;

/// <summary>What a kernel of one build prints of a walk: written anew from the rules of folding, by names and not by levels, to judge the reader.</summary>
/// <param name="Granule">The granule.</param>
/// <param name="BuiltBits">The size of addresses that it was built for.</param>
/// <param name="ActualBits">The size in use.</param>
internal sealed record PrintedKernel(GranuleSize Granule, int BuiltBits, int ActualBits)
{
    /// <summary>Builds that Linux has.</summary>
    public static PrintedKernel[] All { get; } =
    [
        new(GranuleSize.Size4K, 39, 39), new(GranuleSize.Size4K, 48, 48), new(GranuleSize.Size4K, 52, 52), new(GranuleSize.Size4K, 52, 48),
        new(GranuleSize.Size16K, 36, 36), new(GranuleSize.Size16K, 47, 47), new(GranuleSize.Size16K, 48, 48), new(GranuleSize.Size16K, 52, 52), new(GranuleSize.Size16K, 52, 47),
        new(GranuleSize.Size64K, 42, 42), new(GranuleSize.Size64K, 48, 48), new(GranuleSize.Size64K, 52, 52), new(GranuleSize.Size64K, 52, 48),
    ];

    /// <summary>The level of the CPU's root.</summary>
    public int RootLevel => 4 - ((ActualBits - 4) / ((int)Granule - 3));

    /// <summary>The line with the entries.</summary>
    /// <param name="address">The address.</param>
    /// <param name="entries">The CPU's walk from the root on, to its end.</param>
    /// <param name="unrelated">What stands where the root is read at a folded level.</param>
    /// <param name="hasP4d">Whether it is new enough to print p4d.</param>
    public string Print(ulong address, IReadOnlyList<ulong> entries, ulong unrelated, bool hasP4d = true)
    {
        int builtLevels = ((BuiltBits - 4) / ((int)Granule - 3)) + 0;
        string[] tables = builtLevels switch { 5 => ["pgd", "p4d", "pud", "pmd", "pte"], 4 => ["pgd", "pud", "pmd", "pte"], 3 => ["pgd", "pmd", "pte"], _ => ["pgd", "pte"] };

        // A table that is folded at run time is the root's page; the name before it shows another entry of that page.
        int actualLevels = (ActualBits - 4) / ((int)Granule - 3);
        List<ulong> values = [.. builtLevels > actualLevels ? (ulong[])[unrelated] : [], .. entries];
        Dictionary<string, ulong> byName = [];
        for (int i = 0; i < values.Count && i < tables.Length; i++)
        {
            byName[tables[i]] = values[i];
        }

        // A name that the build lacks shows what the one before it shows, but not behind the end of the walk.
        ulong last = byName["pgd"];
        List<string> printed = [string.Create(CultureInfo.InvariantCulture, $"[{address:x16}] pgd={last:x16}")];
        foreach (string name in (string[])["p4d", "pud", "pmd", "pte"])
        {
            bool isFolded = !tables.Contains(name);
            if (!isFolded && !byName.ContainsKey(name))
            {
                break;
            }

            last = isFolded ? last : byName[name];
            if (name != "p4d" || hasP4d)
            {
                printed.Add(string.Create(CultureInfo.InvariantCulture, $"{name}={last:x16}"));
            }
        }

        return string.Join(", ", printed);
    }

    /// <summary>The line before it.</summary>
    public string Tables => string.Create(CultureInfo.InvariantCulture, $"swapper pgtable: {1 << ((int)Granule - 10)}k pages, {ActualBits}-bit VAs, pgdp=0000000041711000");
}
