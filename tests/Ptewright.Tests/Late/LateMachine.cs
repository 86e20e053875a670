using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Simulation;
using Ptewright.Tests.LinearMap;
using Ptewright.Translation;

namespace Ptewright.Tests.Late;

/// <summary>A machine with 1 GiB of memory at 1 GiB whose linear map stands, made of blocks; and what tests ask about its tables.</summary>
internal static class LateMachine
{
    public const ulong MiB = 1UL << 20;
    public const ulong GiB = 1UL << 30;

    /// <summary>The unit in which memory comes and goes with 4K and 16K pages.</summary>
    public const ulong Section = 128 * MiB;

    /// <summary>Where memory is added: 4 GiB, so 3 GiB into the linear map, where nothing is yet below level 1.</summary>
    public static PhysicalAddress Above => new(4 * GiB);

    public static MapFlags PagesOnly => MapFlags.NoBlock | MapFlags.NoContiguous;

    public static LinearMapSimulation Build(GranuleSize granule = GranuleSize.Size4K, int bits = 48, int? actual = null)
    {
        MemoryLayout memory = MemoryLayout.OfRange(new PhysicalAddress(GiB), GiB);
        TableGeometry geometry = Plans.Geometry(granule, bits, actual);
        LinearMapSimulation simulation = new(LinearMapPlan.ForMemory(memory, geometry, Wide(geometry), MapFlags.None));
        _ = simulation.Build(Plans.Strategy("single-map"));
        return simulation;
    }

    public static LateSimulation Late(
        LinearMapSimulation simulation,
        MapFlags? flags = null,
        string strategy = "single-map",
        bool rootThroughSlot = true,
        RemovalFlush flush = RemovalFlush.WholeRange) =>
        new(simulation, new LateOptions(Plans.Strategy(strategy), flags ?? PagesOnly, rootThroughSlot, flush));

    /// <summary>All tables as text, without where they lie: level, attributes, and what leaves lead to.</summary>
    /// <remarks>The judge of late changes, by a walk of its own that is neither the engine's nor the reader's.</remarks>
    public static IReadOnlyList<string> Contents(LinearMapSimulation simulation)
    {
        List<string> lines = [];
        TableTree<HostMemory> tree = simulation.Tree();
        TableWindow root = tree.Root(simulation.Root);
        if (tree.Geometry.WalkRootLevel != tree.Geometry.RootLevel)
        {
            root = tree.Lower(root, default);
        }

        Visit(ref tree, root, tree.Geometry.RootTableEntries, string.Empty, lines);
        return lines;
    }

    private static unsafe void Visit(ref TableTree<HostMemory> tree, TableWindow table, int entries, string path, List<string> lines)
    {
        for (int i = 0; i < entries; i++)
        {
            Descriptor entry = table.Entries[i];
            if (entry.IsNone)
            {
                continue;
            }

            bool isTable = table.Level < 3 && entry.IsTableOrPage;
            lines.Add($"{path}/{i} {(isTable ? $"table 0x{tree.Format.AttributesOf(entry):x}" : entry.ToString())}");
            if (isTable)
            {
                Visit(ref tree, tree.Lower(table, entry), tree.Geometry.EntriesPerTable, $"{path}/{i}", lines);
            }
        }
    }

    private static bool Wide(TableGeometry geometry) => geometry.ActualVirtualAddressBits == 52;
}
