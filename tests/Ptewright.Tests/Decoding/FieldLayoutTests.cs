using CsCheck;
using Ptewright.Addressing;
using Ptewright.Decoding;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Tests.Decoding;

public sealed class FieldLayoutTests
{
    private static readonly (GranuleSize Granule, OutputAddressFormat Format)[] _shapes =
    [
        .. new[] { GranuleSize.Size4K, GranuleSize.Size16K, GranuleSize.Size64K }.SelectMany(
            granule => new[] { (granule, OutputAddressFormat.Bits48(granule)), (granule, OutputAddressFormat.Bits52(granule)) }),
    ];

    private static readonly FieldLayout[] _all =
    [
        .. RegisterLayouts.Names.SelectMany(name => new[] { RegisterLayouts.Of(name, false), RegisterLayouts.Of(name, true) }),
        .. RegisterForms.Of("esr_el1", Enumerable.Range(0, 64).SelectMany(exception => Enumerable.Range(0, 128).Select(form => ((ulong)exception << 26) | ((ulong)(form >> 6) << 24) | (uint)(form & 63)))),
        .. RegisterForms.Of("par_el1", [0, 1]),
        .. RegisterForms.Of("vtcr_el2", Enumerable.Range(0, 16).Select(form => ((ulong)(form & 3) << 14) | ((ulong)(form >> 2) << 32))),
        .. RegisterForms.OfOperands(),
        .. _shapes.SelectMany(shape => Enumerable.Range(-1, 5).SelectMany(level => Kinds(level, shape).Select(kind => DescriptorLayouts.Of(kind, level, shape.Granule, shape.Format)))),
    ];

    [Fact]
    public void Every_bit_belongs_to_exactly_one_field_and_every_name_is_one_fields() => Assert.All(_all, layout =>
    {
        Assert.Equal(64, layout.Fields.Sum(field => System.Numerics.BitOperations.PopCount(field.Mask)));
        Assert.Equal(ulong.MaxValue, layout.Fields.Aggregate(0UL, (mask, field) => mask | field.Mask));
        Assert.Equal(layout.Fields.Count, layout.Fields.Select(field => field.Name.ToUpperInvariant()).Distinct().Count());
        Assert.Equal(layout.Fields.OrderByDescending(field => field.Mask), layout.Fields);
    });

    [Fact]
    public void Encoding_what_was_decoded_gives_the_same_bits() => Gen.Select(Gen.ULong, Gen.Int[0, _all.Length - 1]).Sample((raw, which) =>
    {
        FieldLayout layout = _all[which];
        Assert.Equal(raw, layout.Encode(layout.Fields.Select(field => (field.Name.ToLowerInvariant(), field.Extract(raw)))));

        // In words as well, where they are unambiguous.
        foreach (BitField field in layout.Fields)
        {
            ulong value = field.Extract(raw);
            string words = field.Explain(value).Replace(' ', '-');
            if (field.Words.Count(word => word?.Replace(' ', '-') == words) == 1)
            {
                Assert.Equal(value, field.Parse(words));
            }
        }
    });

    [Fact]
    public void The_address_field_is_where_the_engine_puts_addresses() => Gen.Select(Gen.ULong, Gen.Int[0, _shapes.Length - 1], Gen.Int[-1, 3]).Sample((raw, which, level) =>
    {
        (GranuleSize granule, OutputAddressFormat format) = _shapes[which];
        Descriptor entry = new(raw);
        EntryKind kind = DescriptorLayouts.KindOf(entry, level, granule, format);
        FieldLayout layout = DescriptorLayouts.Of(kind, level, granule, format);
        if (kind is EntryKind.Page or EntryKind.Table or EntryKind.Block)
        {
            ulong size = kind == EntryKind.Block ? 1UL << ((int)granule + ((3 - level) * ((int)granule - 3))) : 1;
            PhysicalAddress decoded = format.Decode(entry);
            Assert.Equal(decoded.AlignDown(size).Value, layout.Find(kind == EntryKind.Table ? "NLTA" : "OA").Extract(raw));
        }
    });

    [Theory]
    [InlineData(0x00e8_0000_4000_0707, "OA=0x40000000", "SH=inner shareable", "AF=yes", "PXN=yes", "UXN=yes", "DBM=yes", "AttrIndx=Attr1", "AP=EL1 read and write")]
    [InlineData(0x00c0_0000_4020_0783, "OA=0x40200000", "AP=EL1 read", "PXN=no", "UXN=yes", "AttrIndx=Attr0")]
    public void A_page_as_Linux_writes_it_reads_as_the_manual_says(ulong raw, params string[] expected) =>
        AssertHas(DescriptorLayouts.Of(EntryKind.Page, 3, GranuleSize.Size4K, OutputAddressFormat.Bits48(GranuleSize.Size4K)), raw, expected);

    [Fact]
    public void Tcr_of_a_running_kernel_reads_as_the_manual_says() => AssertHas(
        RegisterLayouts.Of("TCR_EL1", false),
        0x0050_00f5_b550_3510,
        [
            "T0SZ=48-bit addresses", "T1SZ=48-bit addresses", "TG0=4K", "TG1=4K", "IPS=48 bits", "A1=TTBR1_EL1", "AS=16 bits", "TBI0=yes", "TBI1=yes", "HA=yes", "HD=no",
            "TBID1=yes", "NFD1=yes", "DS=no", "SH1=inner shareable", "IRGN1=write-back write-allocate", "ORGN0=write-back write-allocate", "E0PD1=no",
        ]);

    [Fact]
    public void Ttbr_with_52_bits_keeps_four_of_them_low()
    {
        FieldLayout ttbr = RegisterLayouts.Of("ttbr1_el1", true);
        Assert.Equal(0x000f_0000_4000_0040UL, ttbr.Find("BADDR").Extract(0x0123_0000_4000_007d));
        Assert.Equal(0x123UL, ttbr.Find("asid").Extract(0x0123_0000_4000_007d));
        Assert.Equal(["BADDR", "ASID", "CnP"], RegisterLayouts.Of("ttbr0_el1", false).Fields.Select(field => field.Name).OrderBy(name => name == "BADDR" ? 0 : name == "ASID" ? 1 : 2));
    }

    [Theory]
    [InlineData(0x00, "device nGnRnE")]
    [InlineData(0x04, "device nGnRE")]
    [InlineData(0x08, "device nGRE")]
    [InlineData(0x0c, "device GRE")]
    [InlineData(0x01, "memory attribute 0x01")]
    [InlineData(0x44, "normal non-cacheable")]
    [InlineData(0xbb, "normal write-through")]
    [InlineData(0xff, "normal write-back")]
    [InlineData(0xf0, "normal tagged")]
    [InlineData(0x4f, "normal, outer non-cacheable, inner write-back")]
    [InlineData(0x77, "normal write-back transient")]
    [InlineData(0x88, "normal write-through no-allocate")]
    [InlineData(0xe0, "memory attribute 0xe0")]
    public void A_byte_of_mair_reads_as_the_manual_says(byte attribute, string words) => Assert.Equal(words, MemoryAttributeText.Of(attribute));

    [Theory]
    [InlineData("AttrIndx", 8, "AttrIndx (bits 4:2) cannot hold 0x8.")]
    [InlineData("OA", 0x4000_0800, "OA (bits 47:12) cannot hold 0x40000800.")]
    [InlineData("Colour", 1, "There is no field 'Colour' (page); there are PBHA, SW, UXN,")]
    public void What_cannot_be_encoded_is_refused(string field, ulong value, string sentence)
    {
        FieldLayout page = DescriptorLayouts.Of(EntryKind.Page, 3, GranuleSize.Size4K, OutputAddressFormat.Bits48(GranuleSize.Size4K));
        Assert.StartsWith(sentence, Assert.Throws<InvalidInputException>(() => page.Encode([(field, value)])).Message, StringComparison.Ordinal);
        Assert.Equal("AF is given twice.", Assert.Throws<InvalidInputException>(() => page.Encode([("AF", 1), ("af", 1)])).Message);
    }

    private static void AssertHas(FieldLayout layout, ulong raw, string[] expected)
    {
        string[] words = [.. layout.Fields.Select(field => $"{field.Name}={field.Explain(field.Extract(raw))}")];
        Assert.All(expected, item => Assert.Contains(item, words));
    }

    private static IEnumerable<EntryKind> Kinds(int level, (GranuleSize Granule, OutputAddressFormat Format) shape) =>
        new ulong[] { 0, 1, 3 }.Select(raw => DescriptorLayouts.KindOf(new Descriptor(raw), level, shape.Granule, shape.Format));
}
