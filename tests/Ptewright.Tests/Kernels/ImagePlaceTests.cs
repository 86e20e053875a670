using Ptewright.Addressing;
using Ptewright.Firmware;
using Ptewright.Kernels.Configuration;
using Ptewright.Kernels.Cpus;
using Ptewright.Kernels.Planning;
using Ptewright.Kernels.Symbols;
using Ptewright.Kernels.Versions;
using Ptewright.LinearMap;
using Ptewright.Tests.Firmware;

namespace Ptewright.Tests.Kernels;

/// <summary>The read-only alias from /proc/iomem alone.</summary>
public class ImagePlaceTests
{
    // _text of the same boots: 6.1 shows _stext, 64 KiB above it.
    [Theory]
    [InlineData("linux-6.12", "dt-2g-crash-6.12.txt", "System.map-6.12-cloud", 0x40200000)]
    [InlineData("linux-6.12", "efi-2g-6.12.txt", "System.map-6.12-cloud", 0xb5e00000)]
    [InlineData("linux-6.1", "efi-4g-crash-6.1.txt", "System.map-6.1-cloud", 0x138f70000)]
    public void The_linear_map_is_the_one_that_symbols_give(string profile, string iomem, string symbols, ulong imageBase)
    {
        IomemInfo info = IomemFile.Read(FirmwareText.PathOf("iomem", iomem));
        KernelProfile kernel = KernelProfiles.Find(profile);
        KernelConfig config = kernel.ReadDefaultConfig();
        KernelMachine bare = new(info.Layout, CpuModel.Find("cortex-a72"), config, KernelCommandLine.Parse("nokaslr rodata=on kfence.sample_interval=100"));
        KernelImage image = SystemMap.Read(FirmwareText.PathOf("symbols", symbols)).ImageAt(new PhysicalAddress(imageBase));

        KernelPlan bySymbols = kernel.Plan(bare with { Image = image }, KernelScope.MapMem);
        KernelPlan byPlace = kernel.Plan(bare with { Place = info.Image }, KernelScope.MapMem);

        Assert.Equal(bySymbols.Plan.Steps, byPlace.Plan.Steps);
        Assert.Contains(byPlace.Plan.Steps, step => step.Request.Flags == MapFlags.NoContiguous);
        Assert.NotEqual(kernel.Plan(bare, KernelScope.MapMem).Plan.Steps, byPlace.Plan.Steps);
        Assert.Equal(FirmwareText.Reserved(bySymbols.Memory), FirmwareText.Reserved(byPlace.Memory));
        Assert.Contains(byPlace.Remarks, remark => remark.StartsWith("Where the image lies is known, but without the kernel's symbols not where in it the root table does", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("40000000-7fffffff : System RAM\n  40200000-41a7ffff : Kernel code\n")]
    [InlineData("40000000-7fffffff : System RAM\n  42090000-4243ffff : Kernel data\n")]
    [InlineData("40000000-7fffffff : System RAM\n  40201000-41a7ffff : Kernel code\n  42090000-4243ffff : Kernel data\n")]
    [InlineData("40000000-7fffffff : System RAM\n  40200000-41a70fff : Kernel code\n  42090000-4243ffff : Kernel data\n")]
    [InlineData("40000000-7fffffff : System RAM\n  40200000-4020ffff : Kernel data\n  42090000-4209ffff : Kernel code\n")]
    public void What_is_no_whole_arm64_image_is_no_place(string iomem) => Assert.Null(IomemFile.Parse(iomem, "iomem").Image);

    [Fact]
    public void An_image_outside_memory_is_refused()
    {
        KernelProfile kernel = KernelProfiles.Find("linux-6.12");
        IomemInfo info = IomemFile.Parse("40000000-7fffffff : System RAM\n", "iomem");
        PhysicalAddress at = new(0x9000_0000);
        KernelMachine machine = new(
            info.Layout, CpuModel.Find("cortex-a72"), kernel.ReadDefaultConfig(), KernelCommandLine.Parse("nokaslr"), Place: new ImagePlace(at, at, at + 0x10000, at + 0x20000));

        Assert.Contains("does not lie in memory", Assert.Throws<InvalidInputException>(() => kernel.Plan(machine, KernelScope.MapMem)).Message, StringComparison.Ordinal);
    }
}
