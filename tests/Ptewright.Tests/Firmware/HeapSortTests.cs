using Ptewright.Firmware;

namespace Ptewright.Tests.Firmware;

/// <summary>The kernel's sort: right for all, and for equals in the order that was seen of kernels.</summary>
public sealed class HeapSortTests
{
    [Fact]
    public void It_sorts()
    {
        Random random = new(9);
        for (int length = 0; length < 70; length++)
        {
            int[] items = [.. Enumerable.Range(0, length).Select(_ => random.Next(length))];
            int[] expected = [.. items.Order()];

            HeapSort.Sort(items, (first, second) => first.CompareTo(second));

            Assert.Equal(expected, items);
        }
    }

    // Seven nodes without a place, as Linux 6.1 placed them (placed-mix in placed-regions.txt).
    [Fact]
    public void Equals_come_out_as_a_kernel_placed_them()
    {
        string[] names = ["dsp", "pool", "odd", "buffer", "three", "small", "coherent"];

        HeapSort.Sort(names, (_, _) => 0);

        Assert.Equal(["pool", "odd", "buffer", "three", "small", "coherent", "dsp"], names);
    }
}
