namespace Ptewright.Texts;

/// <summary>What a kernel says first: "Linux version 6.12.0 ...". Linux: <c>linux_banner</c>.</summary>
internal static class KernelBanner
{
    /// <summary>How it begins; a number follows.</summary>
    public static ReadOnlySpan<byte> Start => "Linux version "u8;

    /// <summary>The version that a banner says: its release, and where that counts packages instead of stable updates, as Debian's <c>6.1.0-56-arm64</c> does, the update that the package is made of.</summary>
    /// <param name="banner">The banner, with or without its first two words.</param>
    /// <param name="version">The version.</param>
    /// <returns>False when it says none.</returns>
    public static bool TryReadVersion(ReadOnlySpan<char> banner, out LinuxVersion version)
    {
        if (banner.StartsWith("Linux version ", StringComparison.Ordinal))
        {
            banner = banner["Linux version ".Length..];
        }

        int blank = banner.IndexOf(' ');
        if (!LinuxVersion.TryParse(blank < 0 ? banner : banner[..blank], out version))
        {
            return false;
        }

        // Behind the compiler: "#1 SMP Debian 6.1.192-2 (2026-11-16)".
        int package = banner.LastIndexOf(" Debian ", StringComparison.Ordinal);
        if (version.Patch == 0 && package >= 0 && LinuxVersion.TryParse(banner[(package + " Debian ".Length)..], out LinuxVersion made)
            && (made.Major, made.Minor) == (version.Major, version.Minor))
        {
            // The number of the package says nothing beside it.
            ReadOnlySpan<char> suffix = version.Suffix;
            suffix = suffix.StartsWith('-') && suffix[1..].IndexOfAnyExceptInRange('0', '9') is > 0 and var end ? suffix[(end + 1)..] : suffix;
            version = version with { Patch = made.Patch, Suffix = suffix.ToString() };
        }

        return true;
    }

    /// <summary>Where one begins; -1 when there is none. A format string of the kernel's that begins so has no number.</summary>
    /// <param name="bytes">Where it is looked for.</param>
    public static int IndexIn(ReadOnlySpan<byte> bytes)
    {
        for (int from = 0; ;)
        {
            int hit = bytes[from..].IndexOf(Start);
            if (hit < 0)
            {
                return -1;
            }

            from += hit + Start.Length;
            if (from < bytes.Length && char.IsAsciiDigit((char)bytes[from]))
            {
                return from - Start.Length;
            }
        }
    }
}
