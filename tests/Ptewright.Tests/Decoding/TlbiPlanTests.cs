using CsCheck;
using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.Decoding;
using Ptewright.Translation;

namespace Ptewright.Tests.Decoding;

/// <summary>The plans for a range: how many instructions each way takes.</summary>
public sealed class TlbiPlanTests
{
    private const ulong Start = 0xffff_0000_1234_5000;

    // Pages, and how many instructions with FEAT_TLBIRANGE, worked out by hand: a digit of base 32 is one range, an odd page one more.
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(3, 2)]
    [InlineData(62, 1)]
    [InlineData(63, 2)]
    [InlineData(64, 1)]
    [InlineData(66, 2)]
    [InlineData(512, 1)]
    [InlineData(513, 2)]
    [InlineData(2046, 2)]
    [InlineData(2048, 1)]
    [InlineData(65536 + 2048 + 64 + 2 + 1, 5)]
    [InlineData(2097151, 5)]
    [InlineData(2097152, 1)]
    public void A_range_takes_as_many_instructions_as_its_pages_have_digits(ulong pages, int count)
    {
        TlbiPlan plan = Plan("vaale1is", pages);
        Assert.Equal((pages, count), (plan.Pages, plan.Ranges.Count));
    }

    [Fact]
    public void More_pages_than_ranges_can_cover_have_none() => Assert.Empty(Plan("vaale1is", 2097153).Ranges);

    [Fact]
    public void The_ranges_cover_every_page_once_and_in_order() =>
        Gen.Select(Gen.ULong[0, 1UL << 34], Gen.OneOf(Gen.ULong[1, 200], Gen.ULong[1, 2097152]), Gen.OneOf(Enum.GetValues<GranuleSize>()), Gen.Bool, Gen.OneOf(Gen.Const("vale1is"), Gen.Const("ipas2e1"), Gen.Const("vae2os")))
            .Sample((page, pages, granule, isLpa2, name) =>
        {
            ulong from = page << (int)granule & 0xf_ffff_ffff_ffff >> 2;
            TlbiPlan plan = TlbiPlan.Create(TlbiOperation.Parse(name), from, from + (pages << (int)granule), granule, isLpa2);
            ulong at = from;
            foreach (TlbiStep step in plan.Ranges)
            {
                Assert.Equal(at, step.From);
                Assert.Equal(at & HeldBy(step, granule, isLpa2), TlbiLayouts.AddressOf(step.Operation, step.Operand, isLpa2) & HeldBy(step, granule, isLpa2));
                Assert.Equal(step.Operation.IsRange ? TlbiLayouts.PagesOf(step.Operand) : 1, step.Pages);
                Assert.True(!step.Operation.IsRange || !isLpa2 || at % 65536 == 0);
                at += step.Pages << (int)granule;
            }

            Assert.Equal(from + (pages << (int)granule), at);

            // Four ranges, an odd page, and with DS as many as lie before a multiple of 64 KiB.
            Assert.InRange(plan.Ranges.Count, 1, 5 + (isLpa2 && granule != GranuleSize.Size64K ? (64 >> ((int)granule - 10)) - 1 : 0));
        });

    // The one that Linux executes is worked out by the engine; here it is predicted.
    [Theory]
    [InlineData(1)]
    [InlineData(511)]
    [InlineData(512)]
    [InlineData(513)]
    [InlineData(1000)]
    [InlineData(2097152)]
    [InlineData(2097153)]
    public void A_kernels_choice_is_what_the_engine_executes(ulong pages)
    {
        IReadOnlyList<TlbiChoice> linux = Plan("vaale1is", pages).Linux;
        Assert.Equal(
            [Executed(RangeFlush.Pages, pages), Executed(RangeFlush.FewerPages, pages), Executed(RangeFlush.Ranges, pages)],
            linux.Select(choice => (choice.Count, choice.Operation.Name == "VMALLE1IS")));
        Assert.All(linux, choice => Assert.Equal(choice.Limit is not null, choice.Operation.Name == "VMALLE1IS"));
    }

    [Theory]
    [InlineData("4K", 511, 511, "VALE1IS", "RVALE1IS")]
    [InlineData("4K", 512, 1, "ASIDE1IS", "RVALE1IS")]
    [InlineData("16K", 2047, 2047, "VALE1IS", "RVALE1IS")]
    [InlineData("16K", 2048, 1, "ASIDE1IS", "RVALE1IS")]
    [InlineData("64K", 8191, 8191, "VALE1IS", "RVALE1IS")]
    [InlineData("64K", 8192, 1, "ASIDE1IS", "RVALE1IS")]
    [InlineData("4K", 2097153, 1, "ASIDE1IS", "ASIDE1IS")]
    public void A_programs_range_becomes_its_ASID_at_as_many_pages_as_a_table_has_entries(string granule, ulong pages, ulong count, string without, string with)
    {
        TlbiPlan plan = Plan("vale1is", pages, Enum.Parse<GranuleSize>($"Size{granule}"), from: 0, asid: 5);
        Assert.Equal([without, with], plan.Linux.Select(choice => choice.Operation.Name));
        Assert.Equal(count, plan.Linux[0].Count);
        Assert.Equal(5UL, plan.First >> 48);
        Assert.All(plan.Ranges, step => Assert.Equal(5UL, step.Operand >> 48));
    }

    [Theory]
    [InlineData("vale1is", "ASIDE1IS", "VMALLE1IS")]
    [InlineData("rvale1os", "ASIDE1OS", "VMALLE1OS")]
    [InlineData("vaae1", null, "VMALLE1")]
    [InlineData("vae2is", null, "ALLE2IS")]
    [InlineData("vale3isnxs", null, "ALLE3ISNXS")]
    [InlineData("ipas2le1is", null, "VMALLS12E1IS")]
    public void What_forgets_more_is_of_the_same_regime_and_reach(string name, string? asid, string everything)
    {
        TlbiPlan plan = Plan(name, 4, from: 0x1000);
        Assert.Equal((asid, everything), (plan.OfAsid?.Name, plan.OfEverything.Name));
    }

    [Theory]
    [InlineData(0x1fff, 0x2001, 2, 0x1000)]
    [InlineData(0x1000, 0x2000, 1, 0x1000)]
    [InlineData(0x1000, 0x2001, 2, 0x1000)]
    [InlineData(0xffff_ffff_ffff_f000, 0, 1, 0xffff_ffff_ffff_f000)]
    public void A_range_is_rounded_to_whole_pages(ulong from, ulong to, ulong pages, ulong start)
    {
        TlbiPlan plan = TlbiPlan.Create(TlbiOperation.Parse("vaale1is"), from, to, GranuleSize.Size4K, isLpa2: false);
        Assert.Equal((pages, start), (plan.Pages, plan.From));
    }

    [Theory]
    [InlineData("vmalle1is", 0, 0x1000, 0, "TLBI VMALLE1IS has no address, so there is no plan for a range; take one such as VALE1IS.")]
    [InlineData("aside1", 0, 0x1000, 0, "TLBI ASIDE1 has no address, so there is no plan for a range; take one such as VALE1IS.")]
    [InlineData("vaale1is", 0, 0x1000, 5, "TLBI VAALE1IS has no ASID.")]
    [InlineData("vale1is", 0, 0x1000, 65536, "There is no ASID 65536; there are 0 to 65535.")]
    [InlineData("vale1is", 0x2000, 0x2000, 0, "The range 0x2000 to 0x2000 is empty.")]
    [InlineData("vale1is", 0x2000, 0x1000, 0, "The range 0x2000 to 0x1000 is empty.")]
    [InlineData("vale1is", 0x2000, 0xffff_0000_0000_0000, 0, "The range 0x2000 to 0xffff000000000000 lies in both halves of the addresses, or in the hole between them.")]
    [InlineData("ipas2e1", 0x2000, 0x20_0000_0000_0000, 0, "An intermediate physical address has at most 52 bits.")]
    public void What_makes_no_plan_is_refused(string name, ulong from, ulong to, int asid, string sentence) => Assert.Equal(
        sentence, Assert.Throws<InvalidInputException>(() => TlbiPlan.Create(TlbiOperation.Parse(name), from, to, GranuleSize.Size4K, false, asid)).Message);

    private static TlbiPlan Plan(string name, ulong pages, GranuleSize granule = GranuleSize.Size4K, ulong from = Start, int asid = 0) =>
        TlbiPlan.Create(TlbiOperation.Parse(name), from, from + (pages << (int)granule), granule, isLpa2: false, asid);

    // A range holds 37 bits of address.
    private static ulong HeldBy(TlbiStep step, GranuleSize granule, bool isLpa2) =>
        step.Operation.IsRange ? (1UL << (37 + (isLpa2 ? 16 : (int)granule))) - 1 : ulong.MaxValue;

    private static (ulong Count, bool IsEverything) Executed(RangeFlush how, ulong pages)
    {
        CountingCpu<SilentCpu> cpu = new(default);
        if (how == RangeFlush.Ranges)
        {
            TlbFlush.KernelRanges(ref cpu, Shapes.FourLevels, lpa2: false, new VirtualAddress(Start), pages << 12);
        }
        else
        {
            TlbFlush.KernelRange(ref cpu, Shapes.FourLevels, new VirtualAddress(Start), pages << 12, how == RangeFlush.Pages ? 512UL : 511UL);
        }

        return (cpu.Counts.Tlbi, cpu.Counts.TlbiVmalle1is > 0);
    }
}
