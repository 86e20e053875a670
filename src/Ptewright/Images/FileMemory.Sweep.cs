namespace Ptewright.Images;

/// <content>Reading all of a file once: nothing is kept, and holes are not read.</content>
internal sealed partial class FileMemory
{
    /// <summary>Reads bytes without keeping them; those that are kept already are taken from there.</summary>
    /// <param name="at">The first one, counted from the beginning of <see cref="Block"/>.</param>
    /// <param name="room">Takes them; they lie in the block.</param>
    /// <exception cref="InvalidInputException">They cannot be read (any more).</exception>
    public void ReadThrough(ulong at, Span<byte> room)
    {
        ulong last = (at + (ulong)room.Length - 1) >> ChunkShift;
        if (last == at >> ChunkShift && IsLoaded(last))
        {
            Block.Span(at, room.Length).CopyTo(room);
            return;
        }

        Read(_start + at, room);
    }

    /// <summary>The first byte from one on that is not in a hole of the file; the length of <see cref="Block"/> when there is none.</summary>
    /// <param name="at">The one, counted from the beginning of <see cref="Block"/>.</param>
    public ulong NextWritten(ulong at) => Math.Clamp(_file.NextWritten(_start + at), _start + at, _start + Block.Length) - _start;
}
