using CsCheck;
using Ptewright.Addressing;
using Ptewright.Translation;

namespace Ptewright.Tests.Translation;

/// <summary>Where descriptors keep their output address.</summary>
public sealed class OutputAddressFormatTests
{
    private static readonly GranuleSize[] Granules = Enum.GetValues<GranuleSize>();

    private static Gen<(OutputAddressFormat Format, int PageShift)> Formats =>
        Gen.Select(Gen.OneOf(Granules), Gen.Bool, (granule, wide) => (Make(granule, wide ? 52 : 48), (int)granule));

    [Fact]
    public void Addresses_stand_in_descriptors_where_the_architecture_has_them() => Vectors.Check("output-addresses.txt", 4, item =>
    {
        OutputAddressFormat format = Make(item.Granule(0), item.Integer(1));
        Assert.Equal(new Descriptor(item.Number(3)), new Descriptor(format.Encode(item.Physical(2))));
        Assert.Equal(item.Physical(2), format.Decode(new Descriptor(item.Number(3))));
    });

    [Fact]
    public void Every_page_address_comes_back_whatever_the_other_bits_are() =>
        Gen.Select(Formats, Gen.ULong, Gen.ULong).Sample((made, random, other) =>
        {
            OutputAddressFormat format = made.Format;
            PhysicalAddress page = new((random & ((1UL << format.AddressBits) - 1)) >> made.PageShift << made.PageShift);
            ulong field = format.Encode(page);
            ulong attributes = format.AttributesOf(new Descriptor(other));
            return format.Decode(new Descriptor(field | attributes)) == page
                && format.AttributesOf(new Descriptor(field | attributes)) == attributes;
        });

    [Fact]
    public void Every_descriptor_is_its_address_and_its_attributes() =>
        Gen.Select(Formats, Gen.ULong).Sample((made, raw) =>
        {
            Descriptor descriptor = new(raw);
            ulong attributes = made.Format.AttributesOf(descriptor);
            ulong field = made.Format.Encode(made.Format.Decode(descriptor));
            return (attributes & field) == 0 && (attributes | field) == raw;
        });

    [Fact]
    public void No_two_bits_of_an_address_share_a_bit_of_the_descriptor()
    {
        foreach (GranuleSize granule in Granules)
        {
            foreach (int bits in new[] { 48, 52 })
            {
                OutputAddressFormat format = Make(granule, bits);
                ulong seen = 0;
                for (int bit = (int)granule; bit < bits; bit++)
                {
                    ulong field = format.Encode(new PhysicalAddress(1UL << bit));
                    Assert.True(ulong.IsPow2(field), $"{granule}, {bits} bits: address bit {bit} is 0x{field:x} in the descriptor");
                    Assert.True((seen & field) == 0, $"{granule}, {bits} bits: address bit {bit} shares 0x{field:x}");
                    seen |= field;
                }

                Assert.Equal(~seen, format.AttributesOf(new Descriptor(ulong.MaxValue)));
            }
        }
    }

    [Fact]
    public void The_address_field_leaves_the_bits_of_kernel_leaves_alone()
    {
        const ulong used = DescriptorBits.TypeMask | DescriptorBits.AttrIndexMask | DescriptorBits.User | DescriptorBits.ReadOnly | DescriptorBits.AccessFlag
            | DescriptorBits.NotGlobal | DescriptorBits.DirtyBitModifier | DescriptorBits.Contiguous | DescriptorBits.PrivilegedExecuteNever
            | DescriptorBits.UserExecuteNever | DescriptorBits.PxnTable | DescriptorBits.UxnTable | DescriptorBits.SoftwareMask;
        foreach (GranuleSize granule in Granules)
        {
            foreach (int bits in new[] { 48, 52 })
            {
                OutputAddressFormat format = Make(granule, bits);
                Assert.Equal(used, format.AttributesOf(new Descriptor(used)));
                ulong share = format.AttributesOf(new Descriptor(DescriptorBits.InnerShareable));
                Assert.Equal(format.IsLpa2 ? 0UL : DescriptorBits.InnerShareable, share);
            }
        }
    }

    [Fact]
    public void Only_52_bits_in_small_pages_are_LPA2()
    {
        foreach (GranuleSize granule in Granules)
        {
            Assert.False(OutputAddressFormat.Bits48(granule).IsLpa2);
            Assert.Equal(granule != GranuleSize.Size64K, OutputAddressFormat.Bits52(granule).IsLpa2);
            Assert.Equal(48, OutputAddressFormat.Bits48(granule).AddressBits);
            Assert.Equal(52, OutputAddressFormat.Bits52(granule).AddressBits);
        }
    }

    [Fact]
    public void Bits_below_the_page_and_above_the_field_are_dropped()
    {
        Assert.Equal(0x0000_ffff_ffff_f000UL, OutputAddressFormat.Bits48(GranuleSize.Size4K).Encode(new PhysicalAddress(ulong.MaxValue)));
        Assert.Equal(0x0000_ffff_ffff_f000UL, OutputAddressFormat.Bits52(GranuleSize.Size64K).Encode(new PhysicalAddress(ulong.MaxValue)));
        Assert.Equal(0x0003_ffff_ffff_c300UL, OutputAddressFormat.Bits52(GranuleSize.Size16K).Encode(new PhysicalAddress(ulong.MaxValue)));
    }

    private static OutputAddressFormat Make(GranuleSize granule, int bits) =>
        bits == 52 ? OutputAddressFormat.Bits52(granule) : OutputAddressFormat.Bits48(granule);
}
