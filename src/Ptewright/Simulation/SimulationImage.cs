using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.Simulation;

namespace Ptewright.Simulation;

/// <summary>The memory of a simulation that has built its tables, read like anybody else's.</summary>
internal sealed unsafe class SimulationImage : MemoryImage
{
    private readonly LinearMapSimulation _simulation;

    /// <summary>Reads the tables that the last build left.</summary>
    /// <param name="simulation">The simulation; it stays the caller's.</param>
    /// <param name="registers">How they are read.</param>
    public SimulationImage(LinearMapSimulation simulation, ImageRegisters registers)
    {
        _simulation = simulation;
        Registers = registers;
    }

    /// <inheritdoc/>
    public override string Name => "the prediction";

    /// <inheritdoc/>
    public override IReadOnlyList<MemorySegment> Segments => [new(_simulation.Memory.Start, _simulation.Memory.End.Value - _simulation.Memory.Start.Value)];

    /// <inheritdoc/>
    public override ImageRegisters Registers { get; }

    /// <inheritdoc/>
    public override byte* Map(PhysicalAddress address, ulong bytes) =>
        _simulation.Memory.TryAt(address, bytes);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
    }
}
