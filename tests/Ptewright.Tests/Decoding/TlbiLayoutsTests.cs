using CsCheck;
using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.Decoding;
using Ptewright.Translation;

namespace Ptewright.Tests.Decoding;

/// <summary>The operands of TLBI instructions, by field and as a whole.</summary>
public sealed class TlbiLayoutsTests
{
    [Fact]
    public void Every_field_is_where_the_manual_has_it() => Vectors.Check("tlbi-fields.txt", 6, item =>
    {
        ulong raw = item.Number(2);
        FieldLayout operand = TlbiLayouts.Of(TlbiOperation.Parse(item.Text(0)), item.Flag(1, "ds", "-"), raw);
        BitField field = operand.Find(item.Text(3));
        Assert.Equal((item.Number(4), item.Text(5)), (field.Extract(raw), operand.Explain(field, raw).Replace(' ', '-')));
    });

    [Fact]
    public void What_the_engine_encodes_is_decoded_to_what_it_was() => Vectors.Check("tlbi-operands.txt", 6, item =>
    {
        bool isRange = item.Flag(0, "range", "page");
        bool isLpa2 = item.Flag(2, "64k", "page");
        TlbiOperation operation = TlbiOperation.Parse(isRange ? "RVAALE1IS" : "VAALE1IS");
        ulong raw = item.Number(5);

        // The operand holds bits up to its highest; what is above is as that one.
        int bits = !isRange ? 56 : 37 + (isLpa2 ? 16 : (int)item.Granule(1));
        ulong address = (ulong)((long)(item.Number(4) << (64 - bits)) >> (64 - bits));
        Assert.Equal(address, TlbiLayouts.AddressOf(operation, raw, isLpa2));
        if (isRange)
        {
            Assert.Equal(item.Number(3), TlbiLayouts.PagesOf(raw));
            Assert.Equal(item.Text(1), TlbiLayouts.Of(operation, isLpa2, raw).Find("TG").Explain((raw >> 46) & 3));
        }
    });

    [Fact]
    public void What_is_typed_gives_the_operand_that_the_engine_makes() =>
        Gen.Select(Gen.ULong, Gen.Int[1, 32], Gen.Int[0, 3], Gen.OneOf(Enum.GetValues<GranuleSize>()), Gen.Bool).Sample((address, units, scale, granule, isLpa2) =>
        {
            // Both halves, with as many bits as a range of 4K pages holds.
            ulong page = (ulong)((long)(address << 15) >> 15) & ~0xffffUL;
            ulong expected = TlbiOperand.ForRange(new VirtualAddress(page), units << ((5 * scale) + 1), granule, isLpa2);
            ulong typed = FieldLayout.Parse(raw => TlbiLayouts.Of(TlbiOperation.Parse("rvaale1is"), isLpa2, raw),
            [
                ("BaseADDR", $"0x{page:x}"), ("TG", $"{1 << ((int)granule - 10)}K"), ("SCALE", $"{(expected >> 44) & 3}"), ("num", $"{(expected >> 39) & 31}"),
            ]);
            Assert.Equal(new Descriptor(expected), new Descriptor(typed));
            ulong single = FieldLayout.Parse(raw => TlbiLayouts.Of(TlbiOperation.Parse("vaale1is"), isLpa2, raw), [("VA", $"{page:x16}")]);
            Assert.Equal(new Descriptor(TlbiOperand.ForPage(new VirtualAddress(page))), new Descriptor(single));
        });

    [Theory]
    [InlineData("VA", "0x0100000000000000", "VA (bits 43:0) cannot hold 0x100000000000000.")]
    [InlineData("VA", "0xff7f000012345000", "VA (bits 43:0) cannot hold 0xff7f000012345000.")]
    [InlineData("VA", "0xffff000012345678", "VA (bits 43:0) cannot hold 0xffff000012345678.")]
    [InlineData("IPA", "0", "There is no field 'IPA' (operand of TLBI VAE1); there are ASID, TTL, VA.")]
    public void What_an_operand_cannot_hold_is_refused(string field, string value, string sentence) => Assert.Equal(
        sentence,
        Assert.Throws<InvalidInputException>(() => FieldLayout.Parse(raw => TlbiLayouts.Of(TlbiOperation.Parse("vae1"), false, raw), [(field, value)])).Message);

    [Theory]
    [InlineData("vmalle1is", 0, 0, "Forgets everything in EL1&0 of the current VMID on all CPUs of the Inner Shareable domain; it has no operand.")]
    [InlineData("alle1", 0, 0, "Forgets everything in EL1&0, both stages, of every VMID on this CPU; it has no operand.")]
    [InlineData("vmalls12e1os", 0, 0, "Forgets everything in EL1&0, both stages, of the current VMID on all CPUs of the Outer Shareable domain; it has no operand.")]
    [InlineData("alle3is", 0, 0, "Forgets everything in EL3 on all CPUs of the Inner Shareable domain; it has no operand.")]
    [InlineData("aside1", 0x0005_0000_0000_0000, 0, "Forgets what belongs to ASID 5, not what is global, in EL1&0 of the current VMID on this CPU.")]
    [InlineData("vale1is", 0x0005_0ff0_0001_2345, 0, "Forgets the leaf of 0xffff000012345000 (ASID 5 and global) in EL1&0 of the current VMID on all CPUs of the Inner Shareable domain.")]
    [InlineData("vaae1isnxs", 0x12345, 0, "Forgets the leaf and what walkers hold of tables on the way of 0x0000000012345000 in EL1&0 of the current VMID on all CPUs of the Inner Shareable domain, without waiting for accesses with XS = 1.")]
    [InlineData("vae2", 0x12345, 0, "Forgets the leaf and what walkers hold of tables on the way of 0x0000000012345000 (with EL2&0: ASID 0 and global) in EL2, or EL2&0 on this CPU.")]
    [InlineData("ipas2le1is", 0x12345, 0, "Forgets the leaf of 0x0000000012345000 in stage 2 of the current VMID on all CPUs of the Inner Shareable domain.")]
    [InlineData("rvale1is", 0x0005_5380_0001_2345, 0, "Forgets the leaves of 512 pages of 4K, 0x0000000012345000 to 0x0000000012545000 (ASID 5 and global) in EL1&0 of the current VMID on all CPUs of the Inner Shareable domain.")]
    [InlineData("rvale1is", 0x0005_1380_0001_2345, 0, "TG is reserved: nothing need be forgotten.")]
    [InlineData("rvale1is", 0x0005_5380_0001_2345, 14, "TG says 4K, but the granule is 16K: nothing need be forgotten.")]
    [InlineData("rvale1is", 0x0005_53c0_0001_2345, 12, "TTL says level 2, but the range does not begin at a multiple of its blocks, 2^21 bytes: nothing need be forgotten.")]
    [InlineData("rvale1is", 0x0005_93a0_0000_0000, 14, "TTL 1 is reserved with 16K pages and without LPA2: it counts as no hint.")]
    [InlineData("vale1is", 0x0005_7ff0_0001_2344, 14, "TTL says 4K, but the granule is 16K: nothing need be forgotten.")]
    [InlineData("vale1is", 0x0005_0ff0_0001_2345, 14, "The address is not that of a page of 16K: its bits 13:12 do not count.")]
    [InlineData("vale1is", 0x0005_8ff0_0001_2344, 14, "TTL 8 is reserved: it counts as no hint.")]
    [InlineData("vale1is", 0x0005_9ff0_0001_2344, 14, "TTL 9 is reserved without LPA2: it counts as no hint.")]
    public void What_an_operand_asks_for_is_said(string name, ulong raw, int granule, string sentence)
    {
        IReadOnlyList<string> said = TlbiLayouts.Describe(TlbiOperation.Parse(name), raw, granule == 0 ? null : (GranuleSize)granule, isLpa2: false);
        Assert.Equal(sentence, said[^1]);
        Assert.Equal(granule == 0 ? 1 : 2, said.Count);
    }

    [Fact]
    public void An_operand_without_fault_has_no_second_sentence() => Assert.All(
        new[] { ("vale1is", 0x0005_7ff0_0001_2345UL), ("rvale1is", 0x0005_53c0_0001_2200UL), ("rvale1is", 0x0005_53e0_0001_2345UL) },
        item => Assert.Single(TlbiLayouts.Describe(TlbiOperation.Parse(item.Item1), item.Item2, GranuleSize.Size4K, isLpa2: false)));

    [Fact]
    public void Every_instruction_of_the_manual_is_known_with_all_its_endings() => Assert.All(
        from name in RegisterForms.Instructions
        from reach in new[] { ("", TlbiReach.Local), ("IS", TlbiReach.InnerShareable), ("OS", TlbiReach.OuterShareable) }
        from nxs in new[] { "", "NXS" }
        select (Name: name, Reach: reach, Nxs: nxs),
        item =>
        {
            string full = item.Name + item.Reach.Item1 + item.Nxs;
            TlbiOperation operation = TlbiOperation.Parse($"tlbi {full.ToLowerInvariant()}");
            Assert.Equal((full, item.Reach.Item2, item.Nxs.Length > 0), (operation.Name, operation.Reach, operation.LeavesXs));
            Assert.Equal(item.Name[0] == 'R', operation.IsRange);
            Assert.Equal(item.Name.Contains("LE", StringComparison.Ordinal) && !item.Name.Contains("LLE", StringComparison.Ordinal), operation.IsLastLevel);
            Assert.Equal(item.Name.Contains("VAA", StringComparison.Ordinal), operation.IsOfAllAsids);
            Assert.Equal(item.Name[^1] - '0', operation.Level);
            Assert.Equal(
                item.Name.Contains("IPA", StringComparison.Ordinal) ? TlbiTarget.IntermediateAddress
                : item.Name.Contains("VA", StringComparison.Ordinal) ? TlbiTarget.Address
                : item.Name == "ASIDE1" ? TlbiTarget.Asid : TlbiTarget.Everything,
                operation.Target);
        });

    [Theory]
    [InlineData("vae4")]
    [InlineData("vaae2")]
    [InlineData("vaale3is")]
    [InlineData("aside2")]
    [InlineData("rvmalle1")]
    [InlineData("ipas2e2")]
    [InlineData("vae1si")]
    [InlineData("vae1isnx")]
    [InlineData("raside1")]
    [InlineData("paallos")]
    [InlineData("")]
    public void What_is_no_instruction_is_refused(string name) => Assert.StartsWith(
        $"There is no TLBI instruction '{name}'; there are VMALLE1, ", Assert.Throws<InvalidInputException>(() => TlbiOperation.Parse(name)).Message, StringComparison.Ordinal);
}
