namespace Ptewright.Boot;

/// <summary>The console: text and numbers, one character at a time, on whichever UART the device tree names.</summary>
internal static class Output
{
    private static ulong s_registers;
    private static UartKind s_kind;
    private static int s_registerShift;
    private static bool s_wide;

    /// <summary>Whether there is a console yet.</summary>
    public static bool IsOpen => s_registers != 0;

    /// <summary>The virtual address of the registers: it may move.</summary>
    public static ulong Registers
    {
        get => s_registers;
        set => s_registers = value;
    }

    /// <summary>Uses the UART at <paramref name="registers"/>, which is mapped.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="registers">The virtual address of its registers.</param>
    /// <param name="registerShift">log2 of the distance of two registers (16550).</param>
    /// <param name="wide">Whether registers are accessed as 32 bits (16550).</param>
    public static void Open(UartKind kind, ulong registers, int registerShift, bool wide)
    {
        s_kind = kind;
        s_registers = registers;
        s_registerShift = registerShift;
        s_wide = wide;
    }

    /// <summary>Writes text.</summary>
    public static void Write(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            Put((byte)text[i]);
        }
    }

    /// <summary>Writes text and ends the line.</summary>
    public static void Line(string text)
    {
        Write(text);
        Line();
    }

    /// <summary>Ends the line.</summary>
    public static void Line() => Put((byte)'\n');

    /// <summary>Writes text that the device tree holds; anything but printable ASCII as a question mark.</summary>
    public static unsafe void Write(byte* text, uint length)
    {
        for (uint i = 0; i < length; i++)
        {
            Put(text[i] is >= 0x20 and < 0x7f ? text[i] : (byte)'?');
        }
    }

    /// <summary>Writes <c>0x</c> and hexadecimal digits without leading zeroes.</summary>
    public static void Hex(ulong value)
    {
        Write("0x");
        int digits = 1;
        while (digits < 16 && value >> (digits * 4) != 0)
        {
            digits++;
        }

        Hex(value, digits);
    }

    /// <summary>Writes the last <paramref name="digits"/> hexadecimal digits.</summary>
    public static void Hex(ulong value, int digits)
    {
        for (int i = digits - 1; i >= 0; i--)
        {
            int digit = (int)(value >> (i * 4)) & 0xf;
            Put((byte)(digit < 10 ? '0' + digit : 'a' + digit - 10));
        }
    }

    /// <summary>Writes a decimal number, right-aligned in at least <paramref name="width"/> columns.</summary>
    public static unsafe void Number(ulong value, int width = 0)
    {
        byte* digits = stackalloc byte[20];
        int count = 0;
        do
        {
            digits[count++] = (byte)('0' + (value % 10));
            value /= 10;
        }
        while (value != 0);

        for (int i = count; i < width; i++)
        {
            Put((byte)' ');
        }

        while (count > 0)
        {
            Put(digits[--count]);
        }
    }

    private static void Put(byte character)
    {
        if (s_registers == 0)
        {
            return;
        }

        if (character == '\n')
        {
            Send((byte)'\r');
        }

        Send(character);
    }

    private static void Send(byte character)
    {
        if (s_kind == UartKind.Pl011)
        {
            // UARTFR (0x18) bit 5 TXFF: the transmit FIFO is full. UARTDR is 0.
            while ((Instructions.Read32(s_registers + 0x18) & 0x20) != 0)
            {
            }

            Instructions.Write32(s_registers, character);
            return;
        }

        // 16550: LSR (5) bit 5 THRE: the transmit holding register is empty. THR is 0.
        ulong status = s_registers + (5UL << s_registerShift);
        while (((s_wide ? Instructions.Read32(status) : Instructions.Read8(status)) & 0x20) == 0)
        {
        }

        if (s_wide)
        {
            Instructions.Write32(s_registers, character);
        }
        else
        {
            Instructions.Write8(s_registers, character);
        }
    }
}

/// <summary>The kinds of UART that the console can use.</summary>
internal enum UartKind
{
    /// <summary>Arm PrimeCell PL011, also the SBSA generic UART.</summary>
    Pl011,

    /// <summary>NS16550 and its many relatives.</summary>
    Ns16550,
}
