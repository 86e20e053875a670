using CsCheck;
using Ptewright.Counting;

namespace Ptewright.Tests.Counting;

/// <summary>The line that the plugin writes.</summary>
public sealed class ExecutedCountsTests
{
    [Fact]
    public void A_line_is_read()
    {
        Assert.True(ExecutedCounts.TryParse("@ptewright-count instructions=18446744073709551615 tlbi=1020 dsb=5102 isb=0", out ExecutedCounts counts));
        Assert.Equal(new ExecutedCounts(ulong.MaxValue, 1020, 5102, 0), counts);
    }

    [Theory]
    [InlineData("")]
    [InlineData("qemu-system-aarch64: terminating on signal 15")]
    [InlineData("@ptewright-count ")]
    [InlineData("@ptewright-count instructions=1 tlbi=2 dsb=3")]
    [InlineData("@ptewright-count instructions=1 tlbi=2 dsb=3 isb")]
    [InlineData("@ptewright-count instructions=1 tlbi=2 dsb=3 isb=")]
    [InlineData("@ptewright-count instructions=1 tlbi=2 dsb=3 isb=4 dmb=5")]
    [InlineData("@ptewright-count instructions=1 tlbi=2 dsb=3 isb=4 ")]
    [InlineData("@ptewright-count instructions=1 dsb=2 tlbi=3 isb=4")]
    [InlineData("@ptewright-count instructions=-1 tlbi=2 dsb=3 isb=4")]
    [InlineData("@ptewright-count instructions=18446744073709551616 tlbi=2 dsb=3 isb=4")]
    [InlineData(" @ptewright-count instructions=1 tlbi=2 dsb=3 isb=4")]
    public void Another_line_is_none(string line) => Assert.False(ExecutedCounts.TryParse(line, out _));

    [Fact]
    public void Nothing_that_comes_along_is_more_than_no_line() => Gen.String[Gen.Char["@ptewrigh-coun ilsdb=0123456789"], 0, 60].Sample(text =>
        !ExecutedCounts.TryParse($"@ptewright-count {text}", out ExecutedCounts counts)
            || text == $"instructions={counts.Instructions} tlbi={counts.Tlbi} dsb={counts.Dsb} isb={counts.Isb}");
}
