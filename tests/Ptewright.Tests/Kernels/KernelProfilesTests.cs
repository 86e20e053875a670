using Ptewright.Kernels;
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
    [InlineData("5.15.0-1092-azure", "linux-5.15-azure", "Linux 5.15.0-1092-azure is taken for linux-5.15-azure; releases of one series may differ in details.")]
    [InlineData("6.12.57", "linux-6.12", "Linux 6.12.57 is taken for linux-6.12; releases of one series may differ in details.")]
    [InlineData(
        "linux-6.12.117+deb12-cloud-arm64",
        "linux-6.12",
        "Linux 6.12.117+deb12-cloud-arm64 is taken for linux-6.12; releases of one series may differ in details.")]
    [InlineData("vmlinuz-6.1.0-56-arm64", "linux-6.1", "Linux 6.1.0-56-arm64 is taken for linux-6.1; releases of one series may differ in details.")]
    [InlineData("6.6", "linux-6.1", "Linux 6.6.0 has no profile of its own and is taken for linux-6.1, the nearest.")]
    [InlineData("6.0", "linux-6.1", "Linux 6.0.0 has no profile of its own and is taken for linux-6.1, the nearest.")]
    [InlineData("6.8.12", "linux-6.1", "Linux 6.8.12 has no profile of its own and is taken for linux-6.1, the nearest.")]
    [InlineData(
        "6.9", "linux-6.12", "Linux 6.9.0 has no profile of its own and is taken for linux-6.12, the nearest; the series came with 6.10, so take --strategy baseline.")]
    [InlineData("6.10", "linux-6.12", "Linux 6.10.0 has no profile of its own and is taken for linux-6.12, the nearest.")]
    [InlineData(
        "6.14",
        "linux-6.12",
        "Linux 6.14.0 has no profile of its own and is taken for linux-6.12, the nearest; from 6.13 on table entries carry the Access flag.")]
    [InlineData(
        "6.15",
        "linux-6.18",
        "Linux 6.15.0 has no profile of its own and is taken for linux-6.18, the nearest; blocks under rodata=full and the new words of rodata= came with 6.18.")]
    [InlineData("6.19", "linux-6.18", "Linux 6.19.0 has no profile of its own and is taken for linux-6.18, the nearest; it is later than what was read.")]
    [InlineData("7.0.3", "linux-6.18", "Linux 7.0.3 has no profile of its own and is taken for linux-6.18, the nearest; it is later than what was read.")]
    [InlineData(
        "7.2.12",
        "linux-6.18",
        "Linux 7.2.12 has no profile of its own and is taken for linux-6.18, the nearest; from 7.2 on the pool, the image's alias and the banks come in another order, "
        + "so counts and tables differ.")]
    [InlineData(
        "5.15.160",
        "linux-5.15-azure",
        "Linux 5.15.160 has no profile of its own and is taken for linux-5.15-azure, the nearest; that tree has the series backported, which Linux itself got with 6.10, "
        + "so take --strategy baseline.")]
    public void A_name_or_a_version_is_a_profile(string typed, string name, string? remark)
    {
        Assert.Equal(name, KernelProfiles.Find(typed, out string? said).Name);
        Assert.Equal(remark, said);
    }

    [Theory]
    [InlineData("linux-2.6")]
    [InlineData("5.3.18")]
    [InlineData("4.19")]
    [InlineData("linux-7")]
    [InlineData("latest")]
    [InlineData("")]
    public void What_is_far_from_all_is_refused_with_the_list(string typed) => Assert.Equal(
        $"There is no kernel profile '{typed}'; there are linux-5.15-azure, linux-6.1, linux-6.12, linux-6.18.",
        Assert.Throws<InvalidInputException>(() => KernelProfiles.Find(typed, out _)).Message);

    [Fact]
    public void A_version_that_a_file_says_is_its_own_profile_without_a_word()
    {
        Assert.True(LinuxVersion.TryParse("6.12.117+deb12-arm64", out LinuxVersion version));
        Assert.Equal("linux-6.12", KernelProfiles.For(version, out string? remark).Name);
        Assert.Null(remark);
    }
}
