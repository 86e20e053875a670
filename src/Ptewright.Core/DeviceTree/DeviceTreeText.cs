namespace Ptewright.DeviceTree;

/// <summary>Comparisons of the blob's bytes with names, and big-endian numbers: nothing here needs more than a pointer.</summary>
internal static unsafe class DeviceTreeText
{
    /// <summary>Whether the terminated string at <paramref name="text"/> is <paramref name="expected"/>.</summary>
    public static bool Equal(byte* text, string expected) => StartsWith(text, expected) && text[expected.Length] == 0;

    /// <summary>Whether the terminated node name at <paramref name="name"/> is <paramref name="expected"/>, its unit address aside.</summary>
    /// <remarks>How a path without unit addresses is looked up. Linux: <c>scripts/dtc/libfdt/fdt_ro.c: fdt_nodename_eq_</c>.</remarks>
    public static bool EqualNode(byte* name, string expected) =>
        StartsWith(name, expected) && (name[expected.Length] == 0 || name[expected.Length] == (byte)'@');

    /// <summary>Whether the bytes at <paramref name="value"/> hold the string <paramref name="expected"/>, terminated or filling them.</summary>
    public static bool Equal(byte* value, uint length, string expected)
    {
        uint expectedLength = (uint)expected.Length;
        if (length < expectedLength)
        {
            return false;
        }

        for (int i = 0; i < expected.Length; i++)
        {
            if (value[i] != expected[i])
            {
                return false;
            }
        }

        return length == expectedLength || value[expectedLength] == 0;
    }

    /// <summary>Whether the bytes at <paramref name="value"/> are <paramref name="expected"/>, which is in small letters, but for the case of letters.</summary>
    public static bool EqualIgnoringCase(byte* value, uint length, string expected)
    {
        if (length != (uint)expected.Length)
        {
            return false;
        }

        for (int i = 0; i < expected.Length; i++)
        {
            int letter = value[i] is >= (byte)'A' and <= (byte)'Z' ? value[i] + ('a' - 'A') : value[i];
            if (letter != expected[i])
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether <paramref name="character"/> is among the bytes at <paramref name="text"/>.</summary>
    public static bool Contains(byte* text, uint length, byte character)
    {
        uint at = 0;
        while (at < length && text[at] != character)
        {
            at++;
        }

        return at < length;
    }

    /// <summary>The length in bytes of the string at <paramref name="value"/>: up to its terminator, at most <paramref name="limit"/>.</summary>
    public static uint Length(byte* value, uint limit)
    {
        uint length = 0;
        while (length < limit && value[length] != 0)
        {
            length++;
        }

        return length;
    }

    /// <summary>The big-endian 32-bit number at <paramref name="at"/>, which need not be aligned.</summary>
    /// <remarks>Byte by byte: with the MMU off, memory is Device memory, where an unaligned load faults.</remarks>
    public static uint Read32(byte* at) => ((uint)at[0] << 24) | ((uint)at[1] << 16) | ((uint)at[2] << 8) | at[3];

    /// <summary>The big-endian 64-bit number at <paramref name="at"/>, which need not be aligned.</summary>
    public static ulong Read64(byte* at) => ((ulong)Read32(at) << 32) | Read32(at + 4);

    // A terminator in the text differs from every character that is expected, so nothing behind it is read.
    private static bool StartsWith(byte* text, string expected)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            if (text[i] != expected[i])
            {
                return false;
            }
        }

        return true;
    }
}
