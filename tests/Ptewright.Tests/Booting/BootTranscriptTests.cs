using Ptewright.Addressing;
using Ptewright.Booting;
using Ptewright.LinearMap;
using Ptewright.Translation;

namespace Ptewright.Tests.Booting;

public sealed class BootTranscriptTests
{
    private const string Machine = "@machine version=1 midr=0x410fd083 el=2 image=0x40200000 imageEnd=0x40c00000 deviceTree=0x48000000 "
        + "deviceTreeSize=1048576 frequency=62500000 rangeInvalidation=1 counters=1";

    private const string Plan = "@plan granule=16K vaBits=52 actualBits=47 addressBits=48 root=0x40300000 start=0x40000000 requests=3 bytes=1073741824";

    private const string Result = "@result granule=16K vaBits=52 actualBits=47 strategy=lazy-unmap ticksMin=100 ticksMedian=110 cyclesMin=7 instructionsMin=9 "
        + "fixmapMaps=1 fixmapUnmaps=2 tlbiVaale1is=3 tlbiVaae1is=4 tlbiRvaale1is=5 tlbiVmalle1is=6 tlbiVmalle1=7 dsbIshst=8 dsbIsh=9 dsbNshst=10 dsbNsh=11 "
        + "isb=12 ttbr0Writes=13 ttbr1Writes=14 tables=15 visits=16 pages=17 blocks=18 pagesVerified=19 digest=0123456789abcdef00112233445566ff passed=1";

    [Fact]
    public void Everything_that_the_image_says_is_read_back_through_what_others_write_between()
    {
        BootTranscript transcript = BootTranscript.Parse(
        [
            "U-Boot 2024.01\r",
            Machine + "\r",
            "@skipped granule=4K reason=this CPU does not have the granule",
            "16K pages, 47-bit virtual addresses",
            Plan,
            "@memory start=0x40000000 end=0x80000000 nomap=0",
            "@memory start=0x80000000 end=0x80001000 nomap=1",
            "@reserved start=0x40200000 end=0x40c00000",
            Result,
            "ptewright-boot: 0xffff800000000000 is not translated as planned",
            "@somethingLater added=1",
            "1 passed, 0 failed\r",
        ],
        "log");

        Assert.Equal((0x410fd083UL, 2, 62_500_000UL, true), (
            transcript.Machine.Midr, transcript.Machine.ExceptionLevel, transcript.Machine.Frequency, transcript.Machine.HasRangeInvalidation));
        BootRegime regime = Assert.Single(transcript.Regimes);
        Assert.Equal((GranuleSize.Size16K, 52, 47), (regime.Geometry.Granule, regime.Geometry.VirtualAddressBits, regime.Geometry.ActualVirtualAddressBits));
        Assert.Equal(new PhysicalAddress(0x4030_0000), regime.Root);

        // As images wrote before there was anything else.
        Assert.Equal(BootScope.LinearMap, regime.Scope);
        Assert.Empty(transcript.Vectors);
        Assert.Equal([false, true], regime.Memory.Memory.Select(region => region.NoMap));
        Assert.Equal(0xa0_0000UL, Assert.Single(regime.Memory.Reserved).Size);

        BootResult result = Assert.Single(regime.Results);
        Assert.Equal((BootStrategy.LazyUnmap, 100UL, 110UL, 19UL, true), (result.Strategy, result.TicksMin, result.TicksMedian, result.PagesVerified, result.Passed));
        Assert.Equal((25UL, 38UL, 12UL), (result.Counts.Tlbi, result.Counts.Dsb, result.Counts.Isb));
        Assert.Equal(new TableDigest(0x0123_4567_89ab_cdef, 0x0011_2233_4455_66ff), result.Digest);
        Assert.Equal(["4K is left out: this CPU does not have the granule.", "0xffff800000000000 is not translated as planned"], transcript.Problems);
        Assert.Equal((1, 0), (transcript.Passed, transcript.Failed));
    }

    [Fact]
    public void A_root_of_its_own_and_vector_files_are_read_as_well()
    {
        BootTranscript transcript = BootTranscript.Parse(
        [
            Machine,
            "@vectors file=geometry.txt passed=9 failed=1 firstFailed=7",
            Plan + " scope=paging_init codeEnd=0x40240000 virtual=0xffffffffc0000000 identityRoot=0x40301000 fixmapTables=0x40302000",
            Result + " identityDigest=00000000000000010000000000000002",
            "1 passed, 1 failed",
        ],
        "log");

        Assert.Equal(new BootVectorResult("geometry.txt", 9, 1, 7), Assert.Single(transcript.Vectors));
        BootRegime regime = Assert.Single(transcript.Regimes);
        Assert.Equal(BootScope.NewRoot, regime.Scope);
        Assert.Equal(new BootNewRoot(new(0x4024_0000), new(0xffff_ffff_c000_0000), new(0x4030_1000), new(0x4030_2000)), regime.NewRoot);
        Assert.Equal(new TableDigest(1, 2), Assert.Single(regime.Results).IdentityDigest);
    }

    [Fact]
    public void Damaged_outputs_are_read_or_refused_with_a_sentence()
    {
        string whole = string.Join('\n', Machine, Plan, "@memory start=0x40000000 end=0x80000000 nomap=0", "@reserved start=0x40200000 end=0x40c00000", Result, "1 passed, 0 failed");
        string[] tokens = ["@", "@plan", "@result", "@memory start=", " end=0x", "granule=64K", "vaBits=", "nomap=1", "passed, ", "digest=", "strategy=baseline", "@failure code="];
        new TextFuzz("log", [whole], tokens).Run(text =>
        {
            BootTranscript transcript = BootTranscript.Parse(text.Split('\n'), "log");
            Assert.All(transcript.Regimes, regime => Assert.True(regime.Memory.Memory.Count < 1000));
        });
    }

    [Theory]
    [InlineData("Linux version 6.12", "'@machine' is missing")]
    [InlineData(Machine, "did not run to its end")]
    [InlineData(Machine + "\n99999999999 passed, 0 failed", "did not run to its end")]
    [InlineData("@machine version=1", "log: line 1: there is no 'midr'")]
    [InlineData(Machine + "\n@plan granule=8K vaBits=48 actualBits=48", "log: line 2: there is no granule '8K'")]
    [InlineData(Machine + "\n" + Plan + " scope=all", "log: line 2: there is no scope 'all'")]
    [InlineData(Machine + "\n" + Plan + " scope=paging_init", "log: line 2: there is no 'codeEnd'")]
    [InlineData(Machine + "\n@vectors file=geometry.txt passed=1", "log: line 2: there is no 'failed'")]
    [InlineData(Machine + "\n@plan granule=4K vaBits=40 actualBits=48", "there are no such tables")]
    [InlineData(Machine + "\n@plan granule=4K vaBits=99999999999999999999 actualBits=48", "is no number for 'vaBits'")]
    public void What_is_not_a_whole_output_is_refused_with_the_line(string text, string sentence)
    {
        InvalidInputException refusal = Assert.Throws<InvalidInputException>(() => BootTranscript.Parse(text.Split('\n'), "log"));
        Assert.Contains(sentence, refusal.Message, StringComparison.Ordinal);
    }
}
