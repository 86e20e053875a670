using System.Numerics;
using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.Walking;

namespace Ptewright.Comparing;

/// <summary>Compares what two sets of tables map, whatever tables they need for it.</summary>
public static class MapComparison
{
    /// <summary>Every change, ascending; neighbours that changed in the same way are one.</summary>
    /// <param name="before">Ranges, ascending and without overlaps, as a <see cref="TableScanner"/> finds them.</param>
    /// <param name="after">The ranges to hold against them.</param>
    public static IReadOnlyList<MapChange> Compare(IReadOnlyList<MappedRange> before, IReadOnlyList<MappedRange> after)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        MapChangeCollector changes = new(int.MaxValue);
        Compare(before, after, changes);
        return changes.Close().First;
    }

    /// <summary>Compares what two sets of tables map, in bounded memory: a few KiB of tables can map 2^27 ranges and more.</summary>
    /// <param name="before">Where the old tables lie.</param>
    /// <param name="beforeRoot">How they are read.</param>
    /// <param name="after">Where the new tables lie.</param>
    /// <param name="afterRoot">How they are read, in the same half.</param>
    /// <param name="most">How many changes are kept; the rest is counted.</param>
    /// <param name="onProblem">Told, once each, what is wrong with either; may be null.</param>
    /// <param name="progress">Told how far it is; may be null.</param>
    /// <param name="stop">Ends the work, with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="InvalidInputException">A table is entered so often that not all could be compared.</exception>
    public static MapChanges Compare(
        MemoryImage before,
        TranslationRoot beforeRoot,
        MemoryImage after,
        TranslationRoot afterRoot,
        int most,
        Action<TranslationRoot, TableProblem>? onProblem = null,
        IProgress<WorkProgress>? progress = null,
        CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(beforeRoot);
        ArgumentNullException.ThrowIfNull(afterRoot);
        MapChangeCollector changes = new(most);
        ulong at = Math.Min(beforeRoot.Start.Value, afterRoot.Start.Value);
        ulong end = Math.Max(beforeRoot.Last.Value, afterRoot.Last.Value);

        // All of it at once, as nearly always; where that is too much, as much at a time as can be held.
        ulong step = end - at;
        bool isFirst = true;
        while (true)
        {
            ulong last = step < end - at ? at + step : end;
            RangeWindow old = RangeWindow.Read(before, beforeRoot, at, last, isFirst ? onProblem : null, new WorkWatch(progress, stop));
            RangeWindow now = RangeWindow.Read(after, afterRoot, at, last, isFirst ? onProblem : null, new WorkWatch(progress, stop));
            isFirst = false;
            if (Math.Max(old.Count, now.Count) is var count && count > RangeWindow.Most)
            {
                step >>= Math.Max(1, BitOperations.Log2(count / RangeWindow.Most));
                continue;
            }

            Compare(old.Ranges, now.Ranges, changes);
            if (last == end)
            {
                return changes.Close();
            }

            at = last + 1;
            step = count < RangeWindow.Most / 4 ? (step * 2) + 1 : step;
        }
    }

    private static void Compare(IReadOnlyList<MappedRange> before, IReadOnlyList<MappedRange> after, MapChangeCollector changes)
    {
        int left = 0;
        int right = 0;
        ulong at = 0;

        // Both lists are cut at each other's ends; last bytes are compared, because an end may be 2^64.
        while (left < before.Count || right < after.Count)
        {
            MappedRange? old = left < before.Count ? before[left] : null;
            MappedRange? now = right < after.Count ? after[right] : null;
            ulong oldStart = old is { } o ? Math.Max(at, o.Start.Value) : ulong.MaxValue;
            ulong nowStart = now is { } n ? Math.Max(at, n.Start.Value) : ulong.MaxValue;
            ulong start = Math.Min(oldStart, nowStart);
            bool hasOld = old is not null && oldStart == start;
            bool hasNow = now is not null && nowStart == start;
            ulong last = Math.Min(
                hasOld ? old!.Value.Last.Value : old is null ? ulong.MaxValue : oldStart - 1,
                hasNow ? now!.Value.Last.Value : now is null ? ulong.MaxValue : nowStart - 1);
            changes.Add(hasOld ? Cut(old!.Value, start, last) : null, hasNow ? Cut(now!.Value, start, last) : null);
            left += hasOld && old!.Value.Last.Value == last ? 1 : 0;
            right += hasNow && now!.Value.Last.Value == last ? 1 : 0;
            if (last == ulong.MaxValue)
            {
                break;
            }

            at = last + 1;
        }
    }

    /// <summary>What is different between two mappings of the same addresses.</summary>
    public static MapChangeKinds KindsOf(in MappedRange before, in MappedRange after)
    {
        LeafAttributes old = before.Attributes;
        LeafAttributes now = after.Attributes;
        MapChangeKinds kinds = before.Physical == after.Physical ? MapChangeKinds.None : MapChangeKinds.Moved;
        kinds |= old.Permissions == now.Permissions ? MapChangeKinds.None : MapChangeKinds.Permission;
        bool sameType = old.MemoryAttribute is { } was && now.MemoryAttribute is { } becomes ? was == becomes : old.AttributeIndex == now.AttributeIndex;

        // Where one side's shareability comes from TCR_EL1 it is not compared.
        bool sameSharing = old.Shareability is not { } shared || now.Shareability is not { } sharing || shared == sharing;
        kinds |= sameType && sameSharing ? MapChangeKinds.None : MapChangeKinds.Memory;
        kinds |= (old.IsAccessed, old.IsNotGlobal, old.IsGuarded, old.IsDirtyModifier) == (now.IsAccessed, now.IsNotGlobal, now.IsGuarded, now.IsDirtyModifier)
            ? MapChangeKinds.None : MapChangeKinds.Flags;
        if (before.Level != after.Level)
        {
            kinds |= before.Level < after.Level ? MapChangeKinds.Split : MapChangeKinds.Merged;
        }
        else if (old.IsContiguous != now.IsContiguous)
        {
            kinds |= old.IsContiguous ? MapChangeKinds.Split : MapChangeKinds.Merged;
        }

        return kinds;
    }

    private static MappedRange Cut(in MappedRange range, ulong start, ulong last) => range with
    {
        Start = new VirtualAddress(start),
        Size = last - start + 1,
        Physical = range.Physical + (start - range.Start.Value),
    };
}
