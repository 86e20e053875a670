using System.Buffers;

namespace Ptewright.Images;

/// <summary>The piece of a file that one reader read last: short reads near each other, in either direction, are one read of the file.</summary>
/// <param name="size">How much is read at once, a power of 2 of bytes.</param>
/// <remarks>Readers are many and short-lived, so the room is borrowed.</remarks>
internal sealed class NearReads(int size) : IDisposable
{
    private byte[]? _bytes;
    private FileBytes? _file;
    private ulong _start;
    private int _length;

    /// <summary>Bytes of a file, good until the next ones are asked for.</summary>
    /// <param name="file">The file.</param>
    /// <param name="offset">The first one.</param>
    /// <param name="room">Takes them; all of them lie in the file.</param>
    /// <exception cref="InvalidInputException">They cannot be read.</exception>
    /// <exception cref="ObjectDisposedException">The file is closed.</exception>
    public void Read(FileBytes file, ulong offset, Span<byte> room)
    {
        if (!Has(file, offset, room.Length))
        {
            // What lies across two pieces, or is longer than one, is read by itself.
            ulong start = offset & ~((ulong)size - 1);
            if (offset - start + (ulong)room.Length > (ulong)size)
            {
                file.Read(offset, room);
                return;
            }

            _file = null;
            _bytes ??= ArrayPool<byte>.Shared.Rent(size);
            _length = (int)Math.Min((ulong)size, file.Length - start);
            file.Read(start, _bytes.AsSpan(0, _length));
            (_file, _start) = (file, start);
        }

        _bytes.AsSpan((int)(offset - _start), room.Length).CopyTo(room);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_bytes is not null)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
            (_bytes, _file) = (null, null);
        }
    }

    private bool Has(FileBytes file, ulong offset, int bytes) =>
        ReferenceEquals(_file, file) && offset >= _start && offset - _start <= (ulong)_length && bytes <= _length - (int)(offset - _start);
}
