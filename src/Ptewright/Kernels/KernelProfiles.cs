using Ptewright.Texts;

namespace Ptewright.Kernels;

/// <summary>The kernels that are known, and the one rule that says which of them a version is.</summary>
public static class KernelProfiles
{
    // From which version on a profile is the nearest. 5.4 moved the linear map to the lower half of the kernel's addresses; 6.0 made the identity map in C; 6.9 brought LPA2 and
    // the image mapped before paging_init; from 6.16 on the linear map starts where memory does, and from 6.18 on rodata= has other words.
    private static readonly (int Major, int Minor, string Name)[] _nearest =
        [(6, 15, "linux-6.18"), (6, 9, "linux-6.12"), (6, 0, "linux-6.1"), (5, 4, "linux-5.15-azure")];

    // What is known to be otherwise, by version.
    private static readonly (int Major, int Minor, string Difference)[] _differences =
    [
        (7, 2, "from 7.2 on the pool, the image's alias and the banks come in another order, so counts and tables differ"),
        (6, 19, "it is later than what was read"),
        (6, 18, string.Empty),
        (6, 15, "blocks under rodata=full and the new words of rodata= came with 6.18"),
        (6, 13, "from 6.13 on table entries carry the Access flag"),
        (6, 10, string.Empty),
        (6, 9, "the series came with 6.10, so take --strategy baseline"),
        (6, 0, string.Empty),
        (5, 4, "that tree has the series backported, which Linux itself got with 6.10, so take --strategy baseline"),
    ];

    /// <summary>All of them, oldest first.</summary>
    public static IReadOnlyList<KernelProfile> All { get; } = [new Linux515Azure(), new Linux61(), new Linux612(), new Linux618()];

    private static string Names => string.Join(", ", All.Select(profile => profile.Name));

    /// <summary>The profile of a kernel's version, or the nearest.</summary>
    /// <param name="version">The version, as the kernel says it.</param>
    /// <param name="remark">A sentence about what may differ, where the profile is not that version's own; otherwise null.</param>
    /// <exception cref="InvalidInputException">None is near.</exception>
    public static KernelProfile For(LinuxVersion version, out string? remark)
    {
        string own = FormattableString.Invariant($"linux-{version.Major}.{version.Minor}");
        bool isAzure = version.Suffix.Contains("azure", StringComparison.Ordinal);
        remark = null;
        if (All.FirstOrDefault(profile => profile.Name == (version.Major == 5 && isAzure ? $"{own}-azure" : own)) is { } exact)
        {
            return exact;
        }

        string nearest = _nearest.FirstOrDefault(entry => version.IsAtLeast(entry.Major, entry.Minor)).Name
            ?? throw new InvalidInputException($"There is no kernel profile for Linux {version} or near it; there are {Names}.");
        string difference = _differences.First(entry => version.IsAtLeast(entry.Major, entry.Minor)).Difference;
        remark = $"Linux {version} has no profile of its own and is taken for {nearest}, the nearest{(difference.Length == 0 ? string.Empty : $"; {difference}")}.";
        return Find(nearest);
    }

    /// <summary>The profile of a name, or of a version: <c>linux-6.12</c>, <c>6.12</c>, <c>v6.12.57</c>, <c>linux-6.12.117+deb12-cloud-arm64</c>.</summary>
    /// <param name="name">The name or version.</param>
    /// <param name="remark">A sentence about what may differ, where the name is not exactly a profile's; otherwise null.</param>
    /// <exception cref="InvalidInputException">It is neither, or no profile is near.</exception>
    public static KernelProfile Find(string name, out string? remark)
    {
        ArgumentNullException.ThrowIfNull(name);
        remark = null;
        if (All.FirstOrDefault(profile => profile.Name == name) is { } named)
        {
            return named;
        }

        string digits = name;
        foreach (string prefix in (string[])["linux-image-", "vmlinuz-", "linux-", "linux ", "v"])
        {
            digits = digits.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) ? digits[prefix.Length..] : digits;
        }

        if (!LinuxVersion.TryParse(digits, out LinuxVersion version) || !version.IsAtLeast(_nearest[^1].Major, _nearest[^1].Minor))
        {
            throw Unknown(name);
        }

        KernelProfile found = For(version, out remark);
        if (version.Patch != 0 || version.Suffix.Length > 0)
        {
            remark ??= $"Linux {version} is taken for {found.Name}; releases of one series may differ in details.";
        }

        return found;
    }

    /// <summary>The profile of exactly that name.</summary>
    /// <exception cref="InvalidInputException">There is none.</exception>
    public static KernelProfile Find(string name) => All.FirstOrDefault(profile => profile.Name == name) ?? throw Unknown(name);

    private static InvalidInputException Unknown(string name) => new($"There is no kernel profile {TextFile.Quote(name)}; there are {Names}.");
}
