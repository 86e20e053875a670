using Ptewright.Addressing;
using Ptewright.Kernels.Configuration;
using Ptewright.Kernels.Cpus;
using Ptewright.Kernels.Planning;
using Ptewright.Kernels.Versions;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.Tests.Kernels;

/// <summary>TTBR1_EL1, TCR_EL1 and MAIR_EL1 at the end of <c>paging_init</c>.</summary>
public sealed class KernelRegistersTests
{
    private static readonly PhysicalAddress _root = new(0x41a7_9000);

    // By the fields of __cpu_setup: PARange of the CPU, HA where it has FEAT_HAFDBS, MTE and KASLR configured.
    [Theory]
    [InlineData("neoverse-n1", 0x0050_00f5_b550_3510)]
    [InlineData("cortex-a76", 0x0050_00f2_b550_3510)]
    [InlineData("cortex-a72", 0x0050_0074_b550_3510)]
    public void Tcr_of_a_kernel_with_4K_pages_and_48_bits(string cpu, ulong tcr) =>
        Assert.Equal(tcr, Registers("linux-6.1", cpu, config => config).Tcr);

    // Read from a running kernel: 0x095001f6b54c350c, of which HD (40) and E0PD1 (56) are set later than the linear map is made.
    [Fact]
    public void Tcr_of_a_kernel_with_LPA2_is_the_one_of_a_running_kernel() =>
        Assert.Equal(0x095001f6b54c350cUL & ~((1UL << 40) | (1UL << 56)), Registers("linux-6.12", "max", config => config).Tcr);

    [Fact]
    public void Without_an_image_the_lower_half_has_no_root() => Assert.Equal(0UL, Registers("linux-6.12", "max", config => config).Ttbr0);

    [Fact]
    public void The_memory_types_are_those_before_MTE_is_enabled() =>
        Assert.Equal(0x0000_0004_0044_ffffUL, Registers("linux-6.12", "max", config => config).Mair);

    [Fact]
    public void A_root_of_64K_pages_for_52_bits_is_shifted_where_the_CPU_has_48()
    {
        KernelRegisters small = Registers("linux-6.12", "cortex-a72", config => config.WithShape(GranuleSize.Size64K, 52));
        KernelRegisters large = Registers("linux-6.12", "max", config => config.WithShape(GranuleSize.Size64K, 52));

        Assert.Equal(_root.Value + (960 * 8), small.Ttbr1);
        Assert.Equal(_root.Value, large.Ttbr1);
        Assert.Equal(16UL, (small.Tcr >> 16) & 63);
        Assert.Equal(12UL, (large.Tcr >> 16) & 63);
    }

    private static KernelRegisters Registers(string name, string cpu, Func<KernelConfig, KernelConfig> change)
    {
        KernelProfile profile = KernelProfiles.Find(name);
        KernelMachine machine = new(
            MemoryLayout.OfRange(new(1UL << 30), 1UL << 30), CpuModel.Find(cpu), change(profile.ReadDefaultConfig()), KernelCommandLine.Parse("nokaslr"));
        return KernelRegisters.Of(machine, profile.Plan(machine, KernelScope.MapMem), _root);
    }
}
