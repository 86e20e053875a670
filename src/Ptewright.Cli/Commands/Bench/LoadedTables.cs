using Ptewright.Addressing;
using Ptewright.Captures;
using Ptewright.Images;
using Ptewright.Memory;
using Ptewright.Simulation;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Cli.Commands.Bench;

/// <summary>The tables that a simulation built, loaded as a capture is: all table pages in one piece of memory.</summary>
internal sealed unsafe class LoadedTables : SegmentedImage
{
    private readonly NativeBlock _pages;

    /// <summary>Copies the tables.</summary>
    /// <param name="simulation">What built them.</param>
    /// <param name="registers">How they are read.</param>
    public LoadedTables(LinearMapSimulation simulation, ImageRegisters registers)
    {
        Root = TranslationRoot.Of(registers, AddressHalf.Upper);
        const ulong page = FolderDescription.SmallestPage;
        using SimulationImage source = new(simulation.Memory, registers);
        TablePages found = new();
        found.Collect(source, Root);
        Bytes = found.Bytes;
        _pages = NativeBlock.Take(Bytes);
        List<(MemorySegment Segment, Place Place)> parts = [];
        ulong next = 0;
        foreach (ulong address in found.Ascending())
        {
            simulation.Memory.Read(new PhysicalAddress(address), (int)page).CopyTo(_pages.Span(next, (int)page));
            if (parts.Count > 0 && parts[^1] is var last && last.Segment.Start.Value + last.Segment.Size == address)
            {
                parts[^1] = (last.Segment with { Size = last.Segment.Size + page }, last.Place);
            }
            else
            {
                parts.Add((new MemorySegment(new PhysicalAddress(address), page), new Place(_pages, next)));
            }

            next += page;
        }

        SetSegments(parts);
    }

    /// <inheritdoc/>
    public override string Name => "built tables";

    /// <summary>How the tables are read.</summary>
    public TranslationRoot Root { get; }

    /// <summary>The size of all tables.</summary>
    public ulong Bytes { get; }

    /// <summary>All tables behind one another.</summary>
    public ulong* Pages => (ulong*)_pages.Pointer;

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _pages.Dispose();
}
