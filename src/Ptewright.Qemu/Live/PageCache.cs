using Ptewright.Addressing;
using Ptewright.Memory;

namespace Ptewright.Live;

/// <summary>Copies of a guest's pages, each fetched once and kept where it is.</summary>
/// <param name="name">What errors call the guest.</param>
/// <param name="fetch">Fetches whole pages into memory; false when the guest has none there.</param>
/// <param name="mostPages">How many pages are kept. None is given up for another one, because somebody may still look at it.</param>
internal sealed unsafe class PageCache(string name, PageCache.Fetch fetch, int mostPages = PageCache.UsualMostPages) : IDisposable
{
    /// <summary>1 GiB: the tables of 512 GiB that are mapped page by page.</summary>
    public const int UsualMostPages = 1 << 18;

    /// <summary>What is fetched at once: the smallest page. A larger table comes in pieces, which lie behind one another in a block.</summary>
    public const int PageSize = 4096;

    // Addresses of one block are behind one another in memory too, so that a table of any granule is one piece.
    private const int BlockShift = 16;

    private readonly Dictionary<ulong, Block> _blocks = [];
    private int _pages;
    private bool _isDisposed;

    /// <summary>A pointer to memory, fetching what is missing.</summary>
    /// <param name="address">The first byte.</param>
    /// <param name="bytes">How many; they must not cross a multiple of 64 KiB.</param>
    /// <returns>Null when the guest has no such memory.</returns>
    /// <exception cref="InvalidInputException">No more pages can be kept.</exception>
    public byte* Map(PhysicalAddress address, ulong bytes)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        ulong number = address.Value >> BlockShift;
        int offset = (int)(address.Value & ((1UL << BlockShift) - 1));
        if (bytes == 0 || bytes > (1UL << BlockShift) - (ulong)offset)
        {
            return null;
        }

        if (!_blocks.TryGetValue(number, out Block? block))
        {
            CheckRoom(_blocks.Count + 1);
            block = new Block();
            _blocks.Add(number, block);
        }

        int last = (int)(((ulong)offset + bytes - 1) >> 12);
        for (int page = offset >> 12; page <= last;)
        {
            if ((block.Present & (1u << page)) != 0)
            {
                page++;
                continue;
            }

            int count = 1;
            while (page + count <= last && (block.Present & (1u << (page + count))) == 0)
            {
                count++;
            }

            CheckRoom(_pages + count);
            PhysicalAddress from = new((number << BlockShift) + ((ulong)page << 12));
            if (!fetch(from, block.Bytes.Span((ulong)page << 12, count << 12)))
            {
                return null;
            }

            block.Present |= ((1u << count) - 1) << page;
            _pages += count;
            page += count;
        }

        return block.Bytes.Pointer + offset;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _isDisposed = true;
        foreach (Block block in _blocks.Values)
        {
            block.Dispose();
        }

        _blocks.Clear();
    }

    private void CheckRoom(int wanted)
    {
        if (wanted > mostPages)
        {
            throw new InvalidInputException(
                $"{name}: more than {((ulong)mostPages * PageSize) >> 20} MiB of its memory were asked for, the most that is copied; memory that is shared (qmp:) needs no copy.");
        }
    }

    /// <summary>Fetches whole pages.</summary>
    public delegate bool Fetch(PhysicalAddress from, Span<byte> destination);

    private sealed class Block : IDisposable
    {
        public NativeBlock Bytes { get; } = NativeBlock.Take(1 << BlockShift);

        public uint Present { get; set; }

        public void Dispose() => Bytes.Dispose();
    }
}
