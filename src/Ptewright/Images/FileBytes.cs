using Ptewright.Texts;

namespace Ptewright.Images;

/// <summary>The bytes of a file by their offsets, read when they are asked for; several threads may ask.</summary>
/// <remarks>What reads a format reads it from here, and need not know whether the bytes lie in the file as they should (<see cref="PlainFile"/>) or were sent through a pipe in pieces
/// (<see cref="FlattenedFile"/>).</remarks>
internal abstract class FileBytes : IDisposable
{
    /// <summary>What errors call it.</summary>
    public abstract string Name { get; }

    /// <summary>The length in bytes, when it was opened.</summary>
    public abstract ulong Length { get; }

    /// <summary>What is not as it should be: one sentence each.</summary>
    public virtual IReadOnlyList<string> Remarks => [];

    /// <summary>Opens a file, a flattened one as what it is to become.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidInputException">It is empty or no ordinary file, or flattened and damaged.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static FileBytes Open(string path)
    {
        PlainFile file = new(path);
        try
        {
            return FlattenedFile.IsFlattened(file) ? new FlattenedFile(file) : file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The first bytes of a file, of a flattened one as what it is to become; as many as there are.</summary>
    /// <param name="path">The name, whatever it leads to; what is no file with a length has none.</param>
    /// <param name="bytes">How many at most.</param>
    /// <param name="isFlattened">Whether it is flattened.</param>
    /// <exception cref="InvalidInputException">It is flattened and damaged.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static byte[] Beginning(string path, int bytes, out bool isFlattened)
    {
        byte[] start = FileStart.Read(path, Math.Max(bytes, FlattenedFile.SignatureSize));
        isFlattened = FlattenedFile.IsSignature(start);
        if (!isFlattened)
        {
            return start[..Math.Min(start.Length, bytes)];
        }

        // Nearly always the first piece for that place says it. The last one counts, and that is known only when all have been looked at.
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        byte[] first = stream.CanSeek ? FlattenedFile.FirstPieceOfBeginning(stream, bytes) : [];
        if (KdumpHeader.IsSignature(first) || ElfCore.IsElf(first) || !stream.CanSeek)
        {
            return first;
        }

        using FileBytes file = Open(path);
        return file.Copy(0, bytes);
    }

    /// <summary>Reads bytes.</summary>
    /// <param name="offset">The first one.</param>
    /// <param name="room">Takes them; all of them lie in the file.</param>
    /// <exception cref="InvalidInputException">They cannot be read.</exception>
    /// <exception cref="ObjectDisposedException">The file is closed.</exception>
    public abstract void Read(ulong offset, Span<byte> room);

    /// <summary>The bytes from an offset on, at most as many as asked for, in memory of their own.</summary>
    /// <exception cref="InvalidInputException">They cannot be read.</exception>
    public byte[] Copy(ulong offset, int bytes)
    {
        byte[] copy = new byte[offset >= Length ? 0 : (int)Math.Min((ulong)bytes, Length - offset)];
        Read(offset, copy);
        return copy;
    }

    /// <summary>The first byte from one on that is not in a hole of the file; the length when there is none.</summary>
    /// <param name="offset">The one. Where holes are not known, it is no hole.</param>
    /// <exception cref="ObjectDisposedException">The file is closed.</exception>
    public virtual ulong NextWritten(ulong offset) => offset;

    /// <summary>Whether bytes lie in the file.</summary>
    public bool Has(ulong offset, ulong bytes) => offset <= Length && bytes <= Length - offset;

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>The exception about the file.</summary>
    /// <param name="reason">What is wrong, without a full stop.</param>
    public InvalidInputException Error(string reason) => TextFile.Error(Name, reason);
}
