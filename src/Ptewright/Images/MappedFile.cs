using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;
using Ptewright.Files;

namespace Ptewright.Images;

/// <summary>A file as memory, read-only, as long as this object lives. It may be larger than the computer's memory.</summary>
internal sealed unsafe class MappedFile : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly SafeMemoryMappedViewHandle _handle;

    /// <summary>Maps a file.</summary>
    /// <exception cref="InvalidInputException">It is empty or no ordinary file.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public MappedFile(string path)
    {
        FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        try
        {
            Length = stream.CanSeek ? (ulong)stream.Length : throw TextFile.Error(path, "it is no ordinary file, so it cannot be mapped");
            if (Length == 0)
            {
                throw TextFile.Error(path, "it is empty");
            }

            _file = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        }
        catch
        {
            stream.Dispose();
            throw;
        }

        _view = _file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        _handle = _view.SafeMemoryMappedViewHandle;
        byte* pointer = null;
        _handle.AcquirePointer(ref pointer);
        Pointer = pointer + _view.PointerOffset;
    }

    /// <summary>The first byte.</summary>
    public byte* Pointer { get; }

    /// <summary>The length in bytes.</summary>
    public ulong Length { get; }

    /// <summary>The bytes from an offset on, at most as many as asked for.</summary>
    public ReadOnlySpan<byte> Span(ulong offset, int bytes) => offset >= Length ? default : new(Pointer + offset, (int)Math.Min((ulong)bytes, Length - offset));

    /// <inheritdoc/>
    public void Dispose()
    {
        _handle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }
}
