using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Tests.Walking;

/// <summary>What the registers say of each half, field by field, and of no other half.</summary>
/// <remarks>Arm ARM: TCR_EL1, TTBR0_EL1, TTBR1_EL1; D8.2 (levels and sizes), D8.3.1 (blocks), D8.7.1 (contiguous runs).</remarks>
public sealed class TranslationRootTests
{
    // 4K, 48 bits, 48-bit output addresses in both halves.
    private const ulong Usual = (5UL << 32) | (2UL << 30) | (16UL << 16) | 16;

    [Theory]
    [InlineData(7, "lower IsDisabled")]
    [InlineData(23, "upper IsDisabled")]
    [InlineData(37, "lower IgnoresTopByte")]
    [InlineData(38, "upper IgnoresTopByte")]
    [InlineData(39, "lower SetsAccessFlag, upper SetsAccessFlag")]
    [InlineData(40, "")]
    [InlineData(41, "lower IgnoresTableAttributes")]
    [InlineData(42, "upper IgnoresTableAttributes")]
    [InlineData(22, "")]
    [InlineData(36, "")]
    public void Each_switch_of_TCR_is_one_property_of_its_half(int bit, string expected)
    {
        string[] found = [.. new[] { AddressHalf.Lower, AddressHalf.Upper }.SelectMany(half => typeof(TranslationRoot).GetProperties()
            .Where(property => property.PropertyType == typeof(bool) && (bool)property.GetValue(Root(half, Usual | (1UL << bit)))!)
            .Select(property => $"{(half == AddressHalf.Lower ? "lower" : "upper")} {property.Name}"))];
        Assert.Equal(expected, string.Join(", ", found));
    }

    [Theory]
    [InlineData(0, GranuleSize.Size4K)]
    [InlineData(1, GranuleSize.Size64K)]
    [InlineData(2, GranuleSize.Size16K)]
    public void The_lower_half_has_its_own_granule(ulong field, GranuleSize granule)
    {
        Assert.Equal(granule, Root(AddressHalf.Lower, Usual | (field << 14)).Granule);
        Assert.Equal(GranuleSize.Size4K, Root(AddressHalf.Upper, Usual | (field << 14)).Granule);
    }

    [Theory]
    [InlineData(1, GranuleSize.Size16K)]
    [InlineData(2, GranuleSize.Size4K)]
    [InlineData(3, GranuleSize.Size64K)]
    public void The_upper_half_counts_granules_in_another_way(ulong field, GranuleSize granule)
    {
        ulong tcr = (Usual & ~(3UL << 30)) | (field << 30);
        Assert.Equal(granule, Root(AddressHalf.Upper, tcr).Granule);
        Assert.Equal(GranuleSize.Size4K, Root(AddressHalf.Lower, tcr).Granule);
    }

    [Theory]
    [InlineData(AddressHalf.Lower, Usual | (3UL << 14), "TCR_EL1 0x58010c010 has a reserved granule (TG0).")]
    [InlineData(AddressHalf.Upper, Usual & ~(3UL << 30), "TCR_EL1 0x500100010 has a reserved granule (TG1).")]
    public void A_reserved_granule_is_refused(AddressHalf half, ulong tcr, string sentence) =>
        Assert.Equal(sentence, Assert.Throws<InvalidInputException>(() => Root(half, tcr)).Message);

    [Theory]
    [InlineData(GranuleSize.Size4K, false, 16, 48, "with 4K pages and DS = 0")]
    [InlineData(GranuleSize.Size4K, true, 12, 48, "with 4K pages and DS = 1")]
    [InlineData(GranuleSize.Size16K, false, 16, 48, "with 16K pages and DS = 0")]
    [InlineData(GranuleSize.Size16K, true, 12, 48, "with 16K pages and DS = 1")]
    [InlineData(GranuleSize.Size64K, false, 12, 47, "with 64K pages")]
    [InlineData(GranuleSize.Size64K, true, 12, 47, "with 64K pages")]
    public void A_half_has_the_sizes_that_its_granule_allows(GranuleSize granule, bool ds, int smallest, int largest, string where)
    {
        for (int size = 0; size < 64; size++)
        {
            foreach (AddressHalf half in new[] { AddressHalf.Lower, AddressHalf.Upper })
            {
                ulong tcr = Tcr(granule, half, size, 5) | (ds ? 1UL << 59 : 0);
                if (size >= smallest && size <= largest)
                {
                    Assert.Equal(64 - size, Root(half, tcr).InputBits);
                }
                else
                {
                    Assert.Equal(
                        $"TCR_EL1 0x{tcr:x} has T{(half == AddressHalf.Lower ? 0 : 1)}SZ {size}: "
                            + (size < smallest ? $"less than {smallest}, the least {where} ({64 - smallest}-bit addresses)." : $"more than {largest}, the most {where} ({64 - largest}-bit addresses)."),
                        Assert.Throws<InvalidInputException>(() => Root(half, tcr)).Message);
                }
            }
        }
    }

    [Theory]
    [InlineData(GranuleSize.Size4K, 12, -1, 16)]
    [InlineData(GranuleSize.Size4K, 15, -1, 2)]
    [InlineData(GranuleSize.Size4K, 16, 0, 512)]
    [InlineData(GranuleSize.Size4K, 24, 0, 2)]
    [InlineData(GranuleSize.Size4K, 25, 1, 512)]
    [InlineData(GranuleSize.Size4K, 34, 2, 512)]
    [InlineData(GranuleSize.Size4K, 42, 2, 2)]
    [InlineData(GranuleSize.Size4K, 43, 3, 512)]
    [InlineData(GranuleSize.Size4K, 48, 3, 16)]
    [InlineData(GranuleSize.Size16K, 12, 0, 32)]
    [InlineData(GranuleSize.Size16K, 16, 0, 2)]
    [InlineData(GranuleSize.Size16K, 17, 1, 2048)]
    [InlineData(GranuleSize.Size16K, 28, 2, 2048)]
    [InlineData(GranuleSize.Size16K, 39, 3, 2048)]
    [InlineData(GranuleSize.Size64K, 12, 1, 1024)]
    [InlineData(GranuleSize.Size64K, 16, 1, 64)]
    [InlineData(GranuleSize.Size64K, 22, 2, 8192)]
    [InlineData(GranuleSize.Size64K, 35, 3, 8192)]
    [InlineData(GranuleSize.Size64K, 47, 3, 2)]
    public void The_root_has_a_level_and_entries(GranuleSize granule, int size, int level, int entries)
    {
        TranslationRoot root = Root(AddressHalf.Upper, Tcr(granule, AddressHalf.Upper, size, 5) | (1UL << 59));
        Assert.Equal((level, entries, entries), (root.RootLevel, root.RootEntries, root.EntriesAt(level)));
        Assert.Equal(1UL << (64 - size), (ulong)entries << root.Shift(level));
        Assert.Equal(1 << ((int)granule - 3), root.EntriesAt(level + 1));
        Assert.Equal(ulong.MaxValue << (64 - size), root.Start.Value);
        Assert.Equal(0UL, (root with { Half = AddressHalf.Lower }).Start.Value);
    }

    [Theory]
    [InlineData(GranuleSize.Size4K, false, "32 36 40 42 44 48 48 48")]
    [InlineData(GranuleSize.Size4K, true, "32 36 40 42 44 48 52 52")]
    [InlineData(GranuleSize.Size16K, false, "32 36 40 42 44 48 48 48")]
    [InlineData(GranuleSize.Size16K, true, "32 36 40 42 44 48 52 52")]
    [InlineData(GranuleSize.Size64K, false, "32 36 40 42 44 48 52 52")]
    [InlineData(GranuleSize.Size64K, true, "32 36 40 42 44 48 52 52")]
    public void Output_addresses_are_as_wide_as_IPS_and_the_format_allow(GranuleSize granule, bool ds, string bits)
    {
        TranslationRoot[] roots = [.. Enumerable.Range(0, 8).Select(ips => Root(AddressHalf.Lower, Tcr(granule, AddressHalf.Lower, 20, ips) | (ds ? 1UL << 59 : 0)))];
        Assert.Equal(bits, string.Join(' ', roots.Select(root => root.OutputBits)));
        Assert.All(roots, root => Assert.Equal(ds && granule != GranuleSize.Size64K, root.Format.IsLpa2));
        Assert.Equal(
            granule == GranuleSize.Size64K ? [48, 48, 48, 48, 48, 48, 52, 52] : Enumerable.Repeat(ds ? 52 : 48, 8), roots.Select(root => root.Format.AddressBits));
    }

    [Theory]
    [InlineData(GranuleSize.Size4K, false, "1 2")]
    [InlineData(GranuleSize.Size4K, true, "0 1 2")]
    [InlineData(GranuleSize.Size16K, false, "2")]
    [InlineData(GranuleSize.Size16K, true, "1 2")]
    [InlineData(GranuleSize.Size64K, false, "2")]
    [InlineData(GranuleSize.Size64K, true, "1 2")]
    public void Blocks_have_levels_by_granule_and_format(GranuleSize granule, bool wide, string levels)
    {
        OutputAddressFormat format = wide ? OutputAddressFormat.Bits52(granule) : OutputAddressFormat.Bits48(granule);
        Assert.Equal(levels, string.Join(' ', Enumerable.Range(-1, 5).Where(level => TableShape.HasBlocks(level, granule, format))));
    }

    [Theory]
    [InlineData(GranuleSize.Size4K, "1 1 16 16 16")]
    [InlineData(GranuleSize.Size16K, "1 1 1 32 128")]
    [InlineData(GranuleSize.Size64K, "1 1 1 32 32")]
    public void Contiguous_runs_have_lengths_by_granule_and_level(GranuleSize granule, string lengths)
    {
        TranslationRoot root = Root(AddressHalf.Upper, Tcr(granule, AddressHalf.Upper, 20, 5));
        Assert.Equal(lengths, string.Join(' ', Enumerable.Range(-1, 5).Select(root.RunLength)));
    }

    [Theory]
    [InlineData(GranuleSize.Size4K, false, 16, 5, 0xffff_ffff_ffff_ffff, 0x0000_ffff_ffff_f000)]
    [InlineData(GranuleSize.Size4K, false, 48, 5, 0x0000_0000_1234_5fff, 0x0000_0000_1234_5f80)]
    [InlineData(GranuleSize.Size4K, false, 42, 5, 0x0000_0000_1234_5fff, 0x0000_0000_1234_5ff0)]
    [InlineData(GranuleSize.Size4K, true, 42, 6, 0x0000_0000_1234_5fff, 0x000f_0000_1234_5fc0)] // 64 bytes, because bits 5:2 are address.
    [InlineData(GranuleSize.Size4K, true, 16, 6, 0x0000_0000_1234_5014, 0x0005_0000_1234_5000)]
    [InlineData(GranuleSize.Size4K, true, 16, 5, 0x0000_0000_1234_5014, 0x0000_0000_1234_5000)]
    [InlineData(GranuleSize.Size4K, false, 16, 6, 0x0000_0000_1234_5014, 0x0000_0000_1234_5000)]
    [InlineData(GranuleSize.Size64K, false, 12, 6, 0x0000_0000_1234_203c, 0x000f_0000_1234_2000)]
    [InlineData(GranuleSize.Size64K, false, 16, 6, 0x0000_0000_1234_2e3c, 0x000f_0000_1234_2e00)]
    public void The_root_lies_where_TTBR_says_without_ASID_and_CnP(GranuleSize granule, bool ds, int size, int ips, ulong ttbr, ulong table)
    {
        ulong wide = ds ? 1UL << 59 : 0;
        Assert.Equal(table, TranslationRoot.Of(new ImageRegisters(1, ttbr, Tcr(granule, AddressHalf.Upper, size, ips) | wide), AddressHalf.Upper).Table.Value);
        Assert.Equal(table, TranslationRoot.Of(new ImageRegisters(ttbr, 1, Tcr(granule, AddressHalf.Lower, size, ips) | wide), AddressHalf.Lower).Table.Value);
    }

    [Theory]
    [InlineData(AddressHalf.Lower, false, 0x0000_7fff_ffff_ffff, true)]
    [InlineData(AddressHalf.Lower, false, 0x0001_0000_0000_0000, false)]
    [InlineData(AddressHalf.Lower, false, 0xff00_0000_0000_0000, false)]
    [InlineData(AddressHalf.Lower, true, 0xff00_0000_0000_0000, true)]
    [InlineData(AddressHalf.Lower, true, 0xff80_0000_0000_0000, false)] // Bit 55 chooses the half.
    [InlineData(AddressHalf.Upper, false, 0xffff_0000_0000_0000, true)]
    [InlineData(AddressHalf.Upper, false, 0xfffe_ffff_ffff_ffff, false)]
    [InlineData(AddressHalf.Upper, false, 0x00ff_0000_0000_0000, false)]
    [InlineData(AddressHalf.Upper, true, 0x00ff_0000_0000_0000, true)]
    [InlineData(AddressHalf.Upper, true, 0x007f_0000_0000_0000, false)]
    public void An_address_belongs_to_a_half_by_its_top_bits(AddressHalf half, bool ignoresTop, ulong address, bool expected) =>
        Assert.Equal(expected, (Root(half, Usual) with { IgnoresTopByte = ignoresTop }).Covers(new VirtualAddress(address)));

    [Theory]
    [InlineData(AddressHalf.Lower, "ttbr0", "The source does not say what TTBR0_EL1 holds; give TTBR0_EL1 by hand.")]
    [InlineData(AddressHalf.Upper, "ttbr1", "The source does not say what TTBR1_EL1 holds; give TTBR1_EL1 by hand.")]
    [InlineData(AddressHalf.Lower, "tcr", "The source does not say what TCR_EL1 holds; give TCR_EL1 by hand.")]
    public void A_register_that_is_needed_and_not_known_is_said(AddressHalf half, string missing, string sentence)
    {
        ImageRegisters registers = new(missing == "ttbr0" ? null : 1, missing == "ttbr1" ? null : 1, missing == "tcr" ? null : Usual);
        Assert.Equal(sentence, Assert.Throws<InvalidInputException>(() => TranslationRoot.Of(registers, half)).Message);
    }

    private static TranslationRoot Root(AddressHalf half, ulong tcr) => TranslationRoot.Of(new ImageRegisters(0x4000_0000, 0x8000_0000, tcr, 0xff), half);

    private static ulong Tcr(GranuleSize granule, AddressHalf half, int size, int ips) => ((ulong)ips << 32) | (half == AddressHalf.Lower
        ? (ulong)size | (2UL << 30) | (16UL << 16) | (granule switch { GranuleSize.Size4K => 0UL, GranuleSize.Size16K => 2UL, _ => 1UL } << 14)
        : ((ulong)size << 16) | 16 | (granule switch { GranuleSize.Size4K => 2UL, GranuleSize.Size16K => 1UL, _ => 3UL } << 30));
}
