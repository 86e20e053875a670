using System.Globalization;
using System.Text;
using Ptewright.Fuzz;
using Ptewright.Kernels.Configuration;
using Ptewright.Kernels.Symbols;
using Ptewright.Kernels.Versions;
using Ptewright.Machines;
using Ptewright.Tests.Kernels;
using Ptewright.Texts;

namespace Ptewright.Tests.Machines;

/// <summary>What is given of another version than the kernel is said, and what is of the same is not.</summary>
public sealed class VersionMixTests
{
    [Theory]
    [InlineData("linux-6.1", null, "6.1.192", false)]
    [InlineData("linux-6.1", null, "6.12.117", true)]
    [InlineData("linux-6.12", null, "6.1.192", true)]
    [InlineData("linux-6.12", null, "6.13.1", true)] // Nearest to it, but another.
    [InlineData("linux-6.12", null, "6.12.200", false)]
    [InlineData("linux-6.12", null, "6.12.43", true)] // That update has other tables.
    [InlineData("linux-6.12.43", null, "6.12.43", false)]
    [InlineData("linux-6.12-bit55", null, "6.12.117", false)]
    [InlineData("linux-6.12", "6.13.1", "6.13.1", false)]
    [InlineData("linux-6.12", "6.12.117", "6.12.118", true)]
    [InlineData("linux-6.12", "6.12.117+deb12-cloud-arm64", "6.12.117", false)]
    [InlineData("linux-6.1", "6.1.0-56-arm64", "6.1.192", false)] // It does not say which.
    [InlineData("linux-5.15-azure", null, "5.15.178", false)]
    public void Two_versions_are_compared_as_exactly_as_they_are_known(string name, string? version, string other, bool expected)
    {
        KernelProfile profile = KernelProfiles.Find(name);
        Assert.Equal(expected, VersionMix.IsAnother(profile, version is null ? null : Version(version), Version(other)));
        string? said = VersionMix.Of("The configuration in 'x'", Version(other), profile, version is null ? null : Version(version));
        Assert.Equal(expected, said is not null);
        if (said is not null)
        {
            string taken = version is null ? name : $"Linux {version}";
            Assert.Equal($"The configuration in 'x' is that of Linux {other}, and the kernel is taken for {taken}: that counts wherever versions differ.", said);
        }

        Assert.Null(VersionMix.Of("The configuration in 'x'", null, profile, null));
    }

    [Fact]
    public void The_vmlinux_of_another_version_says_its_own()
    {
        string path = Path.GetTempFileName();
        try
        {
            const ulong Banner = 0xffff_8000_0900_0100;
            File.WriteAllBytes(path, VmlinuxFile.WithContent(0xffff_8000_0900_0000, [.. new byte[0x100], .. "Linux version 6.12.118+deb13-arm64 (a@b) #1 SMP\n\0"u8], ("linux_banner", 1, 1, Banner)));
            KernelSymbols symbols = KernelSymbols.Read(path);
            Assert.Equal(Version("6.12.118+deb13-arm64"), symbols.Version);
            Assert.Null(VersionMix.Of(symbols, KernelProfiles.Find("linux-6.12"), null));
            Assert.Equal(
                $"The symbols in {ForeignText.QuoteName(path)} are those of Linux 6.12.118+deb13-arm64, and the kernel is taken for linux-6.1: that counts wherever versions differ.",
                VersionMix.Of(symbols, KernelProfiles.Find("linux-6.1"), null));

            // A banner that lies outside of the file, or is none, says nothing.
            File.WriteAllBytes(path, VmlinuxFile.WithContent(0xffff_8000_0900_0000, [.. new byte[0x100], .. "Linux version 6.12.118 (a@b)\n\0"u8], ("linux_banner", 1, 1, Banner + 0x1000)));
            Assert.Null(KernelSymbols.Read(path).Version);
            File.WriteAllBytes(path, VmlinuxFile.WithContent(0xffff_8000_0900_0000, [.. new byte[0x100], .. "Minix version 6.12.118 (a@b)\n\0"u8], ("linux_banner", 1, 1, Banner)));
            Assert.Null(KernelSymbols.Read(path).Version);
        }
        finally
        {
            File.Delete(path);
        }
    }

    // Functions as the System.map of Debian's 5.10.223, 6.1.192, 6.12.117 and the kallsyms of 6.16.12 and 6.18.15 have them, and the sources of 7.2.13 and 7.3.4.
    [Theory]
    [InlineData("on_each_cpu_cond setup_cpu_features", "5.10")]
    [InlineData("setup_cpu_features", "6.1")]
    [InlineData("setup_system_features", "6.12")]
    [InlineData("setup_system_features __memblock_reserve", "6.16 6.17")]
    [InlineData("setup_system_features __memblock_reserve cpu_supports_bbml2_noabort", "6.18 6.19 7.0 7.1")]
    [InlineData("setup_system_features __memblock_reserve cpu_supports_bbml2_noabort arch_zone_limits_init", "7.2")]
    [InlineData("setup_system_features __memblock_reserve cpu_supports_bbml3 arch_zone_limits_init", "7.3")]
    public void A_whole_list_of_symbols_shows_which_versions_it_cannot_be_of(string functions, string versions)
    {
        KernelSymbols symbols = Symbols(functions, 10_000);
        foreach (string version in versions.Split(' '))
        {
            Assert.Null(VersionMix.Of(symbols, KernelProfiles.Find($"linux-{version}"), null));
        }

        string[] unseen = ["6.17", "6.19", "7.0", "7.1", "5.15-azure"]; // Of these no list was read, so that less is sure.
        foreach (KernelProfile profile in KernelProfiles.All.Where(profile => !versions.Split(' ').Append("5.15-azure").Contains(profile.Name[6..])))
        {
            string? said = VersionMix.Of(symbols, profile, null);
            if (!unseen.Contains(profile.Name[6..]))
            {
                Assert.Contains(profile.Name, said, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void In_an_excerpt_nothing_is_missing()
    {
        Assert.Null(VersionMix.Of(Symbols("_stext", 0), KernelProfiles.Find("linux-7.3"), null));
        Assert.Equal(
            "The symbols in 'map' are not those of linux-7.3, which has setup_system_features, and that is what the kernel is taken for.",
            VersionMix.Of(Symbols("_stext", 10_000), KernelProfiles.Find("linux-7.3"), null));
        Assert.Equal(
            "The symbols in 'map' are those of a Linux 7.3 or later, which has cpu_supports_bbml3, and the kernel is taken for Linux 6.1.192: that counts wherever versions differ.",
            VersionMix.Of(Symbols("cpu_supports_bbml3", 0), KernelProfiles.Find("linux-6.1"), Version("6.1.192")));
        Assert.Equal(
            "The symbols in 'map' are those of a Linux before 6.12, which has setup_cpu_features, and the kernel is taken for linux-6.12: that counts wherever versions differ.",
            VersionMix.Of(Symbols("setup_cpu_features", 0), KernelProfiles.Find("linux-6.12"), null));
    }

    [Theory]
    [InlineData("6.1-cloud", "linux-6.1")]
    [InlineData("6.12-cloud", "linux-6.12")]
    [InlineData("6.12-16k", "linux-6.12")]
    public void Real_symbols_and_configurations_are_of_their_own_version_alone(string kernel, string own)
    {
        KernelSymbols symbols = SystemMap.Read(SampleKernels.PathOf("symbols", $"System.map-{kernel}"));
        KernelConfig config = KernelConfig.Read(SampleKernels.PathOf("config", $"config-{kernel}"));
        Assert.Null(VersionMix.Of(symbols, KernelProfiles.Find(own), null));
        foreach (KernelProfile profile in KernelProfiles.All)
        {
            Assert.Equal(profile.Name != own, VersionMix.Of("It", config.Version, profile, null) is not null);
        }
    }

    private static LinuxVersion Version(string text) => LinuxVersion.TryParse(text, out LinuxVersion version) ? version : throw new FormatException(text);

    private static KernelSymbols Symbols(string functions, int others)
    {
        StringBuilder text = new();
        foreach (string name in functions.Split(' ').Concat(Enumerable.Range(0, others).Select(number => $"f{number}")))
        {
            _ = text.Append(CultureInfo.InvariantCulture, $"{0xffff_8000_0800_0000UL + (ulong)text.Length:x16} T {name}\n");
        }

        return SystemMap.Parse(text.ToString(), "map");
    }
}
