using Ptewright.Addressing;
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
        ulong page = 1UL << Root.PageShift;
        using Simulated source = new(simulation.Memory);
        TablePages found = new(page);
        _ = TableScanner.Scan(source, Root, found);
        Bytes = (ulong)found.Pages.Count * page;
        _pages = NativeBlock.Take(Bytes);
        List<(MemorySegment Segment, Place Place)> parts = [];
        ulong next = 0;
        foreach (ulong address in found.Pages)
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

    private sealed class TablePages(ulong page) : IRangeSink
    {
        public SortedSet<ulong> Pages { get; } = [];

        public void OnRange(in MappedRange range)
        {
        }

        public void OnProblem(TableProblem problem)
        {
        }

        public void OnTable(PhysicalAddress table, int level, VirtualAddress start, int bytes) => _ = Pages.Add(table.AlignDown(page).Value);
    }

    private sealed class Simulated(SparseMemory memory) : MemoryImage
    {
        public override string Name => "simulation";

        public override IReadOnlyList<MemorySegment> Segments => [];

        public override byte* Map(PhysicalAddress address, ulong bytes) => memory.TryAt(address, bytes);

        protected override void Dispose(bool disposing)
        {
        }
    }
}
