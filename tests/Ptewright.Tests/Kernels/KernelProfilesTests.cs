using Ptewright.Firmware;
using Ptewright.Images;
using Ptewright.Kernels.Versions;
using Ptewright.Texts;

namespace Ptewright.Tests.Kernels;

/// <summary>One rule says which profile a name or version is.</summary>
public sealed class KernelProfilesTests
{
    [Theory]
    [InlineData("linux-6.12", "linux-6.12", null)]
    [InlineData("6.12", "linux-6.12", null)]
    [InlineData("v6.12", "linux-6.12", null)]
    [InlineData("6.1", "linux-6.1", null)]
    [InlineData("6.18", "linux-6.18", null)]
    [InlineData("7.1", "linux-7.1", null)]
    [InlineData("7.3.4", "linux-7.3", null)]
    [InlineData("5.15.0-1092-azure", "linux-5.15-azure", null)]
    [InlineData("6.12.117+deb12-cloud-arm64", "linux-6.12", null)]
    [InlineData("6.12.113", "linux-6.12.113", "Linux 6.12.113 is linux-6.12 as it was before 6.12.117: a bank that ends within a page was widened to it.")]
    [InlineData(
        "linux-image-6.12.57+deb13-arm64",
        "linux-6.12.57",
        "Linux 6.12.57+deb13-arm64 is linux-6.12 as it was before 6.12.78: kernel leaves had no bit 55; before 6.12.111: the fixmap had a page less for each boot-time ioremap slot; "
        + "before 6.12.117: a bank that ends within a page was widened to it.")]
    [InlineData(
        "vmlinuz-6.1.0-56-arm64",
        "linux-6.1",
        "Linux 6.1.0-56-arm64 does not say which stable update it is made of, so it is taken for the newest of linux-6.1; before 6.1.189 the fixmap had a page less for each boot-time ioremap slot.")]
    [InlineData(
        "Linux version 6.1.0-47-cloud-arm64 (debian-kernel@lists.debian.org) (gcc-12 (Debian 12.2.0-14+deb12u1) 12.2.0) #1 SMP Debian 6.1.170-3 (2026-05-08)",
        "linux-6.1.170",
        "Linux 6.1.170-cloud-arm64 is linux-6.1 as it was before 6.1.176: the translations of removed memory were invalidated one by one; "
        + "before 6.1.189: the fixmap had a page less for each boot-time ioremap slot.")]
    [InlineData("6.6", "linux-6.1", "Linux 6.6.0 has no profile of its own and is taken for linux-6.1, the nearest.")]
    [InlineData("6.0", "linux-6.1", "Linux 6.0.0 has no profile of its own and is taken for linux-6.1, the nearest.")]
    [InlineData("6.8.12", "linux-6.1", "Linux 6.8.12 has no profile of its own and is taken for linux-6.1, the nearest.")]
    [InlineData(
        "6.9", "linux-6.12", "Linux 6.9.0 has no profile of its own and is taken for linux-6.12, the nearest; the series came with 6.10, so take the strategy baseline.")]
    [InlineData("6.10", "linux-6.12", "Linux 6.10.0 has no profile of its own and is taken for linux-6.12, the nearest.")]
    [InlineData(
        "6.14",
        "linux-6.12",
        "Linux 6.14.0 has no profile of its own and is taken for linux-6.12, the nearest; from 6.13 on table entries carry the Access flag.")]
    [InlineData(
        "6.15",
        "linux-6.16",
        "Linux 6.15.0 has no profile of its own and is taken for linux-6.16, the nearest; until 6.15 the start of the linear map is random.")]
    [InlineData("7.4", "linux-7.3", "Linux 7.4.0 has no profile of its own and is taken for linux-7.3, the nearest; it is later than what was read.")]
    [InlineData("5.4.1", "linux-5.10", "Linux 5.4.1 has no profile of its own and is taken for linux-5.10, the nearest.")]
    [InlineData(
        "5.15.160",
        "linux-5.15-azure",
        "Linux 5.15.160 has no profile of its own and is taken for linux-5.15-azure, the nearest; that tree has the series backported, which Linux itself got with 6.10, "
        + "so take the strategy baseline.")]
    public void A_name_or_a_version_is_a_profile(string typed, string name, string? remark)
    {
        KernelMatch match = KernelProfiles.For(typed);
        Assert.Equal(name, match.Profile.Name);
        Assert.Equal(remark, match.Remark);
    }

    [Theory]
    [InlineData("linux-2.6")]
    [InlineData("5.3.18")]
    [InlineData("4.19")]
    [InlineData("linux-7")]
    [InlineData("latest")]
    [InlineData("")]
    public void What_is_far_from_all_is_refused_with_the_list(string typed) => Assert.Equal(
        $"There is no kernel profile '{typed}'; there are linux-5.10, linux-5.15-azure, linux-6.1, linux-6.12, linux-6.16, linux-6.17, linux-6.18, linux-6.19, linux-7.0, linux-7.1, linux-7.2, linux-7.3.",
        Assert.Throws<InvalidInputException>(() => KernelProfiles.For(typed)).Message);

    [Fact]
    public void A_version_that_a_file_says_is_its_own_profile_without_a_word()
    {
        KernelMatch match = KernelProfiles.For(new LinuxVersion(6, 12, 117, "+deb12-arm64"));
        Assert.Equal(("linux-6.12", KernelFit.Series, null), (match.Profile.Name, match.Fit, match.Remark));
    }

    [Theory]
    [InlineData("linux-6.12", KernelFit.Named)]
    [InlineData("6.12", KernelFit.Series)]
    [InlineData("6.12.57", KernelFit.Series)]
    [InlineData("5.15.0-1092-azure", KernelFit.Series)]
    [InlineData("5.15.0-1092-generic", KernelFit.Nearest)]
    [InlineData("6.6", KernelFit.Nearest)]
    [InlineData("7.0", KernelFit.Series)]
    [InlineData("8.0", KernelFit.Nearest)]
    public void It_is_said_how_well_a_profile_fits(string typed, KernelFit fit) => Assert.Equal(fit, KernelProfiles.For(typed).Fit);

    /// <summary>Every version from the first that has a profile to some that are not there yet, and builds as distributions name them.</summary>
    public static TheoryData<string> Releases =>
    [
        .. Enumerable.Range(4, 16).Select(minor => $"5.{minor}.7"),
        .. Enumerable.Range(0, 22).Select(minor => $"6.{minor}.0-rc3"),
        .. Enumerable.Range(0, 4).Select(minor => $"7.{minor}.1"),
        "5.15.0-1092-azure", "6.1.0-56-arm64", "6.12.57+deb13-arm64", "6.18.9-cloud-arm64-64k", "8.0.0",
    ];

    // Names, versions, notes of dumps, banners and logs: one rule.
    [Theory]
    [MemberData(nameof(Releases))]
    public void A_kernel_is_the_same_profile_whatever_it_is_asked_with(string release)
    {
        string banner = $"Linux version {release} (debian-kernel@lists.debian.org) (gcc-12 12.2.0) #1 SMP 2026";
        Assert.True(LinuxVersion.TryParse(release, out LinuxVersion version));
        KernelMatch expected = KernelProfiles.For(version);
        DmesgInfo log = DmesgFile.Parse($"[    0.000000] {banner}\n[    0.000000] Early memory node ranges\n[    0.000000]   node   0: [mem 0x40000000-0x7fffffff]\n", "log");

        Assert.Equal(expected, KernelProfiles.ForRelease(VmCoreInfo.Parse($"OSRELEASE={release}\n").Release!));
        Assert.Equal(expected, KernelProfiles.ForRelease(banner));
        Assert.Equal(expected, KernelProfiles.For(log.Version!.Value));
        foreach (string typed in (string[])[release, $"v{release}", $"linux-image-{release}", $"vmlinuz-{release}", banner])
        {
            Assert.Equal(expected, KernelProfiles.For(typed));
        }

        // Its tables, in a folder, are found again by its name.
        Assert.Equal(new KernelMatch(expected.Profile, KernelFit.Named, null, null), KernelProfiles.For(expected.Profile.Name));
    }

    [Theory]
    [InlineData("")]
    [InlineData("mainline")]
    [InlineData("Linux version")]
    public void A_release_that_is_no_version_is_no_profile(string release) => Assert.Null(KernelProfiles.ForRelease(release));

    [Fact]
    public void A_release_before_all_profiles_is_refused_as_a_version_is()
    {
        const string sentence = "There is no kernel profile for Linux 4.19.0-27-arm64 or near it; there are linux-5.10, linux-5.15-azure, linux-6.1, linux-6.12, linux-6.16, linux-6.17, linux-6.18, linux-6.19, linux-7.0, linux-7.1, linux-7.2, linux-7.3.";
        Assert.Equal(sentence, Assert.Throws<InvalidInputException>(() => KernelProfiles.ForRelease("4.19.0-27-arm64")).Message);
        Assert.Equal(sentence, Assert.Throws<InvalidInputException>(() => KernelProfiles.For(new LinuxVersion(4, 19, 0, "-27-arm64"))).Message);
    }

    // A list that is out of order would hide one of its entries, or the profile of a whole range of versions.
    [Fact]
    public void Every_profile_stands_for_the_versions_from_its_oldest_to_the_next_profiles()
    {
        (int, int)[] oldest = [.. KernelProfiles.All.Select(profile => (profile.Facts.Nearest[^1].Major, profile.Facts.Nearest[^1].Minor))];
        Assert.Equal(oldest.Order(), oldest);
        for (int i = 0; i < oldest.Length; i++)
        {
            KernelProfile profile = KernelProfiles.All[i];
            (int Major, int Minor)[] listed = [.. profile.Facts.Nearest.Select(entry => (entry.Major, entry.Minor))];
            Assert.Equal(listed.OrderDescending().Distinct(), listed);
            Assert.True((profile.Series.Major, profile.Series.Minor).CompareTo(oldest[i]) >= 0);
            Assert.True(i + 1 == oldest.Length || listed[0].CompareTo(oldest[i + 1]) < 0);
            Assert.Same(profile, KernelProfiles.For(new LinuxVersion(listed[^1].Major, listed[^1].Minor)).Profile);
        }
    }
}
