using Ptewright.Translation;

namespace Ptewright.Tests.Translation;

/// <summary>What a descriptor is, by its low bits: none, invalid, block, table or page.</summary>
public sealed class DescriptorTests
{
    [Theory]
    [InlineData(0x0000_0000_0000_0000UL, true, false, false, false)]
    [InlineData(0x0000_0000_0000_0002UL, false, false, false, false)]
    [InlineData(0x00e8_0000_4000_0706UL, false, false, false, false)]
    [InlineData(0x00e8_0000_4000_0704UL, false, false, false, false)]
    [InlineData(0x00e8_0000_4000_0705UL, false, true, true, false)]
    [InlineData(0x00e8_0000_4000_0707UL, false, true, false, true)]
    [InlineData(0x1800_0000_4000_0003UL, false, true, false, true)]
    [InlineData(0x8000_0000_0000_0000UL, false, false, false, false)]
    public void Its_low_bits_say_what_it_is(ulong raw, bool isNone, bool isValid, bool isBlock, bool isTableOrPage)
    {
        Descriptor descriptor = new(raw);
        Assert.Equal(isNone, descriptor.IsNone);
        Assert.Equal(isValid, descriptor.IsValid);
        Assert.Equal(isBlock, descriptor.IsBlock);
        Assert.Equal(isTableOrPage, descriptor.IsTableOrPage);
        Assert.False(descriptor.IsContiguous);
    }

    [Fact]
    public void Bit_52_alone_makes_it_contiguous()
    {
        for (int bit = 0; bit < 64; bit++)
        {
            Assert.Equal(bit == 52, new Descriptor(1UL << bit).IsContiguous);
        }
    }

    [Fact]
    public void Two_are_equal_when_all_bits_are()
    {
        Descriptor one = new(0x00e8_0000_4000_0707);
        Descriptor same = new(0x00e8_0000_4000_0707);
        Assert.True(one == same);
        Assert.True(one.Equals((object)same));
        Assert.Equal(one.GetHashCode(), same.GetHashCode());
        for (int bit = 0; bit < 64; bit++)
        {
            Assert.True(one != new Descriptor(one.Raw ^ (1UL << bit)));
        }
    }

    [Fact]
    public void As_text_it_has_sixteen_digits()
    {
        Assert.Equal("0x0000000000000703", new Descriptor(0x703).ToString());
        Assert.Equal("0xffffffffffffffff", new Descriptor(ulong.MaxValue).ToString());
    }

    [Theory]
    [InlineData(DescriptorBits.TypeMask, 1, 0)]
    [InlineData(DescriptorBits.AttrIndexMask, 4, 2)]
    [InlineData(DescriptorBits.User, 6, 6)]
    [InlineData(DescriptorBits.ReadOnly, 7, 7)]
    [InlineData(DescriptorBits.InnerShareable, 9, 8)]
    [InlineData(DescriptorBits.AccessFlag, 10, 10)]
    [InlineData(DescriptorBits.NotGlobal, 11, 11)]
    [InlineData(DescriptorBits.Guarded, 50, 50)]
    [InlineData(DescriptorBits.DirtyBitModifier, 51, 51)]
    [InlineData(DescriptorBits.Contiguous, 52, 52)]
    [InlineData(DescriptorBits.PrivilegedExecuteNever, 53, 53)]
    [InlineData(DescriptorBits.UserExecuteNever, 54, 54)]
    [InlineData(DescriptorBits.SoftwareDirty, 55, 55)]
    [InlineData(DescriptorBits.PxnTable, 59, 59)]
    [InlineData(DescriptorBits.UxnTable, 60, 60)]
    public void Its_fields_lie_where_the_architecture_has_them(ulong mask, int high, int low)
    {
        ulong expected = 0;
        for (int bit = low; bit <= high; bit++)
        {
            expected |= 1UL << bit;
        }

        Assert.Equal(expected, mask);
    }
}
