using Ptewright.Addressing;
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
        List<MapChange> changes = [];
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
            Add(changes, hasOld ? Cut(old!.Value, start, last) : null, hasNow ? Cut(now!.Value, start, last) : null);
            left += hasOld && old!.Value.Last.Value == last ? 1 : 0;
            right += hasNow && now!.Value.Last.Value == last ? 1 : 0;
            if (last == ulong.MaxValue)
            {
                break;
            }

            at = last + 1;
        }

        return changes;
    }

    /// <summary>What is different between two mappings of the same addresses.</summary>
    public static MapChangeKinds KindsOf(in MappedRange before, in MappedRange after)
    {
        LeafAttributes old = before.Attributes;
        LeafAttributes now = after.Attributes;
        MapChangeKinds kinds = before.Physical == after.Physical ? MapChangeKinds.None : MapChangeKinds.Moved;
        kinds |= (old.IsUser, old.IsReadOnly, old.IsKernelExecutable, old.IsUserExecutable) == (now.IsUser, now.IsReadOnly, now.IsKernelExecutable, now.IsUserExecutable)
            ? MapChangeKinds.None : MapChangeKinds.Permission;
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

    private static void Add(List<MapChange> changes, MappedRange? before, MappedRange? after)
    {
        MapChangeKinds kinds = before is not { } old ? MapChangeKinds.Added : after is not { } now ? MapChangeKinds.Removed : KindsOf(old, now);
        if (kinds == MapChangeKinds.None || (before is null && after is null))
        {
            return;
        }

        MappedRange piece = (before ?? after)!.Value;
        if (changes.Count > 0 && changes[^1] is var open && open.Kinds == kinds && open.Start + open.Size == piece.Start
            && Continues(open.Before, before) && Continues(open.After, after))
        {
            changes[^1] = open with { Size = open.Size + piece.Size, Before = Longer(open.Before, piece.Size), After = Longer(open.After, piece.Size) };
            return;
        }

        changes.Add(new MapChange(kinds, piece.Start, piece.Size, before, after));
    }

    private static bool Continues(MappedRange? open, MappedRange? next) => open is not { } first ? next is null
        : next is { } second && first.Physical + first.Size == second.Physical && first.Level == second.Level && first.Attributes == second.Attributes;

    private static MappedRange? Longer(MappedRange? range, ulong bytes) => range is { } known ? known with { Size = known.Size + bytes } : null;
}
