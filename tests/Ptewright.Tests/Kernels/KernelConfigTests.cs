using System.IO.Compression;
using System.Text;
using Ptewright.Kernels.Configuration;
using Ptewright.Tests.Firmware;
using Ptewright.Texts;
using Ptewright.Translation;

namespace Ptewright.Tests.Kernels;

/// <summary>What configurations of kernels say about tables, real ones and broken ones.</summary>
public class KernelConfigTests
{
    private const string Least = "CONFIG_ARM64=y\nCONFIG_ARM64_4K_PAGES=y\nCONFIG_ARM64_VA_BITS=48\nCONFIG_ARM64_PA_BITS=48\n";

    [Theory]
    [InlineData("config-6.1-cloud", "6.1.192", GranuleSize.Size4K, 48, 48, false)]
    [InlineData("config-6.12-cloud", "6.12.117", GranuleSize.Size4K, 52, 52, true)]
    [InlineData("config-6.12-16k", "6.12.117", GranuleSize.Size16K, 52, 52, true)]
    public void Kernels_of_debian_are_read(string file, string version, GranuleSize granule, int vaBits, int paBits, bool isNew)
    {
        KernelConfig config = KernelConfig.Read(FirmwareText.PathOf("config", file));

        Assert.Equal(version, config.Version.ToString());
        Assert.Equal((granule, vaBits, paBits), (config.Granule, config.VaBits, config.PaBits));
        Assert.Equal((isNew, isNew, isNew), (config.Lpa2, config.Kfence, config["CRASH_RESERVE"] == "y"));
        Assert.Equal((0UL, isNew ? 255UL : 0), (config.KfenceSampleInterval, config.KfenceNumObjects));
        Assert.True(config is { KexecCore: true, ZoneDma: true, ZoneDma32: true, RodataFullDefault: true, RandomizeBase: true });
        Assert.True(config is { UnmapKernelAtEl0: true, E0pd: true, Kvm: true, EfiSoftReserve: true, InitialRamdisk: true });
        Assert.True(config is { DebugPagealloc: false, DebugPageallocDefault: false, BtiKernel: false });
        Assert.Equal(("", ""), (config["CMDLINE"], config["LOCALVERSION"]));
        Assert.Equal(granule == GranuleSize.Size16K ? 7UL : 4, config.Number("ARM64_CONT_PTE_SHIFT"));
    }

    [Fact]
    public void Options_that_are_not_set_are_off()
    {
        KernelConfig config = KernelConfig.Parse(Least, "least");

        Assert.True(config is { Version: null, Lpa2: false, Kfence: false, KexecCore: false, ZoneDma: false, RodataFullDefault: false, RandomizeBase: false });
        Assert.Equal((null, null, 0UL, 0UL), (config["KFENCE"], config.Number("NR_CPUS"), config.KfenceSampleInterval, config.KfenceNumObjects));
        Assert.Equal(4, config.Options.Count);
    }

    [Theory]
    [InlineData("CONFIG_KFENCE=y", nameof(KernelConfig.Kfence))]
    [InlineData("CONFIG_KEXEC_CORE=y", nameof(KernelConfig.KexecCore))]
    [InlineData("CONFIG_ZONE_DMA=y", nameof(KernelConfig.ZoneDma))]
    [InlineData("CONFIG_ZONE_DMA32=y", nameof(KernelConfig.ZoneDma32))]
    [InlineData("CONFIG_RODATA_FULL_DEFAULT_ENABLED=y", nameof(KernelConfig.RodataFullDefault))]
    [InlineData("CONFIG_RANDOMIZE_BASE=y", nameof(KernelConfig.RandomizeBase))]
    [InlineData("CONFIG_UNMAP_KERNEL_AT_EL0=y", nameof(KernelConfig.UnmapKernelAtEl0))]
    [InlineData("CONFIG_ARM64_E0PD=y", nameof(KernelConfig.E0pd))]
    [InlineData("CONFIG_DEBUG_PAGEALLOC=y", nameof(KernelConfig.DebugPagealloc))]
    [InlineData("CONFIG_ARM64_LPA2=y", nameof(KernelConfig.Lpa2))]
    [InlineData("CONFIG_ARM64_BTI_KERNEL=y", nameof(KernelConfig.BtiKernel))]
    [InlineData("CONFIG_KVM=y", nameof(KernelConfig.Kvm))]
    [InlineData("CONFIG_KVM=m", nameof(KernelConfig.Kvm))]
    [InlineData("CONFIG_EFI_SOFT_RESERVE=y", nameof(KernelConfig.EfiSoftReserve))]
    [InlineData("CONFIG_BLK_DEV_INITRD=y", nameof(KernelConfig.InitialRamdisk))]
    public void Each_option_sets_its_property_alone(string option, string property)
    {
        KernelConfig config = KernelConfig.Parse($"{Least}{option}\n", "one");

        IEnumerable<string> on = typeof(KernelConfig).GetProperties().Where(one => one.PropertyType == typeof(bool) && (bool)one.GetValue(config)!)
            .Select(one => one.Name);
        Assert.Equal([property], on);
    }

    [Theory]
    [InlineData("CONFIG_DEBUG_PAGEALLOC=y\nCONFIG_DEBUG_PAGEALLOC_ENABLE_DEFAULT=y", true)]
    [InlineData("# CONFIG_DEBUG_PAGEALLOC is not set\nCONFIG_DEBUG_PAGEALLOC_ENABLE_DEFAULT=y", false)]
    public void Page_allocation_is_debugged_by_default_only_if_it_can_be(string options, bool expected) =>
        Assert.Equal(expected, KernelConfig.Parse(Least + options, "debug").DebugPageallocDefault);

    [Fact]
    public void Numbers_and_strings_are_read_as_written()
    {
        KernelConfig config = KernelConfig.Parse(
            Least + "CONFIG_KFENCE=y\nCONFIG_KFENCE_SAMPLE_INTERVAL=100\nCONFIG_KFENCE_NUM_OBJECTS=0x3F\nCONFIG_OFFSET=-5\n"
            + "CONFIG_CMDLINE=\"a=\\\"b c\\\" \\\\ d\"\n",
            "values");

        Assert.Equal((100UL, 63UL), (config.KfenceSampleInterval, config.KfenceNumObjects));
        Assert.Equal(("0x3F", "-5", "a=\"b c\" \\ d"), (config["KFENCE_NUM_OBJECTS"], config["OFFSET"], config["CMDLINE"]));
    }

    [Fact]
    public void The_last_of_two_settings_counts()
    {
        KernelConfig config = KernelConfig.Parse(
            $"{Least}CONFIG_KVM=y\n# CONFIG_KVM is not set\nCONFIG_KFENCE=y\nCONFIG_KFENCE=n\nCONFIG_ZONE_DMA=n\nCONFIG_ZONE_DMA=y\n", "twice");

        Assert.True(config is { Kvm: false, Kfence: false, ZoneDma: true });
    }

    [Fact]
    public void A_packed_configuration_is_read()
    {
        string path = Path.GetTempFileName();
        try
        {
            using (GZipStream packed = new(File.Create(path), CompressionLevel.Fastest))
            {
                packed.Write(Encoding.UTF8.GetBytes(Least));
            }

            Assert.Equal(48, KernelConfig.Read(path).VaBits);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_file_that_unpacks_to_more_than_a_configuration_is_refused()
    {
        string path = Path.GetTempFileName();
        try
        {
            using (GZipStream packed = new(File.Create(path), CompressionLevel.Fastest))
            {
                packed.Write(new byte[64 << 20]);
            }

            Assert.True(new FileInfo(path).Length < 1 << 20);
            Assert.EndsWith(
                "it is longer than 4194304 bytes, the most that is read of such a file.", Error(() => KernelConfig.Read(path)), StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData("", null, "")]
    [InlineData("CONFIG_CMDLINE=\"quiet\"", null, "quiet")]
    [InlineData("CONFIG_CMDLINE=\"quiet\"", "", "quiet")]
    [InlineData("CONFIG_CMDLINE=\"quiet\"", "mem=1G", "mem=1G")]
    [InlineData("CONFIG_CMDLINE=\"quiet\"\nCONFIG_CMDLINE_FORCE=y", "mem=1G", "quiet")]
    public void A_built_in_command_line_stands_in_or_is_forced(string options, string? given, string expected) =>
        Assert.Equal(expected, KernelConfig.Parse(Least + options, "cmdline").CommandLineFor(given));

    [Theory]
    [InlineData("", "bad: it sets no options, as a kernel's configuration does with lines such as 'CONFIG_ARM64_4K_PAGES=y'.")]
    [InlineData("# CONFIG_ARM64 is not set\n", "bad: it sets no options, as a kernel's configuration does with lines such as 'CONFIG_ARM64_4K_PAGES=y'.")]
    [InlineData("CONFIG_X86_64=y\n", "bad: it does not set CONFIG_ARM64, so it is not the configuration of an arm64 kernel.")]
    [InlineData("#\n# Linux/x86 6.12.1 Kernel Configuration\n", "bad: line 2: it is the configuration of a kernel for 'x86', not for arm64.")]
    [InlineData("# Linux/x86_64 Kernel Configuration\n", "bad: line 1: it is the configuration of a kernel for 'x86_64', not for arm64.")]
    [InlineData("CONFIG_ARM64=y\nCONFIG_ARM64_4K_PAG", "bad: line 2: 'CONFIG_ARM64_4K_PAG' is not an option such as 'CONFIG_ARM64_4K_PAGES=y'.")]
    [InlineData("ARM64=y\n", "bad: line 1: 'ARM64=y' is not an option such as 'CONFIG_ARM64_4K_PAGES=y'.")]
    [InlineData("CONFIG_=y\n", "bad: line 1: 'CONFIG_=y' is not an option such as 'CONFIG_ARM64_4K_PAGES=y'.")]
    [InlineData("CONFIG_A B=y\n", "bad: line 1: 'CONFIG_A B=y' is not an option such as 'CONFIG_ARM64_4K_PAGES=y'.")]
    [InlineData(
        "CONFIG_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
        + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=y\n",
        "bad: line 1: 'CONFIG_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA...' is not an option such as 'CONFIG_ARM64_4K_PAGES=y'.")]
    [InlineData("CONFIG_A=\n", "bad: line 1: CONFIG_A is set to '', which is not y, m, n, a number or a string in quotes.")]
    [InlineData("CONFIG_A=yes\n", "bad: line 1: CONFIG_A is set to 'yes', which is not y, m, n, a number or a string in quotes.")]
    [InlineData(
        "CONFIG_A=99999999999999999999\n", "bad: line 1: CONFIG_A is set to '99999999999999999999', which is not y, m, n, a number or a string in quotes.")]
    [InlineData("CONFIG_A=\"open\n", "bad: line 1: the string that CONFIG_A is set to does not end with a quote.")]
    [InlineData("CONFIG_A=\"\n", "bad: line 1: the string that CONFIG_A is set to does not end with a quote.")]
    [InlineData("CONFIG_A=\"a\\\"\n", "bad: line 1: the string that CONFIG_A is set to does not end with a quote.")]
    [InlineData("CONFIG_A=\"a\" b\n", "bad: line 1: the string that CONFIG_A is set to does not end with a quote.")]
    [InlineData(
        "CONFIG_ARM64=y\n", "bad: it sets none of CONFIG_ARM64_4K_PAGES, CONFIG_ARM64_16K_PAGES, CONFIG_ARM64_64K_PAGES: the page size is unknown.")]
    [InlineData(Least + "CONFIG_ARM64_64K_PAGES=y\n", "bad: it sets both CONFIG_ARM64_4K_PAGES and CONFIG_ARM64_64K_PAGES, but a kernel has one page size.")]
    [InlineData("CONFIG_ARM64=y\nCONFIG_ARM64_4K_PAGES=y\n", "bad: it does not set CONFIG_ARM64_VA_BITS.")]
    [InlineData(
        Least + "CONFIG_ARM64_VA_BITS=47x\n", "bad: line 5: CONFIG_ARM64_VA_BITS is set to '47x', which is not y, m, n, a number or a string in quotes.")]
    [InlineData(Least + "CONFIG_ARM64_VA_BITS=y\n", "bad: CONFIG_ARM64_VA_BITS is 'y', not a number.")]
    [InlineData(Least + "CONFIG_ARM64_VA_BITS=-48\n", "bad: CONFIG_ARM64_VA_BITS is '-48', not a number.")]
    [InlineData(Least + "CONFIG_ARM64_VA_BITS=64\n", "bad: CONFIG_ARM64_VA_BITS is 64, but arm64 kernels have 36, 39, 42, 47, 48, 52.")]
    [InlineData(Least + "CONFIG_ARM64_PA_BITS=39\n", "bad: CONFIG_ARM64_PA_BITS is 39, but arm64 kernels have 48, 52.")]
    public void A_broken_file_is_refused_with_line_and_reason(string text, string sentence) =>
        Assert.Equal(sentence, Error(() => KernelConfig.Parse(text, "bad")));

    [Fact]
    public void A_number_that_is_needed_later_is_refused_then()
    {
        KernelConfig config = KernelConfig.Parse($"{Least}CONFIG_KFENCE=y\nCONFIG_KFENCE_NUM_OBJECTS=\"many\"\n", "bad");

        Assert.Equal("bad: CONFIG_KFENCE_NUM_OBJECTS is 'many', not a number.", Error(() => config.KfenceNumObjects));
    }

    [Theory]
    [InlineData("6.12.117", 6, 12, 117, "", "6.12.117")]
    [InlineData("6.12", 6, 12, 0, "", "6.12.0")]
    [InlineData("6.18-rc3", 6, 18, 0, "-rc3", "6.18.0-rc3")]
    [InlineData("5.15.0-1041-azure", 5, 15, 0, "-1041-azure", "5.15.0-1041-azure")]
    [InlineData("6.1.x", 6, 1, 0, ".x", "6.1.0.x")]
    public void A_version_has_two_or_three_numbers_and_a_suffix(string text, int major, int minor, int patch, string suffix, string written)
    {
        Assert.True(LinuxVersion.TryParse(text, out LinuxVersion version));
        Assert.Equal(new LinuxVersion(major, minor, patch, suffix), version);
        Assert.Equal(written, version.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("6")]
    [InlineData("6.")]
    [InlineData(".12")]
    [InlineData("v6.12")]
    [InlineData("123456.1")]
    public void Other_text_is_no_version(string text) => Assert.False(LinuxVersion.TryParse(text, out _));

    [Fact]
    public void Releases_are_compared_by_number()
    {
        LinuxVersion version = new(6, 12, 117);

        Assert.True(version.IsAtLeast(6, 12) && version.IsAtLeast(6, 9) && version.IsAtLeast(5, 15));
        Assert.False(version.IsAtLeast(6, 13) || version.IsAtLeast(7, 0));
    }

    private static string Error(Func<object?> act) => Assert.Throws<InvalidInputException>(() => act()).Message;
}
