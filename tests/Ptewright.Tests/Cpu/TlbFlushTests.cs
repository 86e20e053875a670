using CsCheck;
using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.Translation;

namespace Ptewright.Tests.Cpu;

/// <summary>Flushing a range with range invalidations covers it exactly and with as few as the encoding allows.</summary>
public sealed class TlbFlushTests
{
    private static readonly Gen<(ulong Page, ulong Pages, bool Lpa2)> _ranges =
        Gen.Select(Gen.ULong[0, 1UL << 30], Gen.OneOf(Gen.ULong[1, 200], Gen.ULong[1, TlbiOperand.MostRangePages]), Gen.Bool);

    [Fact]
    public void Every_page_of_a_range_is_forgotten_once_and_no_other() => _ranges.Sample((page, pages, lpa2) =>
    {
        ulong next = page;
        foreach (CpuEvent step in Flush(page, pages, lpa2).Where(step => IsTlbi(step.Kind)))
        {
            bool isRange = step.Kind == CpuEventKind.TlbiRvaale1is;
            if (step.Address.Value >> 12 != next || (isRange && lpa2 && next % 16 != 0))
            {
                return false;
            }

            // What the operand says is covered, decoded here once more.
            ulong operand = isRange ? TlbiOperand.ForRange(step.Address, step.Count, GranuleSize.Size4K, lpa2) : 0;
            ulong covered = isRange ? (((operand >> 39) & 31) + 1) << (int)((5 * ((operand >> 44) & 3)) + 1) : 1;
            if (isRange && covered != (ulong)step.Count)
            {
                return false;
            }

            next += covered;
        }

        return next == page + pages;
    });

    [Theory]
    [InlineData(1, 0, 1)]
    [InlineData(2, 1, 0)]
    [InlineData(3, 1, 1)]
    [InlineData(64, 1, 0)]
    [InlineData(512, 1, 0)]
    [InlineData(513, 1, 1)]
    [InlineData(66, 2, 0)]
    [InlineData(2_097_152, 1, 0)]
    [InlineData(2_097_151, 4, 1)]
    public void The_largest_scales_come_first(ulong pages, int ranges, int pageByPage)
    {
        CpuEventKind[] kinds = [.. Flush(0, pages, lpa2: false).Select(step => step.Kind)];

        Assert.Equal((ranges, pageByPage), (kinds.Count(kind => kind == CpuEventKind.TlbiRvaale1is), kinds.Count(kind => kind == CpuEventKind.TlbiVaale1is)));
        Assert.Equal([CpuEventKind.DsbIshst], kinds[..1]);
        Assert.Equal([CpuEventKind.DsbIsh, CpuEventKind.Isb], kinds[^2..]);
    }

    [Fact]
    public void More_than_one_range_can_hold_is_forgotten_with_everything() => Assert.Equal(
        [CpuEventKind.DsbIshst, CpuEventKind.TlbiVmalle1is, CpuEventKind.DsbIsh, CpuEventKind.Isb],
        Flush(0, TlbiOperand.MostRangePages + 1, lpa2: false).Select(step => step.Kind));

    [Fact]
    public void With_LPA2_pages_before_a_multiple_of_64K_go_one_by_one()
    {
        CpuEvent[] steps = [.. Flush(13, 40, lpa2: true).Where(step => IsTlbi(step.Kind))];

        Assert.Equal([13UL, 14, 15, 16], steps[..4].Select(step => step.Address.Value >> 12));
        Assert.Equal((CpuEventKind.TlbiRvaale1is, 36), (steps[3].Kind, steps[3].Count));
    }

    [Theory]
    [InlineData(511, 511)]
    [InlineData(512, 0)]
    public void A_limit_in_pages_is_the_most_that_go_one_by_one(ulong pages, ulong each)
    {
        CountingCpu<SilentCpu> cpu = new(default);
        TlbFlush.KernelRange(ref cpu, Shapes.FourLevels, default, pages << 12, 511);
        Assert.Equal((each, each == 0 ? 1UL : 0), (cpu.Counts.TlbiVaale1is, cpu.Counts.TlbiVmalle1is));
    }

    private static bool IsTlbi(CpuEventKind kind) => kind is CpuEventKind.TlbiVaale1is or CpuEventKind.TlbiRvaale1is;

    private static unsafe CpuEvent[] Flush(ulong page, ulong pages, bool lpa2)
    {
        CpuEvent[] events = new CpuEvent[64];
        fixed (CpuEvent* buffer = events)
        {
            RecordingCpu<SilentCpu> cpu = new(default, buffer, events.Length);
            TlbFlush.KernelRanges(ref cpu, Shapes.FourLevels, lpa2, new VirtualAddress(page << 12), pages << 12);
            return events[..cpu.Count];
        }
    }
}
