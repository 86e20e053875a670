using CsCheck;
using Ptewright.Addressing;
using Ptewright.Memory;

namespace Ptewright.Tests.Memory;

/// <summary>The place that is found for a range of bytes, against a search that tries every byte.</summary>
public sealed unsafe class FindRoomTests
{
    private const int Bytes = 96;

    private static readonly Gen<(int Start, int End)> _range = Gen.Select(Gen.Int[0, Bytes], Gen.Int[0, Bytes], (from, to) => (Math.Min(from, to), Math.Max(from, to)));

    private static readonly int[] _alignments = [1, 2, 3, 4, 6, 8, 16, 64];
    private static readonly Gen<int> _alignment = Gen.Int[0, _alignments.Length - 1].Select(index => _alignments[index]);

    [Fact]
    public void It_is_the_highest_or_the_lowest_that_fits_free_aligned_and_between_the_limits() => Gen.Select(
        _range.Array[0, 5], _range.Array[0, 3], _range.Array[0, 5], Gen.Int[1, 24], _alignment, _range, Gen.Bool)
        .Sample((memory, noMap, reserved, size, alignment, limits, bottomUp) =>
        {
            MemoryLayout layout = new();
            bool[] free = new bool[Bytes];
            Apply(memory, layout.Add, free, true);
            Apply(noMap, layout.MarkNoMap, free, false);
            Apply(reserved, layout.Reserve, free, false);
            (int start, int end) = (Math.Max(limits.Start, 1), limits.End);

            bool found = layout.Blocks->TryFindRoom((ulong)size, (ulong)alignment, At(start), At(end), bottomUp, out PhysicalAddress place);

            int expected = Expected(free, size, alignment, start, end, bottomUp);
            Assert.Equal(expected >= 0, found);
            Assert.Equal(expected >= 0 ? At(expected) : default, place);
        });

    // What an alignment that is no power of two means depends on where one begins to round, so runs of free bytes are taken as the kernel takes them.
    private static int Expected(bool[] free, int size, int alignment, int start, int end, bool bottomUp)
    {
        List<int> places = [];
        for (int low = start; low < end; low++)
        {
            if (!free[low] || (low > start && free[low - 1]))
            {
                continue;
            }

            int high = low;
            while (high < end && free[high])
            {
                high++;
            }

            int place = bottomUp ? ((low - 1) | (alignment - 1)) + 1 : (high - size) & ~(alignment - 1);
            if (high - low >= size && place >= low && place + size <= high)
            {
                places.Add(place);
            }
        }

        return places.Count == 0 ? -1 : bottomUp ? places[0] : places[^1];
    }

    private static void Apply((int Start, int End)[] ranges, Action<PhysicalAddress, PhysicalAddress> change, bool[] free, bool value)
    {
        foreach ((int start, int end) in ranges)
        {
            change(At(start), At(end));
            free.AsSpan(start, end - start).Fill(value);
        }
    }

    private static PhysicalAddress At(int address) => new((ulong)address);
}
