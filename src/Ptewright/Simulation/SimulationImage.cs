using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.Memory;

namespace Ptewright.Simulation;

/// <summary>Simulated memory in which tables were built, read like anybody else's.</summary>
/// <param name="memory">The memory; it stays the caller's, and must stay as long as it is read.</param>
/// <param name="registers">How the tables are read.</param>
internal sealed unsafe class SimulationImage(SparseMemory memory, ImageRegisters registers) : MemoryImage
{
    /// <inheritdoc/>
    public override string Name => "the prediction";

    /// <inheritdoc/>
    public override IReadOnlyList<MemorySegment> Segments => [new(memory.Start, memory.End.Value - memory.Start.Value)];

    /// <inheritdoc/>
    public override ImageRegisters Registers => registers;

    /// <inheritdoc/>
    public override MemoryReader OpenReader() => new((address, bytes) =>
    {
        // A piece of memory, which is aligned, has all of what is asked for or nothing.
        PhysicalAddress piece = address.AlignDown(SparseMemory.ChunkSize);
        byte* first = memory.TryAt(piece, SparseMemory.ChunkSize);
        return first == null ? default : new MemoryWindow(piece, SparseMemory.ChunkSize, first);
    });

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
    }
}
