using System.Globalization;
using Ptewright.Texts;

namespace Ptewright.Kernels.Versions;

/// <summary>The kernels that are known, and the one rule that says which of them a kernel is.</summary>
public static class KernelProfiles
{
    private const string Banner = "Linux version ";

    // What stands before the numbers when people copy a version from somewhere.
    private static readonly string[] _prefixes = [Banner, "linux-image-", "vmlinuz-", "linux-", "linux ", "v"];

    /// <summary>All of them, oldest first.</summary>
    public static IReadOnlyList<KernelProfile> All { get; } = 
    [
        Linux510.Profile, Linux515Azure.Profile, Linux61.Profile, Linux612.Profile, Linux616.Profile, Linux617.Profile, Linux618.Profile, Linux619.Profile, Linux70.Profile, Linux71.Profile, Linux72.Profile,
        Linux73.Profile,
    ];

    /// <summary>The profile that is assumed where nothing says which kernel it is.</summary>
    public static KernelProfile Default => Linux612.Profile;

    private static string Names => string.Join(", ", All.Select(profile => profile.Name));

    /// <summary>The profile of exactly that name.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="InvalidInputException">There is none.</exception>
    public static KernelProfile Find(string name) => Named(name) ?? throw Unknown(name);

    /// <summary>The profile of what somebody names: a profile (<c>linux-6.12</c>, in a table folder too), a version (<c>6.12</c>, <c>v6.12.57</c>), a package or file
    /// (<c>linux-image-6.12.117+deb12-cloud-arm64</c>), a banner (<c>Linux version 6.12.57+deb13-arm64 (...)</c>).</summary>
    /// <param name="text">What is named.</param>
    /// <returns>The profile; with a remark also where one release is taken for its series.</returns>
    /// <exception cref="InvalidInputException">It is none of these, or no profile is near.</exception>
    public static KernelMatch For(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (Named(text) is { } named)
        {
            return new KernelMatch(named, KernelFit.Named, null, null);
        }

        if (!TryReadVersion(text, out LinuxVersion version) || FindNearest(version) is null)
        {
            throw Unknown(text);
        }

        return For(version);
    }

    /// <summary>The profile of what a kernel says of itself: its release (<c>OSRELEASE</c> of a VMCOREINFO note, <c>uname -r</c>) or its banner.</summary>
    /// <param name="release">The text.</param>
    /// <returns>Null when it is no version.</returns>
    /// <exception cref="InvalidInputException">No profile is near.</exception>
    public static KernelMatch? ForRelease(string release)
    {
        ArgumentNullException.ThrowIfNull(release);
        return TryReadVersion(release, out LinuxVersion version) ? For(version) : null;
    }

    /// <summary>The profile of a kernel's version, or the nearest.</summary>
    /// <param name="version">The version, as the kernel says it.</param>
    /// <exception cref="InvalidInputException">None is near.</exception>
    public static KernelMatch For(LinuxVersion version)
    {
        if (All.FirstOrDefault(profile => IsOfSeries(profile, version)) is { } own)
        {
            return new KernelMatch(own.At(version.Patch), KernelFit.Series, version, own.RemarkFor(version));
        }

        KernelProfile nearest = FindNearest(version) ?? throw new InvalidInputException($"There is no kernel profile for Linux {version} or near it; there are {Names}.");
        string difference = nearest.Facts.Nearest.First(entry => version.IsAtLeast(entry.Major, entry.Minor)).Difference;
        return new KernelMatch(
            nearest,
            KernelFit.Nearest,
            version,
            $"Linux {version} has no profile of its own and is taken for {nearest.Name}, the nearest{(difference.Length == 0 ? string.Empty : $"; {difference}")}.");
    }

    // A stable update that differs from the newest has its number behind the name; what its image showed comes last.
    private static KernelProfile? Named(string name) =>
        name.EndsWith(KernelProfile.DirtySuffix, StringComparison.Ordinal) ? Named(name[..^KernelProfile.DirtySuffix.Length])?.WithDirty(true)
        : name.EndsWith(KernelProfile.PlainSuffix, StringComparison.Ordinal) ? Named(name[..^KernelProfile.PlainSuffix.Length])?.WithDirty(false)
        : All.FirstOrDefault(profile => profile.Name == name) ?? All.Select(profile => Updated(profile, name)).FirstOrDefault(profile => profile?.Name == name);

    private static KernelProfile? Updated(KernelProfile profile, string name) =>
        name.StartsWith($"{profile.Name}.", StringComparison.Ordinal) && int.TryParse(name.AsSpan(profile.Name.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int patch) ? profile.At(patch) : null;

    private static bool IsOfSeries(KernelProfile profile, LinuxVersion version) => (profile.Series.Major, profile.Series.Minor) == (version.Major, version.Minor)
        && (profile.Flavour is not { } flavour || version.Suffix.Contains(flavour, StringComparison.Ordinal));

    // A profile is the nearest to the versions from the oldest that it lists up to the oldest of the next.
    private static KernelProfile? FindNearest(LinuxVersion version) => All.LastOrDefault(profile => version.IsAtLeast(profile.Facts.Nearest[^1].Major, profile.Facts.Nearest[^1].Minor));

    private static bool TryReadVersion(string text, out LinuxVersion version)
    {
        string digits = text;
        foreach (string prefix in _prefixes)
        {
            if (digits.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            {
                digits = digits[prefix.Length..];
            }
        }

        // In a banner the compiler and the builder follow.
        return digits.Length < text.Length && text.StartsWith(Banner, StringComparison.OrdinalIgnoreCase) ? KernelBanner.TryReadVersion(digits, out version) : LinuxVersion.TryParse(digits, out version);
    }

    private static InvalidInputException Unknown(string name) => new($"There is no kernel profile {TextFile.Quote(name)}; there are {Names}.");
}
