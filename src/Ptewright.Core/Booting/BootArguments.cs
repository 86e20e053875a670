using Ptewright.DeviceTree;
using Ptewright.Translation;

namespace Ptewright.Booting;

/// <summary>What the boot image is asked to do: the words of its command line.</summary>
/// <remarks><c>strategies=single-map,premapped granule=4k,16k va=48 repeat=3 verify=fast scope=paging_init vectors=yes</c>; lists may be <c>all</c>. Words that are not of this
/// form are for somebody else (boot loaders add their own) and are passed over; a known word with a wrong value is an error.</remarks>
internal unsafe struct BootArguments
{
    /// <summary>The largest number of repetitions.</summary>
    public const int MaxRepeat = 64;

    private int _strategies;
    private int _granules;

    /// <summary>The size of virtual addresses in bits, or 0: the largest that the CPU can use.</summary>
    public int VirtualAddressBits { get; private set; }

    /// <summary>How often each creation is timed.</summary>
    public int Repeat { get; private set; }

    /// <summary>How much is checked.</summary>
    public BootVerification Verification { get; private set; }

    /// <summary>How much of a kernel's start is done.</summary>
    public BootScope Scope { get; private set; }

    /// <summary>Whether the vector files are checked: <see cref="BootVectors"/>.</summary>
    public bool ChecksVectors { get; private set; }

    /// <summary>Without any words: all strategies, the 4K granule (or the first that the CPU has), once, every page checked.</summary>
    public static BootArguments Default => new()
    {
        _strategies = (1 << BootStrategies.Count) - 1,
        Repeat = 1,
        Verification = BootVerification.Full,
    };

    /// <summary>Whether granules were named; else the first that the CPU has is used.</summary>
    public readonly bool NamesGranules => _granules != 0;

    /// <summary>Whether a strategy is asked for.</summary>
    public readonly bool Has(BootStrategy strategy) => (_strategies & (1 << (int)strategy)) != 0;

    /// <summary>Whether a granule is asked for by name.</summary>
    public readonly bool Has(GranuleSize granule) => (_granules & Bit(granule)) != 0;

    /// <summary>Reads the words of a command line.</summary>
    /// <param name="text">The first byte.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <param name="arguments">What it asks for.</param>
    /// <param name="errorStart">The offset of the word that is wrong.</param>
    /// <param name="errorLength">Its length in bytes.</param>
    /// <returns>False when a known word has a wrong value.</returns>
    public static bool TryParse(byte* text, uint length, out BootArguments arguments, out uint errorStart, out uint errorLength)
    {
        arguments = Default;
        errorStart = 0;
        errorLength = 0;
        uint position = 0;
        while (position < length)
        {
            uint start = position;
            while (position < length && text[position] != (byte)' ')
            {
                position++;
            }

            if (position > start && !arguments.TryTake(text + start, position - start))
            {
                errorStart = start;
                errorLength = position - start;
                return false;
            }

            position++;
        }

        return true;
    }

    private static int Bit(GranuleSize granule) => 1 << ((int)granule - (int)GranuleSize.Size4K);

    private bool TryTake(byte* word, uint length)
    {
        if (IsKey(word, length, "strategies=", out uint at))
        {
            return TryTakeList(word + at, length - at, isStrategy: true, ref _strategies);
        }

        if (IsKey(word, length, "granule=", out at))
        {
            return TryTakeList(word + at, length - at, isStrategy: false, ref _granules);
        }

        int number;
        if (IsKey(word, length, "va=", out at))
        {
            bool known = TryReadNumber(word + at, length - at, out number) && number is 36 or 39 or 42 or 47 or 48 or 52;
            VirtualAddressBits = number;
            return known;
        }

        if (IsKey(word, length, "repeat=", out at))
        {
            bool known = TryReadNumber(word + at, length - at, out number) && number is >= 1 and <= MaxRepeat;
            Repeat = number;
            return known;
        }

        if (IsKey(word, length, "scope=", out at))
        {
            bool isWhole = Is(word + at, length - at, BootScopes.Name(BootScope.NewRoot));
            Scope = isWhole ? BootScope.NewRoot : BootScope.LinearMap;
            return isWhole || Is(word + at, length - at, BootScopes.Name(BootScope.LinearMap));
        }

        if (IsKey(word, length, "vectors=", out at))
        {
            ChecksVectors = Is(word + at, length - at, "yes");
            return ChecksVectors || Is(word + at, length - at, "no");
        }

        return !IsKey(word, length, "verify=", out at) || TryTakeVerification(word + at, length - at);
    }

    private bool TryTakeVerification(byte* value, uint length)
    {
        if (Is(value, length, "full"))
        {
            Verification = BootVerification.Full;
        }
        else if (Is(value, length, "fast"))
        {
            Verification = BootVerification.Fast;
        }
        else if (Is(value, length, "none"))
        {
            Verification = BootVerification.None;
        }
        else
        {
            return false;
        }

        return true;
    }

    private static bool TryTakeList(byte* value, uint length, bool isStrategy, ref int set)
    {
        set = 0;
        uint start = 0;
        for (uint i = 0; i <= length; i++)
        {
            if (i < length && value[i] != (byte)',')
            {
                continue;
            }

            int bits = isStrategy ? StrategyBits(value + start, i - start) : GranuleBits(value + start, i - start);
            if (bits == 0)
            {
                return false;
            }

            set |= bits;
            start = i + 1;
        }

        return true;
    }

    private static int StrategyBits(byte* value, uint length)
    {
        if (Is(value, length, "all"))
        {
            return (1 << BootStrategies.Count) - 1;
        }

        for (int i = 0; i < BootStrategies.Count; i++)
        {
            if (Is(value, length, BootStrategies.Name((BootStrategy)i)))
            {
                return 1 << i;
            }
        }

        return 0;
    }

    private static int GranuleBits(byte* value, uint length) =>
        Is(value, length, "4k") ? Bit(GranuleSize.Size4K)
        : Is(value, length, "16k") ? Bit(GranuleSize.Size16K)
        : Is(value, length, "64k") ? Bit(GranuleSize.Size64K)
        : Is(value, length, "all") ? Bit(GranuleSize.Size4K) | Bit(GranuleSize.Size16K) | Bit(GranuleSize.Size64K)
        : 0;

    private static bool Is(byte* value, uint length, string text) => length == (uint)text.Length && DeviceTreeText.Equal(value, length, text);

    private static bool IsKey(byte* word, uint length, string key, out uint behind)
    {
        behind = (uint)key.Length;
        return length >= behind && DeviceTreeText.Equal(word, behind, key);
    }

    private static bool TryReadNumber(byte* value, uint length, out int number)
    {
        number = 0;
        for (uint i = 0; i < length; i++)
        {
            if (value[i] is < (byte)'0' or > (byte)'9' || i >= 4)
            {
                return false;
            }

            number = (number * 10) + (value[i] - '0');
        }

        return length > 0;
    }
}
