namespace Ptewright.Kernels;

/// <summary>The kernels that are known.</summary>
public static class KernelProfiles
{
    /// <summary>All of them, oldest first.</summary>
    public static IReadOnlyList<KernelProfile> All { get; } = [new Linux515Azure(), new Linux61(), new Linux612(), new Linux618()];

    /// <summary>The profile of a kernel's version.</summary>
    /// <param name="version">The version, as the kernel says it.</param>
    /// <exception cref="InvalidInputException">There is none for it.</exception>
    public static KernelProfile For(LinuxVersion version)
    {
        string release = version.Major == 5 && version.Suffix.Contains("azure", StringComparison.Ordinal) ? $"linux-{version.Major}.{version.Minor}-azure"
            : $"linux-{version.Major}.{version.Minor}";
        return All.FirstOrDefault(profile => profile.Name == release)
            ?? throw new InvalidInputException(
                $"There is no kernel profile for Linux {version}; name the one that is nearest: {string.Join(", ", All.Select(profile => profile.Name))}.");
    }

    /// <summary>The profile of a name.</summary>
    /// <exception cref="InvalidInputException">There is none.</exception>
    public static KernelProfile Find(string name) => All.FirstOrDefault(profile => profile.Name == name)
        ?? throw new InvalidInputException($"There is no kernel profile '{name}'; there are {string.Join(", ", All.Select(profile => profile.Name))}.");
}
