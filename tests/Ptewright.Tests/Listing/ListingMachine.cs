using Ptewright.Addressing;
using Ptewright.Kernels.Versions;
using Ptewright.LinearMap;
using Ptewright.Listing;
using Ptewright.Simulation;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Tests.Listing;

/// <summary>Tables written by hand, entry by entry, and their listing.</summary>
internal sealed unsafe class ListingMachine : IDisposable
{
    private readonly TestMachine _machine;
    private readonly KernelProfile _kernel;
    private int _next = 8;

    public ListingMachine(TableGeometry geometry, KernelProfile kernel)
    {
        _kernel = kernel;
        _machine = new TestMachine(geometry, kernel.FixmapFor(geometry));
    }

    public TableGeometry Geometry => _machine.Geometry;

    public PhysicalAddress Root => _machine.Root;

    /// <summary>The text of a file that was written by hand from the rules of the format.</summary>
    public static string Golden(string name) => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "data", "golden", $"ptdump-{name}.txt"));

    /// <summary>An empty table, linked into an entry of another one.</summary>
    public PhysicalAddress Table(PhysicalAddress parent, int index)
    {
        PhysicalAddress table = _machine.Page(_next++);
        new Span<byte>(_machine.Window(table, 3).Entries, (int)Geometry.PageSize).Clear();
        _machine.Write(parent, index, _machine.Link(table));
        return table;
    }

    /// <summary>Empty tables down to the level of pages, all for the address where the listing of a 6.12 begins; the last first.</summary>
    public PhysicalAddress[] Chain(int downTo = 3)
    {
        Stack<PhysicalAddress> tables = new([Root]);
        for (int level = Geometry.WalkRootLevel; level < downTo; level++)
        {
            tables.Push(Table(tables.Peek(), Geometry.Index(level, Geometry.ActualPageOffset)));
        }

        return [.. tables];
    }

    /// <summary>Writes an entry.</summary>
    public void Write(PhysicalAddress table, int index, ulong raw) => _machine.Write(table, index, new Descriptor(raw));

    /// <summary>The listing.</summary>
    public string Text()
    {
        using StringWriter output = new();
        using SimulationImage image = _machine.Image();
        PtdumpLister.List(output, image, BuiltTables.RootOf(Geometry, _machine.Format, Root), Geometry, _kernel);
        return output.ToString();
    }

    /// <summary>The lines of the listing.</summary>
    public string[] Lines() => Text().Split('\n');

    /// <inheritdoc/>
    public void Dispose() => _machine.Dispose();
}
