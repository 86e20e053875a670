using Ptewright.Kernels.Symbols;
using Ptewright.Kernels.Versions;
using Ptewright.Texts;

namespace Ptewright.Machines;

/// <summary>Says where what is given of one kernel is of another version than the kernel that is reckoned with.</summary>
/// <remarks>A release that leaves its stable number out, as <c>6.1.0-56-arm64</c> does, is compared by its series.</remarks>
internal static class VersionMix
{
    // Fewer are an excerpt, in which nothing is missing.
    private const int FewestSymbols = 10_000;

    // Functions that other files call, whatever the configuration: from which version on they may be there, from and to which they were seen, and from which on they may be gone.
    // Seen in System.map or /proc/kallsyms of Debian's 5.10.223, 6.1.192, 6.12.117, 6.16.12, 6.18.15 and in the sources of 7.2.13 and 7.3.4.
    private static readonly (string Name, LinuxVersion MayFrom, LinuxVersion From, LinuxVersion To, LinuxVersion MayEnd)[] _functions =
    [
        ("on_each_cpu_cond", new(0, 0), new(5, 10), new(5, 10), new(6, 1)),
        ("setup_cpu_features", new(0, 0), new(5, 10), new(6, 1), new(6, 12)),
        ("setup_system_features", new(6, 2), new(6, 12), new(7, 3), new(int.MaxValue, 0)),
        ("__memblock_reserve", new(6, 13), new(6, 16), new(7, 3), new(int.MaxValue, 0)),
        ("cpu_supports_bbml2_noabort", new(6, 17), new(6, 18), new(7, 2), new(7, 3)),
        ("arch_zone_limits_init", new(6, 19), new(7, 2), new(7, 3), new(int.MaxValue, 0)),
        ("cpu_supports_bbml3", new(7, 3), new(7, 3), new(7, 3), new(int.MaxValue, 0)),
    ];

    /// <summary>Whether what says that it is of one version is of another than the kernel.</summary>
    /// <param name="taken">What the kernel is taken for.</param>
    /// <param name="version">Its version; null when a profile was named, or nothing said one.</param>
    /// <param name="other">The version of the other.</param>
    public static bool IsAnother(KernelProfile taken, LinuxVersion? version, LinuxVersion other)
    {
        ArgumentNullException.ThrowIfNull(taken);
        LinuxVersion own = version ?? taken.Series;
        return (own.Major, own.Minor) != (other.Major, other.Minor)
            || (version is not null ? own.Patch != 0 && other.Patch != 0 && own.Patch != other.Patch : KernelProfiles.For(other).Profile.Name != NameOf(taken));
    }

    /// <summary>A sentence about something that is of another version.</summary>
    /// <param name="what">What it is, as the beginning of a sentence; where it is several things, with <paramref name="verb"/>.</param>
    /// <param name="other">Its version; null when it does not say one.</param>
    /// <param name="taken">What the kernel is taken for.</param>
    /// <param name="version">The kernel's version, if it is known.</param>
    /// <param name="verb">The verb.</param>
    /// <returns>Null where it is of the kernel's version.</returns>
    public static string? Of(string what, LinuxVersion? other, KernelProfile taken, LinuxVersion? version, string verb = "is that of") =>
        other is { } its && IsAnother(taken, version, its)
            ? $"{what} {verb} Linux {ForeignText.Clean(its.ToString())}, and the kernel is taken for {Describe(taken, version)}: that counts wherever versions differ." : null;

    /// <summary>A sentence about symbols of another version: by what their file says, or else by functions that only some versions have.</summary>
    /// <param name="symbols">The symbols.</param>
    /// <param name="taken">What the kernel is taken for.</param>
    /// <param name="version">The kernel's version, if it is known.</param>
    /// <returns>Null where nothing speaks against them.</returns>
    public static string? Of(KernelSymbols symbols, KernelProfile taken, LinuxVersion? version)
    {
        ArgumentNullException.ThrowIfNull(symbols);
        ArgumentNullException.ThrowIfNull(taken);
        string what = $"The symbols in {ForeignText.QuoteName(symbols.Name)}";
        if (symbols.Version is not null)
        {
            return Of(what, symbols.Version, taken, version, "are those of");
        }

        LinuxVersion own = version ?? taken.Series;
        foreach ((string name, LinuxVersion mayFrom, LinuxVersion from, LinuxVersion to, LinuxVersion mayEnd) in _functions)
        {
            bool isThere = symbols.TryFind(name, out _);
            if (isThere && (!own.IsAtLeast(mayFrom.Major, mayFrom.Minor) || own.IsAtLeast(mayEnd.Major, mayEnd.Minor)))
            {
                string when = own.IsAtLeast(mayEnd.Major, mayEnd.Minor) ? $"before {Numbers(mayEnd)}" : $"{Numbers(mayFrom)} or later";
                return $"{what} are those of a Linux {when}, which has {name}, and the kernel is taken for {Describe(taken, version)}: that counts wherever versions differ.";
            }

            if (!isThere && symbols.Count >= FewestSymbols && own.IsAtLeast(from.Major, from.Minor) && (own.Major, own.Minor).CompareTo((to.Major, to.Minor)) <= 0)
            {
                return $"{what} are not those of {Describe(taken, version)}, which has {name}, and that is what the kernel is taken for.";
            }
        }

        return null;
    }

    private static string Describe(KernelProfile taken, LinuxVersion? version) => version is { } known ? $"Linux {ForeignText.Clean(known.ToString())}" : taken.Name;

    private static string Numbers(LinuxVersion version) => $"{version.Major}.{version.Minor}";

    // Without what its image showed, which no other part of a kernel says.
    private static string NameOf(KernelProfile profile) =>
        new[] { KernelProfile.DirtySuffix, KernelProfile.PlainSuffix }.Aggregate(profile.Name, (name, suffix) => name.EndsWith(suffix, StringComparison.Ordinal) ? name[..^suffix.Length] : name);
}
