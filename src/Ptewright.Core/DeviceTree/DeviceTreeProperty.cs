namespace Ptewright.DeviceTree;

/// <summary>A property of a device tree node: a view of the blob, checked to lie inside it.</summary>
internal readonly unsafe struct DeviceTreeProperty
{
    /// <summary>Bytes of token, length and name offset before the value.</summary>
    internal const uint HeaderSize = 12;

    internal DeviceTreeProperty(byte* name, byte* value, uint length, uint offset)
    {
        Name = name;
        Value = value;
        Length = length;
        Offset = offset;
    }

    /// <summary>The name, terminated by 0; null in <c>default</c>, the property that is not there.</summary>
    public byte* Name { get; }

    /// <summary>The first byte of the value.</summary>
    public byte* Value { get; }

    /// <summary>The length of the value in bytes.</summary>
    public uint Length { get; }

    /// <summary>The offset of the property's token in the blob.</summary>
    public uint Offset { get; }

    /// <summary>The offset of the value in the blob.</summary>
    public uint ValueOffset => Offset + HeaderSize;

    /// <summary>Whether there is such a property.</summary>
    public bool IsPresent => Name != null;

    /// <summary>Whether it is called <paramref name="name"/>.</summary>
    public bool HasName(string name) => IsPresent && DeviceTreeText.Equal(Name, name);

    /// <summary>Whether its value is the string <paramref name="text"/>, terminated or not. Of a list of strings, the first counts.</summary>
    public bool HasText(string text) => IsPresent && DeviceTreeText.Equal(Value, Length, text);

    /// <summary>Whether one of the strings in its value is <paramref name="text"/>, large and small letters being the same.</summary>
    /// <param name="text">The text, in small letters.</param>
    /// <remarks>Linux: <c>drivers/of/fdt.c: of_fdt_is_compatible</c>.</remarks>
    public bool HasTextInList(string text)
    {
        uint start = 0;
        while (start < Length)
        {
            uint length = DeviceTreeText.Length(Value + start, Length - start);
            if (DeviceTreeText.EqualIgnoringCase(Value + start, length, text))
            {
                return true;
            }

            start += length + 1;
        }

        return false;
    }

    /// <summary>Reads a number of one or two cells (32-bit, big-endian) and moves on behind it.</summary>
    /// <param name="position">Where in the value, in bytes; moved on by 4 × <paramref name="cells"/> on success.</param>
    /// <param name="cells">1 or 2.</param>
    /// <param name="number">The number.</param>
    /// <returns>False when the value has no such cells left.</returns>
    public bool TryReadNumber(ref uint position, int cells, out ulong number)
    {
        uint bytes = (uint)cells * sizeof(uint);
        if (position > Length || Length - position < bytes)
        {
            number = 0;
            return false;
        }

        number = cells == 1 ? DeviceTreeText.Read32(Value + position) : DeviceTreeText.Read64(Value + position);
        position += bytes;
        return true;
    }
}
