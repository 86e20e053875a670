using System.Globalization;
using Ptewright.Addressing;
using Ptewright.Kernels.AddressSpace;
using Ptewright.Kernels.Configuration;
using Ptewright.Kernels.Versions;
using Ptewright.Tests.LinearMap;
using Ptewright.Translation;

namespace Ptewright.Tests.Kernels;

/// <summary>How many fixmap slots a kernel has, by its version and its configuration. Linux: <c>enum fixed_addresses</c> in <c>asm/fixmap.h</c>.</summary>
/// <remarks>
/// Worked out by hand from the enumeration of 5.10.262, 6.1.192, 6.12.118, 7.2.13 and 7.3.4. Every kernel has a hole, an early console and a place for text to be poked: 3. The device tree has
/// 4 MiB until 6.1 (1024, 256, 64 pages), later 2 MiB and 2 pages (514, 130, 34). Then come 2 for GHES, 2 more for SDEI, 3 for the trampoline and 1 for its data; from 6.16 on KVM has NR_CPUS + 1
/// before all of these.
/// </remarks>
public sealed class FixmapSlotsTests
{
    private const string Errors = "ACPI_APEI_GHES=y";
    private const string Delegated = "ARM_SDE_INTERFACE=y";
    private const string Isolation = "UNMAP_KERNEL_AT_EL0=y";
    private const string Relocatable = "RELOCATABLE=y";
    private const string Guests = "KVM=y NR_CPUS=512";

    [Theory]
    // 5.10: the trampoline has a page of data always.
    [InlineData("5.10", "4K", "", 3 + 1024)]
    [InlineData("5.10", "4K", Isolation, 3 + 1024 + 4)]
    [InlineData("5.10", "4K", $"{Isolation} {Relocatable}", 3 + 1024 + 4)]
    [InlineData("5.10", "4K", $"{Errors} {Isolation}", 3 + 1024 + 2 + 4)]
    [InlineData("5.10", "64K", $"{Errors} {Delegated} {Isolation} {Guests}", 3 + 64 + 2 + 2 + 4)]
    [InlineData("5.15-azure", "4K", Isolation, 3 + 1024 + 4)]
    // 6.1: only a relocatable kernel's.
    [InlineData("6.1", "4K", "", 3 + 1024)]
    [InlineData("6.1", "4K", Isolation, 3 + 1024 + 3)]
    [InlineData("6.1", "4K", Relocatable, 3 + 1024)]
    [InlineData("6.1", "4K", $"{Isolation} {Relocatable}", 3 + 1024 + 4)]
    [InlineData("6.1", "4K", Errors, 3 + 1024 + 2)]
    [InlineData("6.1", "4K", Delegated, 3 + 1024)] // It counts within the other alone.
    [InlineData("6.1", "16K", $"{Errors} {Delegated}", 3 + 256 + 4)]
    [InlineData("6.1", "64K", $"{Errors} {Delegated} {Isolation} {Relocatable} {Guests} KASAN=y", 3 + 64 + 4 + 4)]
    [InlineData("6.12", "4K", "", 3 + 514)]
    [InlineData("6.12", "4K", Guests, 3 + 514)] // KVM came later.
    [InlineData("6.12", "4K", $"{Errors} {Delegated} {Isolation} {Relocatable}", 3 + 514 + 4 + 4)]
    [InlineData("6.12", "16K", Isolation, 3 + 130 + 3)]
    [InlineData("6.12", "64K", $"{Errors} {Isolation} {Relocatable}", 3 + 34 + 2 + 4)]
    [InlineData("6.16", "4K", Guests, 3 + 514 + 513)]
    [InlineData("7.2", "4K", "NR_CPUS=512", 3 + 514)]
    [InlineData("7.2", "4K", "KVM=y NR_CPUS=2", 3 + 514 + 3)]
    [InlineData("7.2", "4K", "KVM=y NR_CPUS=4096", 3 + 514 + 4097)]
    [InlineData("7.2", "4K", "KVM=y", 3 + 514 + 513)] // 512 are the default.
    [InlineData("7.2", "64K", $"{Errors} {Delegated} {Isolation} {Relocatable} {Guests}", 3 + 34 + 513 + 4 + 4)]
    [InlineData("7.3", "16K", $"{Isolation} {Guests}", 3 + 130 + 513 + 3)]
    public void Each_option_has_its_slots(string version, string pages, string options, int expected)
    {
        KernelProfile profile = KernelProfiles.Find($"linux-{version}");
        TableGeometry geometry = Plans.Geometry(Plans.Granule(pages), 48);
        KernelConfig config = Config(pages, options);
        Assert.Equal(expected, profile.Facts.Regions.Fixmap.PermanentSlots(geometry, config));

        // FIX_PTE is behind seven boot-time windows of 256 KiB each, from 2026's updates on of a page more.
        int window = (256 << 10 >> geometry.PageShift) + (version is "6.1" or "6.12" or "7.2" or "7.3" ? 1 : 0);
        Assert.Equal(expected + (7 * window), profile.FixmapFor(geometry, config).PteIndex);
    }

    /// <remarks>
    /// <para>6.1 and a small configuration, as measured: 0xfffffbfffe000000 - 1031 (0x407) pages; with Debian's, 1035 (0x40b). The small one had isolation and was relocatable, without GHES.</para>
    /// <para>Debian's 5.10.223, 6.1.192, 6.16.12 and 6.18.15 have the address as a constant in the code of early_fixmap_init: 5.10 0xfffffdfffea00000 - 1033 (0x409) pages, for it has GHES without
    /// SDEI; 6.16 and 6.18 all slots, 0xffffffffff800000 - (1038 + 448 + 5 = 1491 = 0x5d3) pages.</para>
    /// <para>6.1.188 and before, 6.12.110 and before: only where all slots count, seven pages less (0x3d9 - 7 = 0x3d2).</para>
    /// </remarks>
    [Theory]
    [InlineData("linux-6.1", $"{Isolation} {Relocatable}", 0xffff_fbff_fdbf_9000)]
    [InlineData("linux-6.1", null, 0xffff_fbff_fdbf_5000)]
    [InlineData("linux-6.1.188", null, 0xffff_fbff_fdbf_5000)]
    [InlineData("linux-5.10", null, 0xffff_fdff_fe5f_7000)]
    [InlineData("linux-6.12", null, 0xffff_ffff_ff42_7000)]
    [InlineData("linux-6.12.110", null, 0xffff_ffff_ff42_e000)]
    [InlineData("linux-6.16", null, 0xffff_ffff_ff22_d000)]
    [InlineData("linux-6.18", null, 0xffff_ffff_ff22_d000)]
    [InlineData("linux-7.3", null, 0xffff_ffff_ff22_6000)] // Seven more: 1498 = 0x5da.
    public void The_fixmap_begins_where_that_kernels_configuration_puts_it(string name, string? options, ulong expected)
    {
        KernelProfile profile = KernelProfiles.Find(name);
        KernelConfig config = options is null ? profile.ReadDefaultConfig() : Config("4K", options);
        Assert.Equal(new VirtualAddress(expected), KernelRegions.Of(profile.Facts.Regions, Plans.Geometry(GranuleSize.Size4K, 48), config).FixmapStart);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("1")]
    [InlineData("4097")]
    [InlineData("18446744073709551615")]
    public void A_number_of_CPUs_that_no_kernel_has_is_refused(string cpus)
    {
        InvalidInputException refused = Assert.Throws<InvalidInputException>(
            () => KernelProfiles.Find("linux-7.2").FixmapFor(Plans.Geometry(GranuleSize.Size4K, 48), Config("4K", $"KVM=y NR_CPUS={cpus}")));
        Assert.Equal($"config: CONFIG_NR_CPUS is {cpus}, but arm64 kernels are for 2 to 4096 CPUs.", refused.Message);
    }

    private static KernelConfig Config(string pages, string options) => KernelConfig.Parse(
        string.Create(CultureInfo.InvariantCulture, $"CONFIG_ARM64=y\nCONFIG_ARM64_{pages}_PAGES=y\nCONFIG_ARM64_VA_BITS=48\nCONFIG_ARM64_PA_BITS=48\n")
            + string.Concat(options.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(option => $"CONFIG_{option}\n")),
        "config");
}
