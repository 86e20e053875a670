using System.Collections.Immutable;
using Ptewright.Addressing;
using Ptewright.Memory;

namespace Ptewright.Checking;

/// <summary>The memory of one state, as what differs from the memory that both writers started with. Two with the same contents are equal.</summary>
internal sealed class RaceMemory : IEquatable<RaceMemory>
{
    // The key of a page that was zeroed as a whole: no entry lies at an odd address. Entries written after that come on top.
    private const ulong ZeroedMark = 1;

    private readonly SparseMemory _start;
    private readonly ulong _pageSize;
    private readonly ImmutableSortedDictionary<ulong, ulong> _changes;
    private readonly int _hash;

    /// <summary>The memory before the first step.</summary>
    public RaceMemory(SparseMemory start, ulong pageSize)
        : this(start, pageSize, ImmutableSortedDictionary<ulong, ulong>.Empty)
    {
    }

    private RaceMemory(SparseMemory start, ulong pageSize, ImmutableSortedDictionary<ulong, ulong> changes)
    {
        _start = start;
        _pageSize = pageSize;
        _changes = changes;
        HashCode hash = default;
        foreach ((ulong address, ulong value) in changes)
        {
            hash.Add(address);
            hash.Add(value);
        }

        _hash = hash.ToHashCode();
    }

    /// <summary>The 64 bits at an address.</summary>
    public ulong Load(PhysicalAddress address) => _changes.TryGetValue(address.Value, out ulong value) ? value : Below(address);

    /// <summary>This memory with 64 other bits at an address.</summary>
    public RaceMemory Store(PhysicalAddress address, ulong value) => new(
        _start, _pageSize, value == Below(address) ? _changes.Remove(address.Value) : _changes.SetItem(address.Value, value));

    /// <summary>This memory with a page zeroed.</summary>
    public RaceMemory Clear(PhysicalAddress page)
    {
        ulong start = page.AlignDown(_pageSize).Value;
        ImmutableSortedDictionary<ulong, ulong> rest = _changes.RemoveRange(_changes.Keys.Where(key => key >= start && key < start + _pageSize));
        return new RaceMemory(_start, _pageSize, rest.Add(start | ZeroedMark, 0));
    }

    /// <inheritdoc/>
    public bool Equals(RaceMemory? other) =>
        other is not null && _hash == other._hash && _changes.Count == other._changes.Count && _changes.SequenceEqual(other._changes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as RaceMemory);

    /// <inheritdoc/>
    public override int GetHashCode() => _hash;

    private ulong Below(PhysicalAddress address) => _changes.ContainsKey(address.AlignDown(_pageSize).Value | ZeroedMark)
        ? 0
        : BitConverter.ToUInt64(_start.Read(address, sizeof(ulong)));
}
