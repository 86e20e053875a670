using System.Numerics;
using Ptewright.Memory;

namespace Ptewright.Images;

/// <summary>A file as memory, read-only, as long as this object lives. It may be larger than the computer's memory: only what is asked for is read, once, in chunks of 64 KiB.</summary>
/// <remarks>
/// A file that is mapped ends the process when somebody cuts it, or when its disk fails. So its bytes are copied, into address space that is reserved for them: a pointer is as good as one
/// into a mapping, and what goes wrong is a sentence. A chunk of nothing but zeros, a hole for instance, costs no memory. Several threads may ask.
/// </remarks>
internal sealed partial class FileMemory : IDisposable
{
    private const int ChunkShift = 16;
    private const ulong ChunkSize = 1UL << ChunkShift;

    // So many chunks, 16 GiB, are looked at in either direction for a piece that is there as a whole.
    private const int MostWords = 1 << 12;

    private readonly FileBytes _file;
    private readonly ulong _mostBytes;
    private readonly Lock _lock = new();
    private ulong[] _loaded = [];
    private ulong _start;
    private ulong _bytesInUse;

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="mostBytes">How many bytes of it may be in memory at once, zeros not counted; by default half of the computer's memory.</param>
    /// <param name="name">What errors call it; null for its path.</param>
    /// <exception cref="InvalidInputException">It is empty or no ordinary file.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public FileMemory(string path, ulong? mostBytes = null, string? name = null)
        : this(new PlainFile(path, name), mostBytes)
    {
    }

    /// <summary>Takes over a file that is open.</summary>
    /// <param name="file">The file, which goes with this object.</param>
    /// <param name="mostBytes">How many bytes of it may be in memory at once, zeros not counted; by default half of the computer's memory.</param>
    public FileMemory(FileBytes file, ulong? mostBytes = null)
    {
        _file = file;
        _mostBytes = mostBytes ?? (ulong)GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2;
    }

    /// <summary>The length in bytes, when it was opened.</summary>
    public ulong Length => _file.Length;

    /// <summary>What <see cref="Reserve"/> reserved: the bytes of the file from its offset on, those of them that <see cref="Need"/> has read.</summary>
    public NativeBlock Block { get; private set; } = null!;

    /// <summary>The bytes from an offset on, at most as many as asked for, in memory of their own.</summary>
    /// <exception cref="InvalidInputException">They cannot be read.</exception>
    public byte[] Copy(ulong offset, int bytes) => _file.Copy(offset, bytes);

    /// <summary>Reads bytes into memory of the caller's own, and keeps none.</summary>
    /// <param name="offset">The first one.</param>
    /// <param name="room">Takes them; all of them lie in the file.</param>
    /// <exception cref="InvalidInputException">They cannot be read (any more).</exception>
    /// <exception cref="ObjectDisposedException">The file is closed.</exception>
    public void Read(ulong offset, Span<byte> room) => _file.Read(offset, room);

    /// <summary>Reserves room for a part of the file, once.</summary>
    /// <param name="offset">Its first byte.</param>
    /// <param name="bytes">How many, at least 1; they lie in the file.</param>
    /// <exception cref="InvalidInputException">There is no room for so much.</exception>
    public void Reserve(ulong offset, ulong bytes)
    {
        try
        {
            // What is larger than all addresses fails here, before anything is made for each of its parts: the holes of a flattened file may be as large as it says.
            Block = NativeBlock.Reserve(bytes);
            _loaded = new ulong[checked((int)((bytes + (ChunkSize * 64) - 1) / (ChunkSize * 64)))];
            _start = offset;
        }
        catch (Exception problem) when (problem is OutOfMemoryException or OverflowException)
        {
            throw _file.Error($"it has {bytes} bytes of memory, more than there is room for here");
        }
    }

    /// <summary>Sees to it that bytes are in memory.</summary>
    /// <param name="at">The first one, counted from the beginning of <see cref="Block"/>.</param>
    /// <param name="bytes">How many, at least 1; they lie in the block.</param>
    /// <exception cref="InvalidInputException">They cannot be read (any more), or there are too many.</exception>
    /// <exception cref="ObjectDisposedException">The file is closed.</exception>
    public void Need(ulong at, ulong bytes)
    {
        for (ulong chunk = at >> ChunkShift; chunk <= (at + bytes - 1) >> ChunkShift; chunk++)
        {
            if (!IsLoaded(chunk))
            {
                Load(chunk);
            }
        }
    }

    /// <summary>The bytes around one of them that are in memory without a gap: at least its chunk's, which is read if need be.</summary>
    /// <param name="at">The one, counted from the beginning of <see cref="Block"/>.</param>
    /// <param name="bytes">How many are needed from there on.</param>
    /// <returns>The first one, and the first one behind.</returns>
    /// <exception cref="InvalidInputException">They cannot be read (any more), or there are too many.</exception>
    public (ulong From, ulong To) Around(ulong at, ulong bytes)
    {
        Need(at, bytes);
        ulong[] loaded = _loaded;
        ulong first = at >> ChunkShift;
        int word = (int)(first >> 6);
        int bit = (int)(first & 63);

        // Down and up, a word of 64 chunks at a time where all of them are there.
        int below = BitOperations.LeadingZeroCount(~(Volatile.Read(ref loaded[word]) << (63 - bit)));
        ulong from = first + 1 - (ulong)below;
        for (int steps = MostWords; (from & 63) == 0 && from > 0 && below > 0 && steps > 0; steps--)
        {
            below = BitOperations.LeadingZeroCount(~Volatile.Read(ref loaded[(from >> 6) - 1]));
            from -= (ulong)below;
        }

        int above = BitOperations.TrailingZeroCount(~(Volatile.Read(ref loaded[word]) >> bit));
        ulong to = first + (ulong)above;
        for (int steps = MostWords; (to & 63) == 0 && to >> 6 < (ulong)loaded.Length && above > 0 && steps > 0; steps--)
        {
            above = BitOperations.TrailingZeroCount(~Volatile.Read(ref loaded[to >> 6]));
            to += (ulong)above;
        }

        return (from << ChunkShift, Math.Min(to << ChunkShift, Block.Length));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file.Dispose();
        Block?.Dispose();
    }

    private bool IsLoaded(ulong chunk) => ((Volatile.Read(ref _loaded[chunk >> 6]) >> (int)(chunk & 63)) & 1) != 0;

    private void Load(ulong chunk)
    {
        lock (_lock)
        {
            if (IsLoaded(chunk))
            {
                return;
            }

            ulong at = chunk << ChunkShift;
            int bytes = (int)Math.Min(ChunkSize, Block.Length - at);
            if (_bytesInUse + (ulong)bytes > _mostBytes)
            {
                throw _file.Error($"more than {_mostBytes >> 20} MiB of it would have to be in memory at once");
            }

            Span<byte> room = Block.Span(at, bytes);
            _file.Read(_start + at, room);
            if (room.ContainsAnyExcept((byte)0))
            {
                _bytesInUse += (ulong)bytes;
            }
            else
            {
                Block.ForgetZeros(at, bytes);
            }

            // Behind the bytes: whoever sees the bit sees them.
            Volatile.Write(ref _loaded[chunk >> 6], _loaded[chunk >> 6] | (1UL << (int)(chunk & 63)));
        }
    }
}
