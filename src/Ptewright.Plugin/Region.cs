namespace Ptewright.Plugin;

/// <summary>Where counting begins and ends, as QEMU's command line says it: <c>start=0x…,end=0x…</c>.</summary>
internal unsafe struct Region
{
    /// <summary>The address of the first instruction that counts.</summary>
    public ulong Start;

    /// <summary>The address of the first instruction behind: that before which the totals are written.</summary>
    public ulong End;

    /// <summary>Reads the plugin's arguments.</summary>
    /// <param name="count">How many.</param>
    /// <param name="arguments">Each is <c>name=value</c>.</param>
    /// <param name="region">What they say.</param>
    /// <returns>False unless each is understood and both are there.</returns>
    public static bool TryRead(int count, byte** arguments, out Region region)
    {
        region = default;
        for (int i = 0; i < count; i++)
        {
            if (!TryRead(arguments[i], "start=0x", ref region.Start) && !TryRead(arguments[i], "end=0x", ref region.End))
            {
                return false;
            }
        }

        return region.Start != 0 && region.End != 0;
    }

    private static bool TryRead(byte* argument, string name, ref ulong value)
    {
        for (int i = 0; i < name.Length; i++)
        {
            if (*argument++ != name[i])
            {
                return false;
            }
        }

        ulong number = 0;
        for (; *argument != 0; argument++)
        {
            uint digit = *argument >= 'a' ? (uint)(*argument - 'a' + 10) : (uint)(*argument - '0');
            if (digit > 15 || number >> 60 != 0)
            {
                return false;
            }

            number = (number << 4) | digit;
        }

        value = number;
        return true;
    }
}
