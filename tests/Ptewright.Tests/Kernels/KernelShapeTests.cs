using Ptewright.Kernels.Configuration;
using Ptewright.Kernels.Cpus;
using Ptewright.Kernels.Planning;
using Ptewright.Kernels.Versions;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.Tests.Kernels;

/// <summary>A profile's own configuration, other shapes of it, and what a profile refuses.</summary>
public sealed class KernelShapeTests
{
    public static TheoryData<string> Profiles => [.. KernelProfiles.All.Select(profile => profile.Name)];

    [Theory]
    [MemberData(nameof(Profiles))]
    public void The_default_configuration_of_a_profile_can_be_read_and_planned(string name)
    {
        KernelProfile profile = KernelProfiles.Find(name);
        KernelPlan plan = profile.Plan(Machine(profile.ReadDefaultConfig()), KernelScope.MapMem);

        Assert.NotEmpty(plan.Plan.Requests);
    }

    [Theory]
    [InlineData(GranuleSize.Size4K, 39, 48, false)]
    [InlineData(GranuleSize.Size16K, 47, 48, false)]
    [InlineData(GranuleSize.Size16K, 52, 52, true)]
    [InlineData(GranuleSize.Size64K, 42, 52, false)]
    [InlineData(GranuleSize.Size64K, 52, 52, false)]
    public void Another_shape_brings_the_address_size_that_Kconfig_gives_it(GranuleSize granule, int bits, int physicalBits, bool lpa2)
    {
        KernelConfig config = KernelProfiles.Find("linux-6.12").ReadDefaultConfig().WithShape(granule, bits);

        Assert.Equal((granule, bits, physicalBits, lpa2), (config.Granule, config.VaBits, config.PaBits, config.Lpa2));
        Assert.True(config.Kfence);
    }

    [Fact]
    public void Linux_6_1_has_52_bit_addresses_with_64K_pages_only()
    {
        KernelProfile profile = KernelProfiles.Find("linux-6.1");
        KernelConfig config = profile.ReadDefaultConfig();

        InvalidInputException refusal = Assert.Throws<InvalidInputException>(() => profile.Plan(Machine(config.WithShape(GranuleSize.Size4K, 52)), KernelScope.MapMem));
        Assert.Equal("linux-6.1 has no 52-bit virtual addresses with pages of 4K.", refusal.Message);
        Assert.Equal(52, profile.Plan(Machine(config.WithShape(GranuleSize.Size64K, 52)), KernelScope.MapMem).Geometry.VirtualAddressBits);
    }

    [Fact]
    public void An_image_outside_memory_is_refused()
    {
        MemoryLayout memory = MemoryLayout.OfRange(new(0x8000_0000), 1UL << 30);
        KernelMachine machine = SampleKernels.Machine("6.12-cloud", "cortex-a72", memory, "nokaslr");

        InvalidInputException refusal = Assert.Throws<InvalidInputException>(() => KernelProfiles.Find("linux-6.12").Plan(machine, KernelScope.MapMem));
        Assert.Equal("The kernel's image from 0x40200000 to 0x42440000 does not lie in memory that the kernel can use.", refusal.Message);
    }

    private static KernelMachine Machine(KernelConfig config) => new(
        MemoryLayout.OfRange(new(1UL << 30), 1UL << 30), CpuModel.Find("max"), config, KernelCommandLine.Parse("nokaslr"));
}
