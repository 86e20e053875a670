namespace System;

/// <summary>Copies and fills that are too large for the ahead-of-time compiler to write out; it looks for them by name.</summary>
internal static unsafe class SpanHelpers
{
    /// <summary>Copies bytes between places that may overlap.</summary>
    internal static void Memmove(ref byte destination, ref byte source, nuint length)
    {
        fixed (byte* to = &destination, from = &source)
        {
            if (to <= from || to >= from + length)
            {
                nuint i = 0;
                for (; i + 8 <= length; i += 8)
                {
                    *(ulong*)(to + i) = *(ulong*)(from + i);
                }

                for (; i < length; i++)
                {
                    to[i] = from[i];
                }
            }
            else
            {
                for (nuint i = length; i > 0; i--)
                {
                    to[i - 1] = from[i - 1];
                }
            }
        }
    }

    /// <summary>Sets bytes to 0.</summary>
    internal static void ClearWithoutReferences(ref byte start, nuint length) => Fill(ref start, 0, length);

    /// <summary>Sets bytes to a value.</summary>
    internal static void Fill(ref byte start, byte value, nuint length)
    {
        ulong word = value * 0x0101_0101_0101_0101UL;
        fixed (byte* to = &start)
        {
            nuint i = 0;
            for (; i + 8 <= length; i += 8)
            {
                *(ulong*)(to + i) = word;
            }

            for (; i < length; i++)
            {
                to[i] = value;
            }
        }
    }
}
