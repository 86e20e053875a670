using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.Memory;

namespace Ptewright.Live;

/// <summary>Copies of a guest's pages, each fetched once and kept where it is.</summary>
/// <param name="name">What errors call the guest.</param>
/// <param name="fetch">Fetches whole pages into memory; false when the guest has none there.</param>
/// <param name="mostPages">How many pages are kept. None is given up for another one: the guest would have to be asked again.</param>
internal sealed unsafe class PageCache(string name, PageCache.Fetch fetch, int mostPages = PageCache.UsualMostPages) : IDisposable
{
    /// <summary>1 GiB: the tables of 512 GiB that are mapped page by page.</summary>
    public const int UsualMostPages = 1 << 18;

    /// <summary>What is fetched at once: the smallest page. A larger table comes in pieces, which lie behind one another in a block.</summary>
    public const int PageSize = 4096;

    // Addresses of one block are behind one another in memory too, so that a table of any granule is one piece.
    private const int BlockShift = 16;

    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, Block> _blocks = [];
    private int _pages;
    private int _readers;
    private bool _isDisposed;

    /// <summary>A reader, which keeps the pages that were fetched as long as it is open.</summary>
    /// <exception cref="ObjectDisposedException">The pages are gone.</exception>
    public MemoryReader OpenReader()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            _readers++;
        }

        return new MemoryReader(Find, () => Leave(isLast: false));
    }

    /// <inheritdoc/>
    public void Dispose() => Leave(isLast: true);

    private void Leave(bool isLast)
    {
        lock (_lock)
        {
            _isDisposed |= isLast;
            _readers -= isLast ? 0 : 1;
            if (!_isDisposed || _readers > 0)
            {
                return;
            }

            foreach (Block block in _blocks.Values)
            {
                block.Dispose();
            }

            _blocks.Clear();
        }
    }

    // One connection for all readers: what one of them fetches the others have too.
    private MemoryWindow Find(PhysicalAddress address, int bytes)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return Fetched(address, bytes);
        }
    }

    private MemoryWindow Fetched(PhysicalAddress address, int bytes)
    {
        ulong number = address.Value >> BlockShift;
        int offset = (int)(address.Value & ((1UL << BlockShift) - 1));
        if (!_blocks.TryGetValue(number, out Block? block))
        {
            CheckRoom(_blocks.Count + 1);
            block = new Block();
            _blocks.Add(number, block);
        }

        int last = (offset + bytes - 1) >> 12;
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
                return default;
            }

            block.Present |= ((1u << count) - 1) << page;
            _pages += count;
            page += count;
        }

        // And what lies beside it and was fetched before.
        int first = offset >> 12;
        for (; first > 0 && (block.Present & (1u << (first - 1))) != 0; first--)
        {
        }

        for (; last < (1 << (BlockShift - 12)) - 1 && (block.Present & (1u << (last + 1))) != 0; last++)
        {
        }

        ulong start = (ulong)first << 12;
        return new MemoryWindow(new PhysicalAddress((number << BlockShift) + start), ((ulong)last + 1 << 12) - start, block.Bytes.Pointer + start);
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
