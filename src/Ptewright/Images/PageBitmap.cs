using System.Numerics;
using System.Runtime.InteropServices;

namespace Ptewright.Images;

/// <summary>A bit for each page frame of a dump, the least significant bit of a byte first, and how many are set before each.</summary>
/// <remarks>Memory often begins far behind 0, so the bits are kept in chunks of 4096 bytes, and such with nothing in them not at all.</remarks>
internal sealed class PageBitmap
{
    private const int ChunkBytes = 4096;
    private const int ChunkWords = ChunkBytes / sizeof(ulong);
    private const int ChunkShift = 15;
    private const ulong ChunkPages = 1UL << ChunkShift;

    // 128 TiB of pages of 4K in one place, or 16 TiB of such that are there: more than machines have.
    private const ulong MostBytes = 4UL << 30;
    private const int MostChunks = 1 << 17;

    private readonly ulong[]?[] _chunks;

    // For each chunk, and behind the last one.
    private readonly ulong[] _before;

    /// <summary>Reads a bitmap.</summary>
    /// <param name="file">The file.</param>
    /// <param name="offset">Where it begins; all of it lies in the file.</param>
    /// <param name="pages">For how many pages it is; bits behind them do not count.</param>
    /// <exception cref="InvalidInputException">It is too large, or cannot be read.</exception>
    public PageBitmap(FileBytes file, ulong offset, ulong pages)
    {
        Pages = pages;
        ulong bytes = (pages + 7) / 8;
        if (bytes > MostBytes)
        {
            throw file.Error($"its bitmap at offset 0x{offset:x} is for {pages} pages, more than the {MostBytes * 8} that are read");
        }

        int count = (int)((pages + ChunkPages - 1) >> ChunkShift);
        _chunks = new ulong[]?[count];
        _before = new ulong[count + 1];
        ulong[] room = new ulong[ChunkWords];
        int kept = 0;
        for (int i = 0; i < count; i++)
        {
            ulong at = (ulong)i * ChunkBytes;
            Span<byte> chunk = MemoryMarshal.AsBytes(room.AsSpan());
            int length = (int)Math.Min(ChunkBytes, bytes - at);
            file.Read(offset + at, chunk[..length]);
            chunk[length..].Clear();
            if (i == count - 1 && (pages & (ChunkPages - 1)) is var left and not 0)
            {
                ForgetBehind(room, (int)left);
            }

            ulong set = 0;
            foreach (ulong word in room)
            {
                set += (ulong)BitOperations.PopCount(word);
            }

            _before[i + 1] = _before[i] + set;
            if (set != 0)
            {
                _chunks[i] = kept++ < MostChunks ? room : throw file.Error($"its bitmap at offset 0x{offset:x} has more pages than are read");
                room = new ulong[ChunkWords];
            }
        }
    }

    /// <summary>For how many pages it is.</summary>
    public ulong Pages { get; }

    /// <summary>How many are set.</summary>
    public ulong Count => _before[^1];

    /// <summary>Whether a page's bit is set; behind the last one none is.</summary>
    public bool this[ulong page] => page < Pages && _chunks[page >> ChunkShift] is { } chunk && ((chunk[(page >> 6) & (ChunkWords - 1)] >> (int)(page & 63)) & 1) != 0;

    /// <summary>How many are set before a page.</summary>
    /// <param name="page">The page, or the one behind the last.</param>
    public ulong CountBefore(ulong page)
    {
        if (page >= Pages)
        {
            return Count;
        }

        ulong index = page >> ChunkShift;
        ulong count = _before[index];
        if (_chunks[index] is { } chunk)
        {
            int words = (int)(page >> 6) & (ChunkWords - 1);
            for (int i = 0; i < words; i++)
            {
                count += (ulong)BitOperations.PopCount(chunk[i]);
            }

            count += (ulong)BitOperations.PopCount(chunk[words] & ((1UL << (int)(page & 63)) - 1));
        }

        return count;
    }

    /// <summary>The first page from another one on whose bit is or is not set; <see cref="Pages"/> where there is none.</summary>
    public ulong Next(ulong page, bool isSet)
    {
        while (page < Pages)
        {
            if (_chunks[page >> ChunkShift] is not { } chunk)
            {
                if (!isSet)
                {
                    return page;
                }

                page = ((page >> ChunkShift) + 1) << ChunkShift;
                continue;
            }

            ulong word = chunk[(page >> 6) & (ChunkWords - 1)];
            word = (isSet ? word : ~word) >> (int)(page & 63);
            if (word != 0)
            {
                return Math.Min(Pages, page + (ulong)BitOperations.TrailingZeroCount(word));
            }

            page = ((page >> 6) + 1) << 6;
        }

        return Pages;
    }

    /// <summary>Whether the same bits are set in another one.</summary>
    public bool HasSameBits(PageBitmap other)
    {
        if (Pages != other.Pages || Count != other.Count)
        {
            return false;
        }

        for (int i = 0; i < _chunks.Length; i++)
        {
            if (!_chunks[i].AsSpan().SequenceEqual(other._chunks[i]))
            {
                return false;
            }
        }

        return true;
    }

    private static void ForgetBehind(ulong[] words, int pages)
    {
        int at = pages >> 6;
        if ((pages & 63) != 0)
        {
            words[at++] &= (1UL << (pages & 63)) - 1;
        }

        words.AsSpan(at).Clear();
    }
}
