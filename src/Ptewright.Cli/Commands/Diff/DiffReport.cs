using Ptewright.Cli.Output;
using Ptewright.Comparing;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Cli.Commands.Diff;

/// <summary>What <c>diff</c> writes for people.</summary>
internal sealed class DiffReport(Terminal terminal)
{
    // More tables than these are counted only; JSON has all.
    private const int MostTables = 40;

    private static readonly (MapChangeKinds Kind, string Word)[] _words =
    [
        (MapChangeKinds.Added, "added"), (MapChangeKinds.Removed, "removed"), (MapChangeKinds.Moved, "moved"), (MapChangeKinds.Permission, "permission changed"),
        (MapChangeKinds.Memory, "memory type changed"), (MapChangeKinds.Flags, "flags changed"), (MapChangeKinds.Split, "split"), (MapChangeKinds.Merged, "merged"),
    ];

    /// <summary>Writes all of it.</summary>
    public void Write(IReadOnlyList<HalfDifference> differences)
    {
        foreach (HalfDifference difference in differences)
        {
            terminal.WriteMarked($"[bold]{(difference.Before.Half == AddressHalf.Upper ? "TTBR1" : "TTBR0")}[/]");
            terminal.Out.WriteLine(difference.Changes.Count == 0 ? "Both map the same." : $"{Numbers.Of(difference.Changes.Count, "change")} of what is mapped:");
            foreach (MapChange change in difference.Changes.First)
            {
                Write(difference, change);
            }

            if (difference.Changes.Count - (ulong)difference.Changes.First.Count is > 0 and var more)
            {
                terminal.Out.WriteLine($"  ... and {Numbers.Count(more)} more.");
            }

            Write(difference.Tables);
        }
    }

    private void Write(HalfDifference difference, MapChange change)
    {
        string end = change.Start.Value + change.Size == 0 ? "0x10000000000000000" : Numbers.Hex(change.Start.Value + change.Size);
        string kinds = string.Join(", ", _words.Where(word => change.Kinds.HasFlag(word.Kind)).Select(word => word.Word));
        terminal.Out.WriteLine($"  {change.Start}..{end}  {Numbers.Bytes(change.Size)}: {kinds}");
        if (change.Before is { } before)
        {
            terminal.Out.WriteLine($"    - {Text(difference.Before, before)}");
        }

        if (change.After is { } after)
        {
            terminal.Out.WriteLine($"    + {Text(difference.After, after)}");
        }
    }

    private void Write(TableChanges? tables)
    {
        if (tables is null)
        {
            terminal.Out.WriteLine("Granule or address size differ, so tables are not compared one by one.");
            return;
        }

        if (tables.Count == 0)
        {
            return;
        }

        terminal.Out.WriteLine(
            $"Tables: {Numbers.Count(tables.Added)} added, {Numbers.Count(tables.Removed)} removed, {Numbers.Count(tables.Moved)} moved, {Numbers.Count(tables.Changed)} changed; "
            + $"{Numbers.Count(tables.Entries)} {(tables.Entries == 1 ? "entry differs" : "entries differ")}.");
        foreach (TableChange table in tables.First.Take(MostTables))
        {
            string place = table.Before is null ? $"at {table.After}" : table.After is null ? $"was at {table.Before}"
                : table.Before == table.After ? $"at {table.After}" : $"{table.Before} -> {table.After}";
            terminal.Out.WriteLine($"  level {table.Level,2}  {table.Start,-18}  {CliJson.NameOf(table.Kind),-7}  {place}, entries: {table.Entries}");
        }

        if (tables.Count > MostTables)
        {
            string all = tables.Count == (ulong)tables.First.Count ? "all" : $"the first {Numbers.Count((ulong)tables.First.Count)}";
            terminal.Out.WriteLine($"  ... and {Numbers.Count(tables.Count - MostTables)} more; --json has {all}.");
        }
    }

    private static string Text(TranslationRoot root, MappedRange range) =>
        $"{(range.KnowsPhysical ? $"{range.Physical}, " : string.Empty)}{RangeText.KindText(root, range.Level)}: {AttributeText.Of(range.Attributes)}";
}
