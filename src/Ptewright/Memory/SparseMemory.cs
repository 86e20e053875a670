using System.Runtime.CompilerServices;
using Ptewright.Addressing;

namespace Ptewright.Memory;

/// <summary>Simulated physical memory of any size: only what is touched exists, and it starts out dirty.</summary>
/// <remarks>
/// Fresh memory holds <see cref="Poison"/>, which would decode as a valid page descriptor, so that a table that nobody zeroed shows.
/// Memory comes in chunks of 2 MiB, from the operating system in larger blocks (huge pages where it offers them).
/// </remarks>
internal sealed unsafe class SparseMemory : IDisposable
{
    internal const int ChunkShift = 21;
    internal const ulong ChunkSize = 1UL << ChunkShift;

    /// <summary>What every 64-bit word of fresh memory holds: a valid, writable, executable page at an address that no test uses.</summary>
    public const ulong Poison = 0x0000_dead_beef_f703;

    private readonly HostPages _pages = new();
    private readonly NativeBlock _table;
    private readonly byte** _chunks;
    private readonly ulong _firstChunk;
    private readonly ulong _count;

    // As many as may be touched: none once the memory is gone, so that At needs no check of its own for it.
    private ulong _chunkCount;
    private readonly Lock _lock = new();
    private readonly List<nint> _inUse = [];

    /// <summary>Memory for physical addresses [<paramref name="start"/>, <paramref name="end"/>).</summary>
    /// <param name="start">The lowest address that can be touched.</param>
    /// <param name="end">The first address behind.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is none between them.</exception>
    /// <exception cref="OutOfMemoryException">There is not enough for the list of its chunks.</exception>
    public SparseMemory(PhysicalAddress start, PhysicalAddress end)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(start.Value, end.Value, nameof(start));
        _firstChunk = start.Value >> ChunkShift;
        _count = _chunkCount = ((end.Value - 1) >> ChunkShift) - _firstChunk + 1;
        _table = NativeBlock.Reserve(_chunkCount * (ulong)sizeof(byte*));
        _chunks = (byte**)_table.Pointer;
    }

    /// <summary>The lowest address that can be touched, rounded down to 2 MiB.</summary>
    internal PhysicalAddress Start => new(_firstChunk << ChunkShift);

    /// <summary>The first address behind what can be touched, rounded up to 2 MiB.</summary>
    internal PhysicalAddress End => new((_firstChunk + _count) << ChunkShift);

    /// <summary>How many bytes exist.</summary>
    public ulong TouchedBytes => (ulong)_inUse.Count * ChunkSize;

    /// <summary>The engine's view.</summary>
    internal HostMemory View => new(this);

    /// <summary>Makes all memory dirty again.</summary>
    /// <exception cref="ObjectDisposedException">The memory is gone.</exception>
    public void Dirty()
    {
        ObjectDisposedException.ThrowIf(_chunkCount == 0, this);
        foreach (nint chunk in _inUse)
        {
            new Span<ulong>((void*)chunk, (int)(ChunkSize / sizeof(ulong))).Fill(Poison);
        }
    }

    /// <summary>The bytes of one page, good until the memory is disposed of.</summary>
    /// <param name="page">A page-aligned address.</param>
    /// <param name="bytes">How many bytes; not across a 2 MiB boundary.</param>
    /// <exception cref="ArgumentOutOfRangeException">They lie outside this memory, or across such a boundary.</exception>
    /// <exception cref="ObjectDisposedException">The memory is gone.</exception>
    public ReadOnlySpan<byte> Read(PhysicalAddress page, int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((ulong)(uint)bytes, ChunkSize - (page.Value & (ChunkSize - 1)), nameof(bytes));
        return new(At(page.Value), bytes);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _chunkCount = 0;
        _inUse.Clear();
        _table.Dispose();
        _pages.Dispose();
    }

    /// <summary>A pointer to bytes behind one another; null where they are outside this memory, or across a 2 MiB boundary.</summary>
    /// <exception cref="ObjectDisposedException">The memory is gone.</exception>
    internal byte* TryAt(PhysicalAddress address, ulong bytes) =>
        address >= Start && address.Value >> ChunkShift < _firstChunk + _count && bytes <= ChunkSize - (address.Value & (ChunkSize - 1)) ? At(address.Value) : null;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal byte* At(ulong address)
    {
        ulong chunk = (address >> ChunkShift) - _firstChunk;
        byte* memory = chunk < _chunkCount ? _chunks[chunk] : null;
        return (memory != null ? memory : Chunk(address)) + (address & (ChunkSize - 1));
    }

    // The rare case of At: memory that was not touched before, or is none.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private byte* Chunk(ulong address)
    {
        ObjectDisposedException.ThrowIf(_chunkCount == 0, this);
        ulong chunk = (address >> ChunkShift) - _firstChunk;
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(chunk, _chunkCount, nameof(address));
        lock (_lock)
        {
            if (_chunks[chunk] == null)
            {
                byte* memory = _pages.Take();
                new Span<ulong>(memory, (int)(ChunkSize / sizeof(ulong))).Fill(Poison);
                _inUse.Add((nint)memory);
                _chunks[chunk] = memory;
            }
        }

        return _chunks[chunk];
    }
}

/// <summary>The engine's view of <see cref="SparseMemory"/>: a window's address makes no difference, the physical one does.</summary>
internal readonly unsafe struct HostMemory(SparseMemory memory) : IPhysicalMemory
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void* At(PhysicalAddress address) => memory.At(address.Value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void* Through(VirtualAddress window, PhysicalAddress address) => memory.At(address.Value);
}
