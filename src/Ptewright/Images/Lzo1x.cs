namespace Ptewright.Images;

/// <summary>Unpacks LZO1X streams, as pages of dumps are packed with them: bare, without the frame of <c>lzop</c>.</summary>
/// <remarks>
/// <para>Written from the description of the stream (Linux, <c>Documentation/staging/lzo.rst</c>), version 0 of it. An instruction's meaning depends on how many literals stand right before it:
/// none, one to three, or a longer run. Each but a run of literals copies what was produced before, and carries in two bits how many literals follow it.</para>
/// <para>Instruction byte <c>b</c>; <c>H</c> the byte and <c>W</c> the 16 bits (low byte first; its upper 14 are <c>D</c>) that follow:</para>
/// <code>
/// 0..15    no literals before   run of 3 + b literals
/// 0..15    one to three         2 bytes from a distance of     1 + (b >> 2) + (H &lt;&lt; 2)
/// 0..15    a longer run         3 bytes from a distance of  2049 + (b >> 2) + (H &lt;&lt; 2)
/// 16..31   2 + (b &amp; 7)          bytes from a distance of   16384 + ((b &amp; 8) &lt;&lt; 11) + D; 16384 itself ends the stream
/// 32..63   2 + (b &amp; 31)         bytes from a distance of       1 + D
/// 64..127  3 + (b >> 5 &amp; 1)     bytes from a distance of       1 + (b >> 2 &amp; 7) + (H &lt;&lt; 3)
/// 128..255 5 + (b >> 5 &amp; 3)     bytes from a distance of       1 + (b >> 2 &amp; 7) + (H &lt;&lt; 3)
/// </code>
/// <para>Where a length's bits are all zero, zero bytes that follow count 255 each, and the first other byte counts itself, on top of the most that the bits could say.</para>
/// </remarks>
internal static class Lzo1x
{
    /// <summary>Unpacks a stream.</summary>
    /// <param name="packed">The whole stream, with the instruction that ends it and nothing behind it.</param>
    /// <param name="room">Takes what was packed.</param>
    /// <returns>How many bytes there were; -1 where the stream is damaged or has more than there is room for.</returns>
    public static int Unpack(ReadOnlySpan<byte> packed, Span<byte> room)
    {
        Reader reader = new(packed, room);
        return reader.Run();
    }

    private ref struct Reader(ReadOnlySpan<byte> packed, Span<byte> room)
    {
        private const int LongRun = 4;
        private const int FirstLiterals = 17;
        private const int FarDistance = 16384;

        private readonly ReadOnlySpan<byte> _packed = packed;
        private readonly Span<byte> _room = room;
        private int _read;
        private int _written;

        // How many literals stand before the next instruction; LongRun for more than three.
        private int _literals;

        public int Run()
        {
            // The first byte may be literals and nothing else; 17 itself says that there is a version number, of streams with another meaning.
            if (_packed.Length > 0 && _packed[0] >= FirstLiterals && (_packed[_read++] == FirstLiterals || !CopyLiterals(_packed[0] - FirstLiterals)))
            {
                return -1;
            }

            while (_read < _packed.Length)
            {
                int code = _packed[_read++];
                if (code < 16 && _literals == 0)
                {
                    if (!TryLength(code, 15, 3, out int run) || !CopyLiterals(run))
                    {
                        return -1;
                    }

                    continue;
                }

                if (code is >= 16 and < 64)
                {
                    bool isFar = code < 32;
                    int bits = isFar ? 7 : 31;
                    if (!TryLength(code & bits, bits, 2, out int length) || _packed.Length - _read < 2)
                    {
                        return -1;
                    }

                    int word = _packed[_read] | (_packed[_read + 1] << 8);
                    _read += 2;
                    int distance = (word >> 2) + (isFar ? FarDistance + ((code & 8) << 11) : 1);
                    if (isFar && distance == FarDistance)
                    {
                        return _read == _packed.Length ? _written : -1;
                    }

                    if (!CopyMatch(distance, length, word & 3))
                    {
                        return -1;
                    }

                    continue;
                }

                if (_read == _packed.Length)
                {
                    return -1;
                }

                int high = _packed[_read++];
                bool isCopied = code switch
                {
                    < 16 when _literals == LongRun => CopyMatch((high << 2) + (code >> 2) + 2049, 3, code & 3),
                    < 16 => CopyMatch((high << 2) + (code >> 2) + 1, 2, code & 3),
                    < 128 => CopyMatch((high << 3) + ((code >> 2) & 7) + 1, 3 + ((code >> 5) & 1), code & 3),
                    _ => CopyMatch((high << 3) + ((code >> 2) & 7) + 1, 5 + ((code >> 5) & 3), code & 3),
                };
                if (!isCopied)
                {
                    return -1;
                }
            }

            // It ended without the instruction that ends it.
            return -1;
        }

        private bool TryLength(int bits, int most, int least, out int length)
        {
            length = least + bits;
            if (bits != 0)
            {
                return true;
            }

            // More than there is room for is too much, so it does not overflow.
            for (length += most; _read < _packed.Length && length <= _room.Length; length += 255)
            {
                if (_packed[_read++] is var last and not 0)
                {
                    length += last;
                    return true;
                }
            }

            return false;
        }

        private bool CopyLiterals(int count)
        {
            if (count > _packed.Length - _read || count > _room.Length - _written)
            {
                return false;
            }

            _packed.Slice(_read, count).CopyTo(_room[_written..]);
            _read += count;
            _written += count;
            _literals = Math.Min(count, LongRun);
            return true;
        }

        private bool CopyMatch(int distance, int length, int literals)
        {
            if (distance > _written || length > _room.Length - _written)
            {
                return false;
            }

            // What is copied may reach into what it makes: then it repeats.
            int from = _written - distance;
            while (length > 0)
            {
                int count = Math.Min(length, _written - from);
                _room.Slice(from, count).CopyTo(_room[_written..]);
                _written += count;
                length -= count;
            }

            return CopyLiterals(literals);
        }
    }
}
