using Ptewright.Addressing;
using Ptewright.Kernels.Symbols;
using Ptewright.Tests.Firmware;

namespace Ptewright.Tests.Kernels;

/// <summary>Damaged symbol files: read or refused with a sentence, in bounded time and memory.</summary>
public class SystemMapFuzzTests
{
    [Fact]
    public void Damaged_files_are_read_or_refused_with_a_sentence()
    {
        string[] samples = FirmwareText.Read("symbols", "System.map-6.1-cloud", "System.map-6.12-cloud", "System.map-6.12-16k");
        string[] tokens = ["ffff800080000000", " T ", " t ", "_text", "_end", "swapper_pg_dir", "\t[ext4]", " ", "\n"];
        int images = 0;
        new TextFuzz("fuzz.map: ", samples, tokens).Run(text =>
        {
            KernelImage image = SystemMap.Parse(text, "fuzz.map").ImageAt(new PhysicalAddress(0x4000_0000));
            images++;
            Assert.InRange(image.Size, 1UL, KernelImage.MaxSize);
            Assert.InRange(image.Physical(image.SwapperTable).Value, image.Base.Value, image.PhysicalEnd.Value);
            Assert.True(image.InitStart <= image.InitEnd && image.InitEnd <= image.End);
        });
        Assert.NotEqual(0, images);
    }
}
