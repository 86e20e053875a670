using Ptewright.Listing;
using Ptewright.Tests.Firmware;
using Ptewright.Walking;

namespace Ptewright.Tests.Listing;

/// <summary>Damaged listings: read or refused with a sentence, in bounded time and memory.</summary>
public class PtdumpFuzzTests
{
    [Fact]
    public void Damaged_listings_are_read_or_refused_with_a_sentence()
    {
        string[] samples =
        [
            .. FirmwareText.Read("golden", "ptdump-ampereone-12g-blocks.txt", "ptdump-linux-6.1-2g-cortex-a72.txt", "ptdump-empty-6.12-16k-52-pud.txt", "ptdump-linux-6.12-2g-max.txt"),
            PtdumpFileTests.Small,
        ];
        string[] tokens =
        [
            "0xffff000000000000-", "0xffff000000200000", "---[ Linear Mapping ]---", "---[ ", " PTE", " PMD", " PUD", " P4D", " PGD", " RW", " ro", " NX", " x ", " BLK", " MEM/NORMAL", " F", "2M", "4K", "\n", "<6>",
        ];
        new TextFuzz("fuzz.txt: ", samples, tokens).Run(text =>
        {
            PtdumpMap map = PtdumpFile.Parse(text, "fuzz.txt");
            ulong next = map.Start.Value;
            foreach (PtdumpRange range in map.Ranges)
            {
                Assert.True(range.Start.Value >= next && range.Last.Value >= range.Start.Value && range.Level is >= -1 and <= 3, $"{range}");
                next = range.Last.Value;
            }

            foreach (MappedRange range in PtdumpFileTests.Seen(map))
            {
                Assert.True(!range.KnowsPhysical && range.Level is >= 0 and <= 3, $"{range}");
            }
        });
    }
}
