namespace Ptewright.Texts;

/// <summary>What a kernel says first: "Linux version 6.12.0 ...". Linux: <c>linux_banner</c>.</summary>
internal static class KernelBanner
{
    /// <summary>How it begins; a number follows.</summary>
    public static ReadOnlySpan<byte> Start => "Linux version "u8;

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
