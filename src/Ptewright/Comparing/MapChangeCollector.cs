using Ptewright.Walking;

namespace Ptewright.Comparing;

/// <summary>Joins neighbours that changed in the same way, keeps the first changes and counts all.</summary>
/// <param name="most">How many are kept.</param>
internal sealed class MapChangeCollector(int most)
{
    private readonly List<MapChange> _first = [];
    private ulong _count;
    private MapChangeKinds _kinds;
    private MappedRange? _before;
    private MappedRange? _after;

    /// <summary>One piece more, ascending: what was mapped there, and what is.</summary>
    public void Add(MappedRange? before, MappedRange? after)
    {
        if (before is null && after is null)
        {
            return;
        }

        MapChangeKinds kinds = before is not { } old ? MapChangeKinds.Added : after is not { } now ? MapChangeKinds.Removed : MapComparison.KindsOf(old, now);
        if (kinds == MapChangeKinds.None)
        {
            return;
        }

        MappedRange piece = (before ?? after)!.Value;
        if (_kinds == kinds && (_before ?? _after) is { } open && open.End == piece.Start && Continues(_before, before) && Continues(_after, after))
        {
            _before = Longer(_before, piece.Size);
            _after = Longer(_after, piece.Size);
            return;
        }

        Keep();
        (_kinds, _before, _after) = (kinds, before, after);
    }

    /// <summary>What was found.</summary>
    public MapChanges Close()
    {
        Keep();
        (_before, _after) = (null, null);
        return new MapChanges(_first, _count);
    }

    private static bool Continues(MappedRange? open, MappedRange? next) => open is not { } first ? next is null
        : next is { } second && first.Physical + first.Size == second.Physical && first.Level == second.Level && first.Attributes == second.Attributes;

    private static MappedRange? Longer(MappedRange? range, ulong bytes) => range is { } known ? known with { Size = known.Size + bytes } : null;

    private void Keep()
    {
        if ((_before ?? _after) is not { } open)
        {
            return;
        }

        _count++;
        if (_first.Count < most)
        {
            _first.Add(new MapChange(_kinds, open.Start, open.Size, _before, _after));
        }
    }
}
