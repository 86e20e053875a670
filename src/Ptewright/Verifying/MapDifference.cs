using Ptewright.Addressing;
using Ptewright.Findings;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Verifying;

/// <summary>What differs.</summary>
public enum MapDifferenceKind
{
    /// <summary>Predicted, but not mapped.</summary>
    Missing,

    /// <summary>Mapped, but not predicted.</summary>
    Extra,

    /// <summary>Mapped to other memory.</summary>
    Moved,

    /// <summary>Mapped by leaves of another level, or of the same level with other attributes.</summary>
    Changed,

    /// <summary>A table page lies elsewhere than predicted, or there is one where none was predicted, or none where one was.</summary>
    Table,

    /// <summary>The entry that leads to a table has other bits of its own: restrictions, the Access flag, bits that the CPU ignores.</summary>
    TableEntry,
}

/// <summary>Addresses where tables are not as predicted, all in the same way.</summary>
/// <param name="Kind">What differs.</param>
/// <param name="Start">The first address.</param>
/// <param name="Size">How many bytes.</param>
/// <param name="Predicted">What was predicted from <paramref name="Start"/> on; null for nothing.</param>
/// <param name="Found">What is there; null for nothing.</param>
/// <param name="Explanation">Which later step of the kernel made it so, and the evidence; null when none is known.</param>
public sealed record MapDifference(
    MapDifferenceKind Kind, VirtualAddress Start, ulong Size, MappedRange? Predicted, MappedRange? Found, string? Explanation)
{
    /// <summary>What was predicted, in words.</summary>
    public string PredictedText => Text(Predicted, PredictedTable, PredictedEntry);

    /// <summary>What is there, in words.</summary>
    public string FoundText => Text(Found, FoundTable, FoundEntry);

    /// <summary>For a table: its level.</summary>
    public int? TableLevel { get; init; }

    /// <summary>For a table: where it was predicted.</summary>
    public PhysicalAddress? PredictedTable { get; init; }

    /// <summary>For a table: where it lies.</summary>
    public PhysicalAddress? FoundTable { get; init; }

    /// <summary>For an entry that leads to a table: the bits that were predicted, without the address.</summary>
    public Descriptor? PredictedEntry { get; init; }

    /// <summary>For an entry that leads to a table: the bits that it has, without the address.</summary>
    public Descriptor? FoundEntry { get; init; }

    /// <summary>The finding: an error where nothing explains it, else a note.</summary>
    /// <param name="source">What was verified.</param>
    public Finding ToFinding(string source) => new(
        Finding.RuleOf("prediction", Kind),
        Explanation is null ? FindingSeverity.Error : FindingSeverity.Note,
        $"predicted {PredictedText}, found {FoundText}{(Explanation is null ? string.Empty : $": {Explanation}")}",
        source,
        Start);

    private string Text(MappedRange? leaf, PhysicalAddress? table, Descriptor? entry) => Kind switch
    {
        MapDifferenceKind.Table => table is { } known ? $"level {TableLevel} table at {known}" : "no table",
        MapDifferenceKind.TableEntry => $"level {TableLevel - 1} entry of a table 0x{entry?.Raw:x}",
        _ => LeafText(leaf),
    };

    private static string LeafText(MappedRange? range) => range is { } known
        ? $"{(known.Level == 3 ? "pages" : $"level {known.Level} blocks")} {(known.Attributes.IsReadOnly ? "ro" : "rw")}{(known.Attributes.IsKernelExecutable ? "x" : string.Empty)} 0x{known.Attributes.Bits:x}"
        : "nothing";
}
