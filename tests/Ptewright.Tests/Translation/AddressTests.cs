using CsCheck;
using Ptewright.Addressing;

namespace Ptewright.Tests.Translation;

/// <summary>Physical and virtual addresses: alignment, order, and wrapping.</summary>
public sealed class AddressTests
{
    private static readonly Gen<ulong> Size = Gen.Int[0, 40].Select(shift => 1UL << shift);

    [Fact]
    public void Aligning_goes_to_the_nearest_multiple_on_either_side() => Gen.Select(Gen.ULong[0, 1UL << 52], Size).Sample((value, size) =>
    {
        PhysicalAddress address = new(value);
        PhysicalAddress down = address.AlignDown(size);
        PhysicalAddress up = address.AlignUp(size);
        return down.Value == value / size * size
            && up.Value == (value + size - 1) / size * size
            && address.IsAligned(size) == (down == up)
            && new VirtualAddress(value).IsAligned(size) == (value % size == 0);
    });

    [Fact]
    public void They_are_ordered_as_unsigned_numbers() => Gen.Select(Gen.ULong, Gen.ULong).Sample((left, right) =>
    {
        PhysicalAddress a = new(left);
        PhysicalAddress b = new(right);
        VirtualAddress c = new(left);
        VirtualAddress d = new(right);
        return (a < b) == (left < right) && (a > b) == (left > right) && (a <= b) == (left <= right) && (a >= b) == (left >= right)
            && (c < d) == (left < right) && (c > d) == (left > right) && (c <= d) == (left <= right) && (c >= d) == (left >= right)
            && a.CompareTo(b) == left.CompareTo(right) && c.CompareTo(d) == left.CompareTo(right)
            && (a == b) == (left == right) && (c != d) == (left != right);
    });

    [Fact]
    public void Virtual_addresses_wrap_at_the_end_of_the_address_space()
    {
        Assert.Equal(new VirtualAddress(0), new VirtualAddress(0xffff_ffff_ffff_f000) + 0x1000);
        Assert.Equal(new VirtualAddress(0xffff_ffff_ffff_f000), new VirtualAddress(0) - 0x1000);
    }

    [Fact]
    public void As_text_they_are_hexadecimal_without_leading_zeros()
    {
        Assert.Equal("0x40000000", new PhysicalAddress(0x4000_0000).ToString());
        Assert.Equal("0xffff000000000000", new VirtualAddress(0xffff_0000_0000_0000).ToString());
        Assert.Equal("0x0", default(PhysicalAddress).ToString());
    }
}
