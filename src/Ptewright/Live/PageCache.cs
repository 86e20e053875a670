using Ptewright.Addressing;
using Ptewright.Memory;

namespace Ptewright.Live;

/// <summary>Copies of a guest's pages, each fetched once and kept where it is.</summary>
internal sealed unsafe class PageCache : IDisposable
{
    /// <summary>What is fetched at once: the smallest page. A larger table comes in pieces, which lie behind one another in a block.</summary>
    public const int PageSize = 4096;

    // Addresses of one block are behind one another in memory too, so that a table of any granule is one piece.
    private const int BlockShift = 16;

    private readonly Dictionary<ulong, Block> _blocks = [];
    private bool _isDisposed;

    /// <summary>A pointer to memory, fetching what is missing.</summary>
    /// <param name="address">The first byte.</param>
    /// <param name="bytes">How many; they must not cross a multiple of 64 KiB.</param>
    /// <param name="fetch">Fetches whole pages into memory; false when the guest has none there.</param>
    public byte* Map(PhysicalAddress address, ulong bytes, Fetch fetch)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        ulong number = address.Value >> BlockShift;
        int offset = (int)(address.Value & ((1UL << BlockShift) - 1));
        if (bytes == 0 || (ulong)offset + bytes > 1UL << BlockShift)
        {
            return null;
        }

        if (!_blocks.TryGetValue(number, out Block? block))
        {
            block = new Block(NativeBlock.Take(1 << BlockShift));
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

            PhysicalAddress from = new((number << BlockShift) + ((ulong)page << 12));
            if (!fetch(from, block.Bytes.Span((ulong)page << 12, count << 12)))
            {
                return null;
            }

            block.Present |= ((1u << count) - 1) << page;
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
            block.Bytes.Dispose();
        }

        _blocks.Clear();
    }

    /// <summary>Fetches whole pages.</summary>
    public delegate bool Fetch(PhysicalAddress from, Span<byte> destination);

    private sealed class Block(NativeBlock bytes)
    {
        public NativeBlock Bytes { get; } = bytes;

        public uint Present { get; set; }
    }
}
