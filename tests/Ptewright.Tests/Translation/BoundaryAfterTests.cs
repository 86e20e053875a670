using CsCheck;
using Ptewright.Translation;

namespace Ptewright.Tests.Translation;

/// <summary>The next boundary of an entry or the end of the range. Linux: <c>pgd_addr_end</c> … <c>pmd_cont_addr_end</c>.</summary>
public sealed class BoundaryAfterTests
{
    [Theory]
    [InlineData(0x0000, 0x10000, 12, 0x1000)]
    [InlineData(0x0fff, 0x10000, 12, 0x1000)]
    [InlineData(0x1000, 0x10000, 12, 0x2000)]
    [InlineData(0x1000, 0x1800, 12, 0x1800)]
    [InlineData(0x1000, 0x2000, 12, 0x2000)]
    [InlineData(0x1fff, 0x2000, 12, 0x2000)]
    [InlineData(0x4021_0000, 0x41d5_0000, 21, 0x4040_0000)]
    [InlineData(0x41c0_0000, 0x41d5_0000, 21, 0x41d5_0000)]
    public void It_is_the_next_multiple_or_the_end(ulong address, ulong end, int shift, ulong expected) =>
        Assert.Equal(expected, TableGeometry.BoundaryAfter(address, end, shift));

    [Theory]
    [InlineData(0xffff_ffff_ffff_f000, 12, 0)]
    [InlineData(0xffff_ffff_ffff_e000, 12, 0xffff_ffff_ffff_f000)]
    [InlineData(0xffff_ffff_ffff_e000, 21, 0)]
    [InlineData(0xffff_ffff_ffe0_0000, 21, 0)]
    [InlineData(0xffff_ffff_ffc0_0000, 21, 0xffff_ffff_ffe0_0000)]
    [InlineData(0xfff0_0000_0000_0000, 48, 0xfff1_0000_0000_0000)]
    public void An_end_of_0_is_the_end_of_the_address_space(ulong address, int shift, ulong expected) =>
        Assert.Equal(expected, TableGeometry.BoundaryAfter(address, 0, shift));

    [Fact]
    public void A_boundary_that_wraps_is_beyond_any_end()
    {
        Assert.Equal(0xffff_ffff_ffff_f800UL, TableGeometry.BoundaryAfter(0xffff_ffff_ffff_f000, 0xffff_ffff_ffff_f800, 12));
        Assert.Equal(0xffff_ffff_ffff_ffffUL, TableGeometry.BoundaryAfter(0xffff_ffff_0000_0000, 0xffff_ffff_ffff_ffff, 42));
    }

    [Fact]
    public void It_agrees_with_arithmetic_that_cannot_wrap() =>
        Gen.Select(Gen.ULong, Gen.ULong, Gen.Int[12, 48]).Sample((first, second, shift) =>
        {
            // An end of 0 comes up too seldom by chance.
            UInt128 start = Math.Min(first, second);
            UInt128 end = second % 5 == 0 ? UInt128.One << 64 : Math.Max(first, second);
            UInt128 size = UInt128.One << shift;
            UInt128 boundary = ((start / size) + 1) * size;
            return start == end || TableGeometry.BoundaryAfter((ulong)start, (ulong)end, shift) == (ulong)UInt128.Min(boundary, end);
        });
}
