namespace Ptewright.Memory;

/// <summary>Memory in pieces of 2 MiB, taken from the system in larger blocks: huge pages where it gives them. All of it is given back at once.</summary>
internal sealed unsafe class HostPages : IDisposable
{
    private const ulong BlockSize = 64 << 20;

    private readonly List<NativeBlock> _blocks = [];
    private ulong _taken;

    /// <summary>Takes a piece, aligned to its size.</summary>
    /// <exception cref="OutOfMemoryException">There is no more.</exception>
    public byte* Take()
    {
        // Guarded, each piece is a block of its own.
        ulong size = NativeBlock.IsGuarded ? SparseMemory.ChunkSize : BlockSize;
        if (_blocks.Count == 0 || _blocks[^1].Length - _taken < SparseMemory.ChunkSize)
        {
            _blocks.Add(NativeBlock.Take(size, SparseMemory.ChunkSize));
            _taken = 0;
        }

        byte* piece = _blocks[^1].Pointer + _taken;
        _taken += SparseMemory.ChunkSize;
        return piece;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (NativeBlock block in _blocks)
        {
            block.Dispose();
        }

        _blocks.Clear();
    }
}
