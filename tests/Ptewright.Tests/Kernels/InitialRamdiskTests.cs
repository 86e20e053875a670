using Ptewright.Addressing;
using Ptewright.Firmware;
using Ptewright.Kernels.Configuration;
using Ptewright.Kernels.Cpus;
using Ptewright.Kernels.Planning;
using Ptewright.Kernels.Versions;
using Ptewright.Memory;

namespace Ptewright.Tests.Kernels;

/// <summary>The initial ramdisk is memory that no table may take, wherever it comes from and whatever was cut off.</summary>
public sealed class InitialRamdiskTests
{
    private const ulong MiB = 1UL << 20;
    private static readonly KernelProfile _kernel = KernelProfiles.Find("linux-6.12");
    private static readonly (PhysicalAddress Start, ulong Size) _disk = (new(0x7000_0123), MiB);

    [Fact]
    public void Its_pages_are_reserved()
    {
        KernelPlan plan = Plan("nokaslr", _disk);

        Assert.Equal([new MemoryRegion(new(0x7000_0000), new(0x7010_1000), false)], plan.Memory.Reserved);
        Assert.Equal(1UL << 30, plan.Memory.MappedBytes);
    }

    [Fact]
    public void One_on_the_command_line_takes_the_place_of_the_boot_loaders() =>
        Assert.Equal([new MemoryRegion(new(0x6000_0000), new(0x6020_0000), false)], Plan("nokaslr initrd=0x60000000,2M", _disk).Memory.Reserved);

    [Fact]
    public void What_mem_cuts_off_of_it_comes_back()
    {
        KernelPlan plan = Plan("nokaslr mem=256M", _disk);

        Assert.Equal((256 * MiB) + MiB + 4096, plan.Memory.MappedBytes);
        Assert.Equal(2, plan.Plan.Requests.Count);
    }

    [Fact]
    public void It_is_mapped_even_where_firmware_forbids_that()
    {
        MemoryLayout memory = MemorySpec.Parse("1G,!4M@0x70000000");

        Assert.Equal((1UL << 30) - (4 * MiB) + MiB + 4096, Plan("nokaslr", _disk, memory).Memory.MappedBytes);
    }

    [Theory]
    [InlineData(0x3fff_0000, "0x3fff0000 to 0x40090000")]
    [InlineData(0x8000_3fff_0000, "0x80003fff0000 to 0x800040090000")]
    public void Out_of_reach_it_is_dropped_with_a_remark(ulong start, string range)
    {
        KernelPlan plan = Plan("nokaslr", (new(start), 640 << 10));

        Assert.Contains($"The initial ramdisk from {range} is dropped: the linear map does not reach it.", plan.Remarks);
        Assert.Empty(plan.Memory.Reserved);
    }

    [Fact]
    public void A_kernel_without_ramdisks_leaves_its_memory_alone()
    {
        KernelConfig config = KernelConfig.Parse(_kernel.DefaultConfig.Replace("CONFIG_BLK_DEV_INITRD=y\n", string.Empty, StringComparison.Ordinal), "test");

        Assert.Empty(_kernel.Plan(Machine("nokaslr initrd=0x60000000,2M", _disk) with { Config = config }, KernelScope.MapMem).Memory.Reserved);
    }

    [Theory]
    [InlineData("linux-6.1", "quiet nokaslrx", true)]
    [InlineData("linux-6.1", "xnokaslr nokaslr", false)]
    [InlineData("linux-6.12", "quiet nokaslrx", false)]
    [InlineData("linux-6.12", "xnokaslr nokaslr", true)]
    [InlineData("linux-5.15-azure", "quiet nokaslrx", false)]
    public void Each_version_looks_for_nokaslr_in_its_own_way(string kernel, string commandLine, bool isOff) =>
        Assert.Equal(isOff, KernelProfiles.Find(kernel).IsKaslrOff(KernelCommandLine.Parse(commandLine)));

    private static KernelPlan Plan(string commandLine, (PhysicalAddress Start, ulong Size) disk, MemoryLayout? memory = null) =>
        _kernel.Plan(Machine(commandLine, disk) is var machine && memory is null ? machine : machine with { Memory = memory! }, KernelScope.MapMem);

    private static KernelMachine Machine(string commandLine, (PhysicalAddress Start, ulong Size) disk) => new(
        MemorySpec.Parse("1G"), CpuModel.Find("cortex-a72"), _kernel.ReadDefaultConfig(), KernelCommandLine.Parse(commandLine), InitialRamdisk: disk);
}
