using System.Buffers.Binary;
using Ptewright.Kernels.Symbols;
using Ptewright.Kernels.Versions;
using Ptewright.Texts;

namespace Ptewright.Tests.Kernels;

/// <summary>A kernel is known down to its stable update, and where its number says other than its image, the image counts.</summary>
public sealed class StableUpdateTests
{
    // As measured with Debian's kernels.
    [Theory]
    [InlineData("5.10.218", false, "FirstByte")]
    [InlineData("5.10.252", false, "FirstByte")]
    [InlineData("5.10.253", true, "FirstByte")]
    [InlineData("6.1.158", false, "Code")]
    [InlineData("6.1.170", true, "Code")]
    [InlineData("6.1.192", true, "Code")]
    [InlineData("6.12.43", false, "Code")]
    [InlineData("6.12.57", false, "FirstByte")]
    [InlineData("6.12.74", false, "FirstByte")]
    [InlineData("6.12.85", true, "FirstByte")]
    [InlineData("6.12.118", true, "FirstByte")]
    [InlineData("6.16.12", false, "Code")]
    [InlineData("6.17.13", false, "FirstByte")]
    [InlineData("6.18.15", false, "FirstByte")]
    [InlineData("6.19.14", true, "FirstByte")]
    [InlineData("7.0.13", true, "FirstByte")]
    [InlineData("7.1.13", true, "FirstByte")]
    public void Updates_change_what_leaves_and_aliases_are(string version, bool marksDirty, string image)
    {
        KernelMatch match = KernelProfiles.For(version);
        Assert.Equal((marksDirty, image), (match.Profile.Facts.MarksDirty, match.Profile.Facts.Image.ToString()));

        // Its folders name it, and it is the same again.
        Assert.Equal(match.Profile, KernelProfiles.Find(match.Profile.Name));
    }

    [Fact]
    public void Every_update_of_every_series_changes_something_and_comes_in_order()
    {
        foreach (KernelProfile profile in KernelProfiles.All)
        {
            // One update may have several changes.
            Assert.Equal(profile.Updates.Select(update => update.Patch).OrderDescending(), profile.Updates.Select(update => update.Patch));
            Assert.Distinct(profile.Updates.Select(update => (update.Patch, update.Fix)));
            foreach (StableUpdate update in profile.Updates)
            {
                Assert.NotEqual(profile.At(update.Patch).Facts, profile.At(update.Patch - 1).Facts);
                Assert.Equal($"{profile.Name}.{update.Patch - 1}", profile.At(update.Patch - 1).Name);
            }

            Assert.Same(profile, profile.At(0));
            Assert.Same(profile, profile.At(99999));
        }
    }

    [Theory]
    [InlineData(0x00e8, 40, "6.12.57", "linux-6.12.57+bit55", true)]
    [InlineData(0x0068, 40, "6.12.118", "linux-6.12-bit55", false)]
    [InlineData(0x00e8, 40, "6.12.118", "linux-6.12", true)]
    [InlineData(0x0068, 40, "6.12.57", "linux-6.12.57", false)]
    [InlineData(0x0068, 7, "6.12.118", "linux-6.12", true)]
    [InlineData(0x00e8, 7, "6.12.57", "linux-6.12.57", false)]
    public void What_the_code_shows_goes_before_the_number(int immediate, int count, string version, string name, bool marksDirty)
    {
        byte[] image = new byte[4096];
        for (int i = 0; i < count; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(256 + (i * 8)), (i % 2 == 0 ? 0xf2e0_0000u : 0xd2e0_0000u) | ((uint)immediate << 5) | (uint)(i % 31));

            // 32 bits, and other places of the number, are none.
            BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(260 + (i * 8)), 0xf2c0_0000u | (0xe8u << 5));
        }

        KernelMatch match = KernelProfiles.For(version).AsShownBy(image);
        Assert.Equal((name, marksDirty), (match.Profile.Name, match.Profile.Facts.MarksDirty));
        Assert.Equal(match.Profile, KernelProfiles.Find(name));
        Assert.Equal(name.Contains("bit55", StringComparison.Ordinal), match.Remark?.Contains("its code gives", StringComparison.Ordinal) == true);
    }

    [Fact]
    public void A_package_s_banner_says_the_update_that_it_is_made_of()
    {
        Assert.True(KernelBanner.TryReadVersion("Linux version 5.10.0-32-cloud-arm64 (debian-kernel@lists.debian.org) (gcc-10 (Debian 10.2.1-6) 10.2.1 20210110) #1 SMP Debian 5.10.223-1 (2024-08-10)", out LinuxVersion version));
        Assert.Equal(new LinuxVersion(5, 10, 223, "-cloud-arm64"), version);

        // Neither another series nor a compiler's package counts.
        Assert.True(KernelBanner.TryReadVersion("6.1.0-rc3 (gcc (Debian 12.2.0-14) 12.2.0) #1 SMP Debian 5.10.223-1", out version));
        Assert.Equal(new LinuxVersion(6, 1, 0, "-rc3"), version);
        Assert.True(KernelBanner.TryReadVersion("6.12.57+deb13-arm64 (x) #1 SMP Debian 6.12.63-1 (2026-01-01)", out version));
        Assert.Equal(57, version.Patch);
        Assert.False(KernelBanner.TryReadVersion("(none)", out _));
    }
}
