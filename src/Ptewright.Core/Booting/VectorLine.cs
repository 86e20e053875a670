using Ptewright.Addressing;
using Ptewright.DeviceTree;
using Ptewright.Translation;

namespace Ptewright.Booting;

/// <summary>One case of a vector file: fields with blanks between them, and a comment from a <c>#</c> to the end of the line.</summary>
/// <remarks>A field that is not there, or not what it should be, is remembered: a case that has one does not hold.</remarks>
internal unsafe struct VectorLine
{
    private readonly byte* _start;
    private readonly uint _length;

    private VectorLine(byte* start, uint length)
    {
        _start = start;
        _length = length;
        Number = 0;
        IsWrong = false;
    }

    /// <summary>Which line of the file it is, from 1 on.</summary>
    public int Number { get; private set; }

    /// <summary>Whether a field was missing or wrong.</summary>
    public bool IsWrong { get; private set; }

    /// <summary>Reads the next case of a file.</summary>
    /// <param name="text">The file.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <param name="position">How far it was read.</param>
    /// <param name="number">How many lines were read.</param>
    /// <param name="line">The case.</param>
    /// <returns>False when there is none left.</returns>
    public static bool TryRead(byte* text, uint length, ref uint position, ref int number, out VectorLine line)
    {
        while (position < length)
        {
            uint start = position;
            uint end = start;
            bool isComment = false;
            for (; position < length && text[position] != (byte)'\n'; position++)
            {
                isComment |= text[position] == (byte)'#';
                end += isComment ? 0U : 1U;
            }

            position++;
            number++;
            line = new VectorLine(text + start, end - start) { Number = number };
            if (line.TryFind(0, out _, out _))
            {
                return true;
            }
        }

        line = default;
        return false;
    }

    /// <summary>Whether it has so many fields.</summary>
    public readonly bool Has(int fields) => TryFind(fields - 1, out _, out _) && !TryFind(fields, out _, out _);

    /// <summary>Whether a field is a word.</summary>
    public readonly bool Is(int field, string word) =>
        TryFind(field, out byte* start, out uint length) && length == (uint)word.Length && DeviceTreeText.Equal(start, length, word);

    /// <summary>Which of two words a field is.</summary>
    public bool Flag(int field, string yes, string no)
    {
        bool isYes = Is(field, yes);
        IsWrong |= !isYes && !Is(field, no);
        return isYes;
    }

    /// <summary>A number: hexadecimal with <c>0x</c>, else decimal, perhaps negative.</summary>
    public ulong Value(int field)
    {
        ulong value = 0;
        if (!TryFind(field, out byte* start, out uint length))
        {
            IsWrong = true;
            return 0;
        }

        bool isHexadecimal = length > 2 && start[0] == (byte)'0' && start[1] == (byte)'x';
        bool isNegative = start[0] == (byte)'-';
        uint at = isHexadecimal ? 2U : isNegative ? 1U : 0U;
        IsWrong |= at == length;
        for (; at < length; at++)
        {
            uint digit = Digit(start[at]);
            IsWrong |= digit >= (isHexadecimal ? 16U : 10U);
            value = (value * (isHexadecimal ? 16UL : 10UL)) + digit;
        }

        return isNegative ? 0 - value : value;
    }

    /// <summary>A small number.</summary>
    public int Small(int field) => (int)Value(field);

    /// <summary>A virtual address.</summary>
    public VirtualAddress Virtual(int field) => new(Value(field));

    /// <summary>A physical address.</summary>
    public PhysicalAddress Physical(int field) => new(Value(field));

    /// <summary>A granule: <c>4K</c>, <c>16K</c> or <c>64K</c>.</summary>
    public GranuleSize Granule(int field)
    {
        GranuleSize granule = Is(field, "4K") ? GranuleSize.Size4K : Is(field, "16K") ? GranuleSize.Size16K : GranuleSize.Size64K;
        IsWrong |= granule == GranuleSize.Size64K && !Is(field, "64K");
        return granule;
    }

    // What is no digit is larger than any.
    private static uint Digit(byte character) => character switch
    {
        >= (byte)'0' and <= (byte)'9' => (uint)(character - '0'),
        >= (byte)'a' and <= (byte)'f' => (uint)(character - 'a' + 10),
        _ => 16,
    };

    private readonly bool TryFind(int field, out byte* start, out uint length)
    {
        uint at = 0;
        start = null;
        length = 0;
        for (; field >= 0; field--)
        {
            at += length;
            for (; at < _length && IsBlank(_start[at]); at++)
            {
            }

            start = _start + at;
            for (length = 0; at + length < _length && !IsBlank(start[length]); length++)
            {
            }
        }

        return length > 0;
    }

    private static bool IsBlank(byte character) => character is (byte)' ' or (byte)'\t' or (byte)'\r';
}
