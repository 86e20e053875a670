using CsCheck;
using Ptewright.Addressing;
using Ptewright.Memory;

namespace Ptewright.Tests.Memory;

/// <summary>The sorted list of regions against a model that keeps one state a byte.</summary>
public sealed unsafe class RegionListTests
{
    private const int Space = 64;

    public enum Change
    {
        Add,
        Remove,
        MarkNoMap,
        ClearNoMap,
    }

    // Ranges of a small space, never empty.
    private static Gen<(Change Change, int Start, int End)> Steps =>
        Gen.Select(Gen.Enum<Change>(), Gen.Int[0, Space - 1], Gen.Int[1, 24], (change, start, length) => (change, start, Math.Min(start + length, Space)));

    [Fact]
    public void Any_sequence_of_changes_leaves_what_a_byte_map_would_hold() =>
        Steps.Array[0, 30].Sample(
            steps =>
            {
                ByteMap model = new(Space);
                MemoryRegion[] storage = GC.AllocateArray<MemoryRegion>(200, pinned: true);
                fixed (MemoryRegion* pointer = storage)
                {
                    RegionList list = new(pointer, storage.Length);
                    foreach ((Change change, int start, int end) in steps)
                    {
                        Assert.True(Apply(ref list, change, start, end));
                        model.Apply(change, start, end);
                        Assert.Equal(model.Regions(), Regions(list));
                    }
                }
            },
            iter: 2_000);

    [Fact]
    public void A_full_list_says_so_exactly_when_the_pieces_do_not_fit_and_loses_nothing() =>
        Gen.Select(Steps.Array[0, 30], Gen.Int[0, 6]).Sample(
            (steps, capacity) =>
            {
                ByteMap model = new(Space);
                MemoryRegion[] storage = GC.AllocateArray<MemoryRegion>(capacity + 1, pinned: true);
                storage[capacity] = new MemoryRegion(new(0xdead), new(0xbeef), true);
                fixed (MemoryRegion* pointer = storage)
                {
                    RegionList list = new(pointer, capacity);
                    bool done = true;
                    for (int i = 0; done && i < steps.Length; i++)
                    {
                        (Change change, int start, int end) = steps[i];
                        bool fits = list.Count + model.PiecesNeeded(change, start, end) <= capacity;
                        string before = model.Map;
                        done = Apply(ref list, change, start, end);
                        Assert.Equal(fits, done);
                        if (done)
                        {
                            model.Apply(change, start, end);
                            Assert.Equal(model.Regions(), Regions(list));
                        }
                        else
                        {
                            model.Apply(change, start, end);
                            AssertNothingLost(change, before, model.Map, Regions(list));
                        }
                    }
                }

                Assert.Equal(0xdeadUL, storage[capacity].Start.Value);
            },
            iter: 2_000);

    [Fact]
    public void Adding_an_empty_range_changes_nothing() => AssertUnchangedByEmptyRange(Change.Add);

    [Fact]
    public void Marking_an_empty_range_changes_nothing() => AssertUnchangedByEmptyRange(Change.MarkNoMap);

    [Fact]
    public void Removing_an_empty_range_changes_nothing() => AssertUnchangedByEmptyRange(Change.Remove);

    [Fact]
    public void What_was_taken_out_overlaps_nothing_and_a_full_list_takes_empty_ranges()
    {
        MemoryRegion[] storage = GC.AllocateArray<MemoryRegion>(2, pinned: true);
        fixed (MemoryRegion* pointer = storage)
        {
            RegionList list = new(pointer, storage.Length);
            Assert.True(list.TryAdd(new(0x100), new(0x200)));
            Assert.True(list.TryAdd(new(0x300), new(0x400)));

            // No room to split one; nothing to split either.
            Assert.True(list.TryMark(new(0x180), new(0x180), true));
            Assert.True(list.TryRemove(new(0x180), new(0x180)));
            Assert.True(list.TryAdd(new(0x180), new(0x180)));
            Assert.False(list.TryMark(new(0x180), new(0x190), true));
            Assert.False(list.TryRemove(new(0x180), new(0x190)));
            Assert.Equal(["100-200", "300-400"], Names(list));

            Assert.True(list.TryRemove(new(0x300), new(0x400)));
            Assert.False(list.Overlaps(new(0x300), new(0x400)));
            Assert.False(list.Overlaps(new(0x200), new(ulong.MaxValue)));
            Assert.True(list.Overlaps(new(0x1ff), new(ulong.MaxValue)));
            Assert.Equal(["100-200"], Names(list));
        }

        static string[] Names(RegionList list) => [.. Enumerable.Range(0, list.Count).Select(i => $"{list[i].Start.Value:x}-{list[i].End.Value:x}")];
    }

    [Fact]
    public void Overlapping_is_having_a_byte_in_common()
    {
        MemoryRegion* storage = stackalloc MemoryRegion[4];
        RegionList list = new(storage, 4);
        Assert.False(list.Overlaps(new(0), new(ulong.MaxValue)));
        _ = list.TryAdd(new(10), new(20));
        _ = list.TryAdd(new(30), new(40));

        Assert.False(list.Overlaps(new(0), new(10)));
        Assert.True(list.Overlaps(new(0), new(11)));
        Assert.True(list.Overlaps(new(12), new(13)));
        Assert.True(list.Overlaps(new(19), new(31)));
        Assert.False(list.Overlaps(new(20), new(30)));
        Assert.True(list.Overlaps(new(39), new(100)));
        Assert.False(list.Overlaps(new(40), new(100)));
    }

    [Fact]
    public void Added_memory_is_to_be_mapped_and_what_was_there_keeps_its_flag()
    {
        MemoryRegion* storage = stackalloc MemoryRegion[8];
        RegionList list = new(storage, 8);
        _ = list.TryAdd(new(10), new(20));
        _ = list.TryMark(new(12), new(15), noMap: true);
        _ = list.TryAdd(new(0), new(30));
        Assert.Equal([(0, 12, false), (12, 15, true), (15, 30, false)], Regions(list));
    }

    internal static (int Start, int End, bool NoMap)[] Regions(RegionList list)
    {
        (int, int, bool)[] regions = new (int, int, bool)[list.Count];
        for (int i = 0; i < regions.Length; i++)
        {
            regions[i] = ((int)list[i].Start.Value, (int)list[i].End.Value, list[i].NoMap);
        }

        return regions;
    }

    private static bool Apply(ref RegionList list, Change change, int start, int end)
    {
        PhysicalAddress from = new((ulong)start);
        PhysicalAddress to = new((ulong)end);
        return change switch
        {
            Change.Add => list.TryAdd(from, to),
            Change.Remove => list.TryRemove(from, to),
            _ => list.TryMark(from, to, change == Change.MarkNoMap),
        };
    }

    // What did not fit may be done in part, but only towards the goal; the list stays sorted and disjoint.
    private static void AssertNothingLost(Change change, string before, string after, (int Start, int End, bool NoMap)[] regions)
    {
        ByteMap held = new(Space);
        int behind = 0;
        foreach ((int start, int end, bool noMap) in regions)
        {
            Assert.True(behind <= start && start < end, $"[{start}, {end}) does not follow {behind}");
            behind = end;
            held.Apply(Change.Add, start, end);
            held.Apply(noMap ? Change.MarkNoMap : Change.ClearNoMap, start, end);
        }

        for (int i = 0; i < Space; i++)
        {
            Assert.True(held.Map[i] == before[i] || held.Map[i] == after[i], $"{change}: byte {i} is '{held.Map[i]}', was '{before[i]}', would be '{after[i]}'");
        }
    }

    private static void AssertUnchangedByEmptyRange(Change change)
    {
        MemoryRegion* storage = stackalloc MemoryRegion[2];
        RegionList list = new(storage, 2);
        _ = list.TryAdd(new(10), new(20));
        foreach (int at in new[] { 0, 10, 15, 20, 30 })
        {
            Assert.True(Apply(ref list, change, at, at));
            Assert.Equal([(10, 20, false)], Regions(list));
        }
    }
}
