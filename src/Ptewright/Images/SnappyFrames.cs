using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using Snappier;

namespace Ptewright.Images;

/// <summary>A piece of a stream in Snappy's framing format.</summary>
/// <param name="Offset">Where its data begin in the file: behind the type and the length.</param>
/// <param name="Packed">Their length, the checksum included.</param>
/// <param name="Size">How many bytes they are, unpacked.</param>
/// <param name="IsPlain">Whether they are not packed.</param>
/// <remarks>Source: Snappy's <c>framing_format.txt</c>.</remarks>
internal readonly record struct SnappyChunk(ulong Offset, uint Packed, uint Size, bool IsPlain)
{
    /// <summary>So many bytes at most, unpacked.</summary>
    public const int MaxSize = 1 << 16;

    /// <summary>So many bytes at most, packed, with their checksum: Snappy makes nothing longer of so few bytes.</summary>
    public const int MaxPacked = ChecksumSize + 32 + MaxSize + (MaxSize / 6);

    private const int ChecksumSize = 4;

    /// <summary>Unpacks the data and looks at their checksum.</summary>
    /// <param name="data">The data.</param>
    /// <param name="room">Takes <see cref="Size"/> bytes.</param>
    /// <returns>False when they are damaged.</returns>
    public bool TryUnpack(ReadOnlySpan<byte> data, Span<byte> room)
    {
        uint checksum = BinaryPrimitives.ReadUInt32LittleEndian(data);
        data = data[ChecksumSize..];
        if (IsPlain)
        {
            data.CopyTo(room);
        }
        else
        {
            try
            {
                if (!Snappy.TryDecompress(data, room, out int written) || written != room.Length)
                {
                    return false;
                }
            }
            catch (InvalidDataException)
            {
                return false;
            }
        }

        return Masked(room) == checksum;
    }

    /// <summary>The checksum of data: CRC-32C, turned and moved as the format has it.</summary>
    /// <param name="data">The data, unpacked.</param>
    public static uint Masked(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(data);
        foreach (ulong word in words)
        {
            crc = BitOperations.Crc32C(crc, word);
        }

        foreach (byte one in data[(words.Length * sizeof(ulong))..])
        {
            crc = BitOperations.Crc32C(crc, one);
        }

        return BitOperations.RotateRight(~crc, 15) + 0xa282_ead8;
    }
}
