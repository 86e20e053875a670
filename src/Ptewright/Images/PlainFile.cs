using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Ptewright.Images;

/// <summary>The bytes of a file, as they lie in it.</summary>
internal sealed partial class PlainFile : FileBytes
{
    private const int SeekData = 3;

    // ENXIO: no data behind the offset.
    private const int NoData = 6;

    private readonly SafeFileHandle _file;

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="name">What errors call it, where that is not its path.</param>
    /// <exception cref="InvalidInputException">It is empty or no ordinary file.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public PlainFile(string path, string? name = null)
        : this(path, name, saysLength: true)
    {
    }

    private PlainFile(string path, string? name, bool saysLength)
    {
        Name = name ?? path;
        _file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        try
        {
            Length = saysLength ? (ulong)RandomAccess.GetLength(_file) : long.MaxValue;
            if (Length == 0)
            {
                throw Error("it is empty, or no file that says how long it is");
            }
        }
        catch (NotSupportedException)
        {
            _file.Dispose();
            throw Error("it is no ordinary file, so no part of it can be read by itself");
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <summary>Opens a file that does not say how long it is, or says what is not so, as those of <c>/proc</c>.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static PlainFile WithoutLength(string path) => new(path, null, saysLength: false);

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override ulong Length { get; }

    /// <inheritdoc/>
    public override void Read(ulong offset, Span<byte> room)
    {
        try
        {
            int done = 0;
            while (done < room.Length)
            {
                int read = RandomAccess.Read(_file, room[done..], (long)(offset + (ulong)done));
                done += read > 0 ? read
                    : throw Error(Length == long.MaxValue ? $"it ends before byte 0x{offset + (ulong)done:x}"
                        : $"it had {Length} bytes when it was opened, and now it ends before byte 0x{offset + (ulong)done:x}");
            }
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw Error($"its bytes from 0x{offset:x} on cannot be read ({problem.Message.TrimEnd('.')})");
        }
    }

    /// <inheritdoc/>
    public override ulong NextWritten(ulong offset)
    {
        if (!OperatingSystem.IsLinux())
        {
            return offset;
        }

        bool held = false;
        try
        {
            _file.DangerousAddRef(ref held);
            long found = Seek((int)_file.DangerousGetHandle(), (long)offset, SeekData);
            return found >= 0 ? (ulong)found : Marshal.GetLastPInvokeError() == NoData && offset < Length ? Length : offset;
        }
        finally
        {
            if (held)
            {
                _file.DangerousRelease();
            }
        }
    }

    /// <inheritdoc/>
    public override void Dispose() => _file.Dispose();

    // The position of the file is nobody's: everything else reads at an offset.
    [LibraryImport("libc", EntryPoint = "lseek", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial long Seek(int file, long offset, int whence);
}
