using System.Buffers.Binary;

namespace Ptewright.Kernels.Symbols;

/// <summary>What the addresses of kallsyms are.</summary>
internal enum KallsymsForm
{
    /// <summary>Whole addresses of 64 bits: without CONFIG_KALLSYMS_BASE_RELATIVE.</summary>
    Absolute,

    /// <summary>Distances from a base, 32 bits without a sign.</summary>
    Base,

    /// <summary>The same where negative ones are distances from the base, turned round, and others absolute: CONFIG_KALLSYMS_ABSOLUTE_PERCPU.</summary>
    PerCpu,

    /// <summary>Distances from where each of them is written, 32 bits with a sign.</summary>
    Place,
}

/// <summary>Where in an image the tables of kallsyms are.</summary>
/// <remarks>
/// Up to Linux 6.3 their order is addresses, base, number, names, markers, (from 6.2 on an order by name,) tokens, token index; then number, names, markers, tokens, token index, addresses,
/// base. Each begins at a multiple of 8, or of 4 where addresses are relative to their own place. Everything found is checked in full: each 256th name against its marker, each token against
/// the index, and addresses ascend.
/// </remarks>
internal sealed class KallsymsTables
{
    private const int Tokens = 256;
    private const int FirstDigit = '0';
    private const int NamesPerMarker = 256;
    private const int MaxSymbols = 1 << 22;
    private const int MostPlaces = 256;
    private const int MaxDistance = 128 << 20;

    // The work that names may take which turn out to be none.
    private const long MostNames = 1L << 26;

    private const int Bytes32 = 4;
    private const int Bytes64 = 8;

    // Characters that names have stay tokens of their own, and all digits are such.
    private static ReadOnlySpan<byte> Digits => "0\01\02\03\04\05\06\07\08\09\0"u8;

    private int _offsets;
    private int _base = -1;

    /// <summary>How many symbols there are.</summary>
    public int Count { get; private set; }

    /// <summary>Where the names begin.</summary>
    public int Names { get; private set; }

    /// <summary>Where the tokens' texts begin.</summary>
    public int TokenTable { get; private init; }

    /// <summary>Where the table of 16-bit distances of their texts begins.</summary>
    public int TokenIndex { get; private init; }

    /// <summary>What the addresses are.</summary>
    public KallsymsForm Form { get; private set; }

    private int NumberAt { get; set; }

    /// <summary>Finds the tables.</summary>
    /// <param name="image">The image, from its first byte on.</param>
    /// <returns>Null when there are none.</returns>
    public static KallsymsTables? Find(ReadOnlySpan<byte> image)
    {
        int at = 0;
        for (int i = 0; i < MostPlaces && image[at..].IndexOf(Digits) is >= 0 and int found; i++)
        {
            at += found;
            if (FindTokens(image, at) is { } tables && tables.FindNames(image) && tables.FindAddresses(image))
            {
                return tables;
            }

            at += Digits.Length;
        }

        return null;
    }

    /// <summary>Reads how many tokens a name has: one byte, or from Linux 6.1 on two, where there are 128 or more.</summary>
    /// <param name="image">The image.</param>
    /// <param name="at">Where; behind the number afterwards. There are two bytes.</param>
    public static int NameLength(ReadOnlySpan<byte> image, ref int at)
    {
        int length = image[at++];
        return length < 0x80 ? length : (length & 0x7f) | (image[at++] << 7);
    }

    /// <summary>Reads the addresses.</summary>
    /// <param name="image">The image.</param>
    /// <param name="isRelative">Whether they are distances instead: from the image's first byte, or from a base that the image does not say.</param>
    public ulong[] ReadPlaces(ReadOnlySpan<byte> image, out bool isRelative)
    {
        ulong start = _base < 0 ? 0 : Long(image, _base);
        bool isKnown = start >= ImageBase.FirstKernelAddress;
        isRelative = Form == KallsymsForm.Place || (Form != KallsymsForm.Absolute && !isKnown);
        ulong[] places = new ulong[Count];
        for (int i = 0; i < places.Length; i++)
        {
            places[i] = PlaceOf(image, Form, _offsets, i, isKnown ? start : 0);
        }

        return places;
    }

    /// <summary>Whether a symbol stays where it is wherever the image lies.</summary>
    public bool IsAbsolute(ReadOnlySpan<byte> image, int index) => Form == KallsymsForm.PerCpu && (int)Word(image, _offsets + (index * Bytes32)) >= 0;

    // From the digits on to the end, where the index begins; that says where the first token is.
    private static KallsymsTables? FindTokens(ReadOnlySpan<byte> image, int digits)
    {
        int end = digits;
        for (int i = FirstDigit; i < Tokens; i++)
        {
            int length = image[end..].IndexOf((byte)0);
            if (length is < 0 or > byte.MaxValue)
            {
                return null;
            }

            end += length + 1;
        }

        foreach (int alignment in (ReadOnlySpan<int>)[Bytes64, Bytes32])
        {
            int index = Align(end, alignment);
            if (index <= image.Length - (Tokens * 2) && IsIndex(image, digits - Half(image, index + (FirstDigit * 2)), index))
            {
                return new KallsymsTables { TokenTable = digits - Half(image, index + (FirstDigit * 2)), TokenIndex = index };
            }
        }

        return null;
    }

    private static bool IsIndex(ReadOnlySpan<byte> image, int table, int index)
    {
        int at = table;
        for (int i = 0; i < Tokens; i++)
        {
            if (at < 0 || at - table != Half(image, index + (i * 2)))
            {
                return false;
            }

            int length = image[at..index].IndexOf((byte)0);
            if (length < 0)
            {
                return false;
            }

            at += length + 1;
        }

        return true;
    }

    // The number of symbols stands in front of the names, and says how long everything between it and the tokens is.
    private bool FindNames(ReadOnlySpan<byte> image)
    {
        long left = MostNames;
        for (int at = (TokenTable - Bytes64) & ~3; at >= Math.Max(0, TokenTable - MaxDistance) && left > 0; at -= Bytes32)
        {
            uint count = Word(image, at);
            if (count is 0 or > MaxSymbols)
            {
                continue;
            }

            foreach (int alignment in (ReadOnlySpan<int>)[Bytes64, Bytes32])
            {
                int markers = (int)((count + NamesPerMarker - 1) / NamesPerMarker);
                int names = at + alignment;
                int first = TokenTable - Align(markers * Bytes32, alignment);
                int beforeOrder = first - Align((int)count * 3, alignment);
                if (IsNames(image, names, first, (int)count, ref left) || IsNames(image, names, beforeOrder, (int)count, ref left))
                {
                    NumberAt = at;
                    Names = names;
                    Count = (int)count;
                    return true;
                }
            }
        }

        return false;
    }

    private static bool IsNames(ReadOnlySpan<byte> image, int names, int markers, int count, ref long left)
    {
        if (markers <= names || markers - names < count * 2L || Word(image, markers) != 0)
        {
            return false;
        }

        int at = names;
        for (int i = 0; i < count; i++)
        {
            if (i % NamesPerMarker == 0 && Word(image, markers + (i / NamesPerMarker * Bytes32)) != at - names)
            {
                return false;
            }

            left--;
            int length = at < markers ? NameLength(image, ref at) : 0;
            if (length == 0 || length > markers - at)
            {
                return false;
            }

            at += length;
        }

        return markers - at < Bytes64;
    }

    private bool FindAddresses(ReadOnlySpan<byte> image)
    {
        int behind = TokenIndex + (Tokens * 2);
        int words = Align(Count * Bytes32, Bytes64);
        return Try(image, KallsymsForm.Base, Align(behind, Bytes64), Align(behind, Bytes64) + words)
            || Try(image, KallsymsForm.PerCpu, Align(behind, Bytes64), Align(behind, Bytes64) + words)
            || Try(image, KallsymsForm.Place, behind, -1)
            || Try(image, KallsymsForm.Base, NumberAt - Bytes64 - words, NumberAt - Bytes64)
            || Try(image, KallsymsForm.PerCpu, NumberAt - Bytes64 - words, NumberAt - Bytes64)
            || Try(image, KallsymsForm.Absolute, Align(behind, Bytes64), -1)
            || Try(image, KallsymsForm.Absolute, (int)Math.Max(int.MinValue, NumberAt - ((long)Count * Bytes64)), -1);
    }

    // They ascend from the first to the last, and are no row of zeros.
    private bool Try(ReadOnlySpan<byte> image, KallsymsForm form, int offsets, int start)
    {
        long length = (long)Count * (form == KallsymsForm.Absolute ? Bytes64 : Bytes32);
        if (offsets < 0 || length > image.Length - (long)offsets || start > image.Length - Bytes64)
        {
            return false;
        }

        ulong last = 0;
        ulong first = 0;
        for (int i = 0; i < Count; i++)
        {
            ulong place = PlaceOf(image, form, offsets, i, form == KallsymsForm.PerCpu ? 1UL << 32 : 0);
            bool isOutside = form == KallsymsForm.Place ? place >= 1UL << 32 : form == KallsymsForm.Base && (int)Word(image, offsets + (i * Bytes32)) < 0;
            if (place < last || isOutside)
            {
                return false;
            }

            first = i == 0 ? place : first;
            last = place;
        }

        _offsets = offsets;
        _base = start;
        Form = form;
        return form switch
        {
            // Code lies in front of the tables. Zeros, which lead to themselves, do not get there.
            KallsymsForm.Place => first < (ulong)Names,
            KallsymsForm.Absolute => last >= ImageBase.FirstKernelAddress,
            _ => last > first,
        };
    }

    private static ulong PlaceOf(ReadOnlySpan<byte> image, KallsymsForm form, int offsets, int index, ulong start)
    {
        if (form == KallsymsForm.Absolute)
        {
            return Long(image, offsets + (index * Bytes64));
        }

        int at = offsets + (index * Bytes32);
        uint word = Word(image, at);
        return form switch
        {
            KallsymsForm.Base => start + word,
            KallsymsForm.Place => (ulong)(at + (int)word),
            _ => (int)word >= 0 ? word : start + (uint)~(int)word,
        };
    }

    private static int Align(int offset, int alignment) => (offset + alignment - 1) & ~(alignment - 1);

    private static ushort Half(ReadOnlySpan<byte> image, int at) => BinaryPrimitives.ReadUInt16LittleEndian(image[at..]);

    private static uint Word(ReadOnlySpan<byte> image, int at) => BinaryPrimitives.ReadUInt32LittleEndian(image[at..]);

    private static ulong Long(ReadOnlySpan<byte> image, int at) => BinaryPrimitives.ReadUInt64LittleEndian(image[at..]);
}
