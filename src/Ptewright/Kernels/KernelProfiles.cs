namespace Ptewright.Kernels;

/// <summary>The kernels that are known.</summary>
public static class KernelProfiles
{
    /// <summary>All of them, oldest first.</summary>
    public static IReadOnlyList<KernelProfile> All { get; } = [new Linux515Azure(), new Linux61(), new Linux612(), new Linux618()];

    /// <summary>The profile of a kernel's version.</summary>
    /// <param name="version">The version, as the kernel says it.</param>
    /// <exception cref="InvalidInputException">There is none for it.</exception>
    public static KernelProfile For(LinuxVersion version) => TryFind(version, out KernelProfile? profile)
        ? profile!
        : throw new InvalidInputException(
            $"There is no kernel profile for Linux {version}; name the one that is nearest: {string.Join(", ", All.Select(known => known.Name))}.");

    /// <summary>The profile of a kernel's version, or the one whose linear map is made most like that version's.</summary>
    /// <param name="version">The version, as the kernel says it.</param>
    /// <param name="isExact">Whether it is that version's own.</param>
    /// <remarks>The series came with 6.10; from 6.15 on the linear map's start is not randomised any more.</remarks>
    public static KernelProfile Nearest(LinuxVersion version, out bool isExact)
    {
        string nearest = version.IsAtLeast(6, 15) ? "linux-6.18" : version.IsAtLeast(6, 10) ? "linux-6.12" : "linux-6.1";
        isExact = TryFind(version, out KernelProfile? own);
        return own ?? Find(nearest);
    }

    private static bool TryFind(LinuxVersion version, out KernelProfile? profile)
    {
        string release = version.Major == 5 && version.Suffix.Contains("azure", StringComparison.Ordinal) ? $"linux-{version.Major}.{version.Minor}-azure"
            : $"linux-{version.Major}.{version.Minor}";
        profile = All.FirstOrDefault(known => known.Name == release);
        return profile is not null;
    }

    /// <summary>The profile of a name.</summary>
    /// <exception cref="InvalidInputException">There is none.</exception>
    public static KernelProfile Find(string name) => All.FirstOrDefault(profile => profile.Name == name)
        ?? throw new InvalidInputException($"There is no kernel profile '{name}'; there are {string.Join(", ", All.Select(profile => profile.Name))}.");
}
