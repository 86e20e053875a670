using Ptewright.Translation;

namespace Ptewright.Tests.Translation;

/// <summary>TCR_EL1, field by field, as the Arm ARM has it.</summary>
public sealed class TranslationControlTests
{
    [Theory]
    [InlineData(GranuleSize.Size4K, 48, 0x0000_0000_0000_0010UL, 0x0000_0000_8010_0000UL)]
    [InlineData(GranuleSize.Size16K, 47, 0x0000_0000_0000_8011UL, 0x0000_0000_4011_0000UL)]
    [InlineData(GranuleSize.Size64K, 42, 0x0000_0000_0000_4016UL, 0x0000_0000_c016_0000UL)]
    [InlineData(GranuleSize.Size4K, 52, 0x0000_0000_0000_000cUL, 0x0000_0000_800c_0000UL)]
    public void A_half_has_granule_and_size(GranuleSize granule, int bits, ulong lower, ulong upper)
    {
        Assert.Equal(lower, default(TranslationControl).WithHalf(AddressHalf.Lower, granule, bits).Value);
        Assert.Equal(upper, default(TranslationControl).WithHalf(AddressHalf.Upper, granule, bits).Value);
        foreach (AddressHalf half in (AddressHalf[])[AddressHalf.Lower, AddressHalf.Upper])
        {
            TranslationControl control = default(TranslationControl).WithHalf(half, granule, bits);
            Assert.True(control.TryGetGranule(half, out GranuleSize read));
            Assert.Equal((granule, bits), (read, 64 - control.UnusedBits(half)));
        }
    }

    [Fact]
    public void Setting_a_half_leaves_everything_else()
    {
        Assert.Equal(~0xc03fUL | 0x0010, new TranslationControl(~0UL).WithHalf(AddressHalf.Lower, GranuleSize.Size4K, 48).Value);
        Assert.Equal(~0xc03f_0000UL | 0x8010_0000, new TranslationControl(~0UL).WithHalf(AddressHalf.Upper, GranuleSize.Size4K, 48).Value);
        Assert.Equal(~0x3f00_3f00UL | 0x3500_3500, new TranslationControl(~0UL).WithCacheableWalks().Value);
        Assert.Equal(0x3500_3500UL, default(TranslationControl).WithCacheableWalks().Value);
    }

    [Theory]
    [InlineData(AddressHalf.Lower, 3)]
    [InlineData(AddressHalf.Upper, 0)]
    public void One_value_of_TG_is_reserved_in_each_half(AddressHalf half, int reserved)
    {
        for (int field = 0; field < 4; field++)
        {
            Assert.Equal(field != reserved, new TranslationControl((ulong)field << (half == AddressHalf.Lower ? 14 : 30)).TryGetGranule(half, out _));
        }
    }

    [Theory]
    [InlineData(0, 32, 35)]
    [InlineData(1, 36, 39)]
    [InlineData(2, 40, 41)]
    [InlineData(3, 42, 43)]
    [InlineData(4, 44, 47)]
    [InlineData(5, 48, 51)]
    [InlineData(6, 52, 56)]
    public void IPS_counts_the_bits_of_output_addresses(int field, int bits, int mostBits)
    {
        TranslationControl control = default(TranslationControl).WithOutput(field, isLpa2: false);
        Assert.Equal((ulong)field << 32, control.Value);
        Assert.Equal((field, bits, false), (control.AddressSize, control.OutputBits, control.IsLpa2));
        Assert.Equal((field, field), (TranslationControl.AddressSizeOf(bits), TranslationControl.AddressSizeOf(mostBits)));
    }

    [Fact]
    public void Fewer_bits_than_the_least_size_are_the_least_size_and_a_reserved_size_is_the_largest()
    {
        Assert.Equal(0, TranslationControl.AddressSizeOf(31));
        Assert.Equal(52, new TranslationControl(7UL << 32).OutputBits);
    }

    [Fact]
    public void Output_is_set_anew()
    {
        TranslationControl all = new(~0UL);
        Assert.Equal(~((7UL << 32) | (1UL << 59)), all.WithOutput(0, isLpa2: false).Value);
        Assert.Equal((1UL << 59) | (5UL << 32), default(TranslationControl).WithOutput(TranslationControl.AddressSize48, isLpa2: true).Value);
    }

    [Theory]
    [InlineData(AddressHalf.Lower, 7, 37, 41)]
    [InlineData(AddressHalf.Upper, 23, 38, 42)]
    public void Each_half_has_its_switches(AddressHalf half, int disabled, int topByte, int tableAttributes)
    {
        for (int bit = 0; bit < 64; bit++)
        {
            TranslationControl control = new(1UL << bit);
            Assert.Equal(
                (bit == disabled, bit == topByte, bit == tableAttributes, bit == 39, bit == 59),
                (control.IsDisabled(half), control.IgnoresTopByte(half), control.IgnoresTableAttributes(half), control.SetsAccessFlag, control.IsLpa2));
        }
    }

    [Fact]
    public void A_root_register_is_read_as_it_is_written()
    {
        foreach (ulong root in (ulong[])[0x4000_0000, 0x0000_ffff_ffff_f000, 0x000f_0000_4000_0000, 0x0005_8000_0000_0040])
        {
            ulong value = TranslationTableBase.Encode(new Addressing.PhysicalAddress(root)) | (0xbeefUL << 48) | 1;
            Assert.Equal(root, TranslationTableBase.Decode(value, has52: root >> 48 != 0, entries: 8).Value);
        }
    }

    [Theory]
    [InlineData(2, false, 0x4000_1230UL)]
    [InlineData(16, false, 0x4000_1200UL)]
    [InlineData(2, true, 0x000c_0000_4000_1200UL)]
    [InlineData(512, true, 0x000c_0000_4000_1000UL)]
    public void A_root_is_aligned_to_its_size(int entries, bool has52, ulong root) =>
        Assert.Equal(root, TranslationTableBase.Decode(0x4000_1230 | (has52 ? 0xcUL << 2 : 0), has52, entries).Value);
}
