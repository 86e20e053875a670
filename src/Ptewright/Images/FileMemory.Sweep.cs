using System.Runtime.InteropServices;

namespace Ptewright.Images;

/// <content>Reading all of a file once: nothing is kept, and holes are not read.</content>
internal sealed partial class FileMemory
{
    private const int SeekData = 3;

    // ENXIO: no data behind the offset.
    private const int NoData = 6;

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
    public ulong NextWritten(ulong at)
    {
        if (!OperatingSystem.IsLinux())
        {
            return at;
        }

        bool held = false;
        try
        {
            _file.DangerousAddRef(ref held);
            long found = Seek((int)_file.DangerousGetHandle(), (long)(_start + at), SeekData);
            return found >= 0 ? Math.Clamp((ulong)found, _start + at, _start + Block.Length) - _start
                : Marshal.GetLastPInvokeError() == NoData && _start + at < Length ? Block.Length
                : at;
        }
        finally
        {
            if (held)
            {
                _file.DangerousRelease();
            }
        }
    }

    // The position of the file is nobody's: everything else reads at an offset.
    [LibraryImport("libc", EntryPoint = "lseek", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial long Seek(int file, long offset, int whence);
}
