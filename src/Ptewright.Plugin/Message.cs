namespace Ptewright.Plugin;

/// <summary>One line on standard error, put together here and written at once, so that nothing of QEMU's gets into it.</summary>
internal unsafe struct Message
{
    private const int Room = 256;

    private fixed byte _text[Room];
    private int _length;

    /// <summary>Adds a text of ASCII characters.</summary>
    public void Add(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            Add((byte)text[i]);
        }
    }

    /// <summary>Adds a number in decimal.</summary>
    public void Add(ulong number)
    {
        // The largest power of ten that the number has.
        ulong unit = 1;
        while (number / unit >= 10)
        {
            unit *= 10;
        }

        for (; unit > 0; unit /= 10)
        {
            Add((byte)('0' + (number / unit % 10)));
        }
    }

    /// <summary>Ends the line and writes it.</summary>
    public void Write()
    {
        Add((byte)'\n');
        fixed (byte* text = _text)
        {
            // A line that cannot be written is missed by whoever waits for it; there is nobody else to tell.
            _ = Emulator.Write(2, text, (nuint)_length);
        }

        _length = 0;
    }

    private void Add(byte character)
    {
        if (_length < Room)
        {
            _text[_length++] = character;
        }
    }
}
