using System.Runtime.InteropServices;
using Ptewright.Addressing;
using Ptewright.Memory;

namespace Ptewright.Cli.Commands.Bench;

/// <summary>Memory for tables that would not fit: upper tables are kept, level-3 tables are written into a ring of pages and overwritten in turn.</summary>
/// <remarks>A level-3 table is only ever touched through its slot while it is filled, so nothing notices. The ring is gone through downwards, as the
/// early allocator would.</remarks>
internal sealed unsafe class RecyclingMemory : IDisposable
{
    private const ulong PageSize = 4096;

    private readonly Dictionary<ulong, nint> _kept = [];
    private readonly List<nint> _spare = [];
    private readonly HostPages _pages = new();
    private readonly byte*[] _ring;
    private readonly ulong _ringPages;
    private readonly VirtualAddress _leafSlot;
    private byte* _piece;
    private ulong _pieceLeft;
    private ulong _next;

    /// <summary>Recycles what is reached through <paramref name="leafSlot"/>.</summary>
    public RecyclingMemory(VirtualAddress leafSlot, ulong ringBytes)
    {
        _leafSlot = leafSlot;
        _ring = new byte*[ringBytes / SparseMemory.ChunkSize];
        for (int i = 0; i < _ring.Length; i++)
        {
            _ring[i] = _pages.Take();
            new Span<byte>(_ring[i], (int)SparseMemory.ChunkSize).Fill(0xf7);
        }

        _ringPages = (ulong)_ring.Length * (SparseMemory.ChunkSize / PageSize);
    }

    public View Memory => new(this);

    /// <summary>Forgets the upper tables; their pages are used again.</summary>
    public void Forget()
    {
        foreach (nint page in _kept.Values)
        {
            new Span<byte>((void*)page, (int)PageSize).Fill(0xf7);
        }

        _spare.AddRange(_kept.Values);
        _kept.Clear();
    }

    public void Dispose() => _pages.Dispose();

    private byte* Leaf()
    {
        _next = (_next == 0 ? _ringPages : _next) - 1;
        return _ring[_next >> (SparseMemory.ChunkShift - 12)] + ((_next & ((SparseMemory.ChunkSize / PageSize) - 1)) * PageSize);
    }

    private byte* Kept(PhysicalAddress address)
    {
        ref nint page = ref CollectionsMarshal.GetValueRefOrAddDefault(_kept, address.Value & ~(PageSize - 1), out bool exists);
        if (!exists)
        {
            page = Fresh();
        }

        return (byte*)page + (address.Value & (PageSize - 1));
    }

    private nint Fresh()
    {
        if (_spare.Count > 0)
        {
            nint page = _spare[^1];
            _spare.RemoveAt(_spare.Count - 1);
            return page;
        }

        if (_pieceLeft == 0)
        {
            _piece = _pages.Take();
            _pieceLeft = SparseMemory.ChunkSize;
            new Span<byte>(_piece, (int)SparseMemory.ChunkSize).Fill(0xf7);
        }

        _pieceLeft -= PageSize;
        return (nint)(_piece + _pieceLeft);
    }

    /// <summary>The engine's view.</summary>
    internal readonly struct View(RecyclingMemory owner) : IPhysicalMemory
    {
        public void* At(PhysicalAddress address) => owner.Kept(address);

        public void* Through(VirtualAddress window, PhysicalAddress address) =>
            window == owner._leafSlot ? owner.Leaf() : owner.Kept(address);
    }
}
