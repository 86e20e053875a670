using Ptewright.Addressing;

namespace Ptewright.Memory;

/// <summary>A sorted list of disjoint regions in storage of the caller; neighbours that touch and have the same flag are one.</summary>
/// <remarks>Linux: <c>struct memblock_type</c>.</remarks>
internal unsafe struct RegionList
{
    private readonly MemoryRegion* _regions;
    private readonly int _capacity;

    /// <summary>An empty list over <paramref name="storage"/>.</summary>
    public RegionList(MemoryRegion* storage, int capacity)
    {
        _regions = storage;
        _capacity = capacity;
        Count = 0;
    }

    /// <summary>How many regions there are.</summary>
    public int Count { get; private set; }

    /// <summary>The region <paramref name="index"/>, in ascending order of address.</summary>
    public readonly MemoryRegion this[int index] => _regions[index];

    /// <summary>Takes over the regions of another list, in this one's storage.</summary>
    /// <returns>False when the storage is too small; nothing is changed then.</returns>
    public bool TryCopyFrom(in RegionList other)
    {
        if (other.Count > _capacity)
        {
            return false;
        }

        for (int i = 0; i < other.Count; i++)
        {
            _regions[i] = other._regions[i];
        }

        Count = other.Count;
        return true;
    }

    /// <summary>Adds [<paramref name="start"/>, <paramref name="end"/>); what is there already keeps its flag.</summary>
    /// <returns>False when the storage is full.</returns>
    public bool TryAdd(PhysicalAddress start, PhysicalAddress end)
    {
        PhysicalAddress from = start;
        for (int i = 0; from < end; i++)
        {
            // The gap before region i (or behind the last one) that lies in the new range.
            PhysicalAddress gapEnd = i < Count && _regions[i].Start < end ? _regions[i].Start : end;
            if (from < gapEnd)
            {
                if (!TryInsert(i, new MemoryRegion(from, gapEnd, false)))
                {
                    return false;
                }

                i++;
            }

            if (i >= Count || _regions[i].Start >= end)
            {
                break;
            }

            if (_regions[i].End > from)
            {
                from = _regions[i].End;
            }
        }

        Merge();
        return true;
    }

    /// <summary>Takes [<paramref name="start"/>, <paramref name="end"/>) out of the list.</summary>
    /// <returns>False when the storage is full (a removal in the middle splits a region).</returns>
    public bool TryRemove(PhysicalAddress start, PhysicalAddress end)
    {
        if (start >= end)
        {
            return true;
        }

        if (!TryIsolate(start, end, out int first, out int behind))
        {
            return false;
        }

        for (int i = behind; i < Count; i++)
        {
            _regions[first + i - behind] = _regions[i];
        }

        Count -= behind - first;
        return true;
    }

    /// <summary>Sets or clears the no-map flag of what the list holds of [<paramref name="start"/>, <paramref name="end"/>), byte-precise.</summary>
    /// <returns>False when the storage is full.</returns>
    public bool TryMark(PhysicalAddress start, PhysicalAddress end, bool noMap)
    {
        if (start >= end)
        {
            return true;
        }

        if (!TryIsolate(start, end, out int first, out int behind))
        {
            return false;
        }

        for (int i = first; i < behind; i++)
        {
            _regions[i].NoMap = noMap;
        }

        Merge();
        return true;
    }

    /// <summary>Whether any byte of [<paramref name="start"/>, <paramref name="end"/>) is in the list.</summary>
    public readonly bool Overlaps(PhysicalAddress start, PhysicalAddress end)
    {
        for (int i = 0; i < Count; i++)
        {
            if (_regions[i].Start < end && start < _regions[i].End)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Moves the start of region <paramref name="index"/> down: how a run of page allocations grows its reservation.</summary>
    internal readonly void ExtendDown(int index, PhysicalAddress start) => _regions[index].Start = start;

    /// <summary>The index of the region that starts at <paramref name="address"/>, or -1.</summary>
    internal readonly int IndexOfStart(PhysicalAddress address)
    {
        for (int i = 0; i < Count; i++)
        {
            if (_regions[i].Start == address)
            {
                return i;
            }
        }

        return -1;
    }

    // Splits regions so that [start, end) is made of whole ones: [first, behind).
    private bool TryIsolate(PhysicalAddress start, PhysicalAddress end, out int first, out int behind)
    {
        first = 0;
        behind = 0;
        if (!TrySplitAt(start) || !TrySplitAt(end))
        {
            return false;
        }

        while (first < Count && _regions[first].Start < start)
        {
            first++;
        }

        behind = first;
        while (behind < Count && _regions[behind].Start < end)
        {
            behind++;
        }

        return true;
    }

    private bool TrySplitAt(PhysicalAddress address)
    {
        for (int i = 0; i < Count; i++)
        {
            if (_regions[i].Start < address && address < _regions[i].End)
            {
                MemoryRegion upper = new(address, _regions[i].End, _regions[i].NoMap);
                if (!TryInsert(i + 1, upper))
                {
                    return false;
                }

                _regions[i].End = address;
                return true;
            }
        }

        return true;
    }

    private bool TryInsert(int index, MemoryRegion region)
    {
        if (Count == _capacity)
        {
            return false;
        }

        for (int i = Count; i > index; i--)
        {
            _regions[i] = _regions[i - 1];
        }

        _regions[index] = region;
        Count++;
        return true;
    }

    private void Merge()
    {
        int last = 0;
        for (int i = 1; i < Count; i++)
        {
            if (_regions[last].End == _regions[i].Start && _regions[last].NoMap == _regions[i].NoMap)
            {
                _regions[last].End = _regions[i].End;
            }
            else
            {
                _regions[++last] = _regions[i];
            }
        }

        Count = Count == 0 ? 0 : last + 1;
    }
}
