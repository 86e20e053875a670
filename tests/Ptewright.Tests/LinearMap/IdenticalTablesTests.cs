using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Simulation;
using Ptewright.Translation;

namespace Ptewright.Tests.LinearMap;

/// <summary>All strategies make the same tables: the memory images are byte-identical, not only their digests.</summary>
public sealed class IdenticalTablesTests
{
    public static TheoryData<GranuleSize, int, bool> Shapes => new()
    {
        { GranuleSize.Size4K, 39, false }, { GranuleSize.Size4K, 48, false }, { GranuleSize.Size4K, 48, true }, { GranuleSize.Size4K, 52, false },
        { GranuleSize.Size16K, 36, false }, { GranuleSize.Size16K, 47, true }, { GranuleSize.Size16K, 48, false }, { GranuleSize.Size16K, 52, true },
        { GranuleSize.Size64K, 42, false }, { GranuleSize.Size64K, 48, true }, { GranuleSize.Size64K, 52, false },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Every_combination_of_switches_leaves_the_same_bytes_in_memory(GranuleSize granule, int bits, bool blocks)
    {
        MemoryLayout memory = new();
        PhysicalAddress start = new(0x4000_0000);
        memory.Add(start, start + (300UL << 20));
        memory.MarkNoMap(start + (5UL << 20), start + (7UL << 20) + 0x3000);
        memory.Reserve(start + (299UL << 20), start + (300UL << 20));
        LinearMapPlan plan = LinearMapPlan.ForMemory(
            memory, Plans.Geometry(granule, bits), bits == 52, blocks ? MapFlags.None : Plans.PagesOnly);
        using LinearMapSimulation simulation = new(plan);

        byte[]? first = null;
        TableDigest digest = default;
        foreach (StrategyOptions strategy in StrategyOptions.All.Where(options => options.Objection is null))
        {
            _ = simulation.Build(strategy);
            byte[] image = Image(simulation, start, start + (300UL << 20));
            first ??= image;
            digest = digest == default ? simulation.Digest() : digest;
            Assert.True(first.AsSpan().SequenceEqual(image), $"{strategy} left other bytes in memory");
            Assert.Equal(digest, simulation.Digest());
        }
    }

    // Every granule with every size of addresses, folded roots among them.
    [Fact]
    public void The_digest_of_the_reader_is_that_of_the_walk_at_EL1_in_every_shape()
    {
        foreach (TableGeometry geometry in Ptewright.Tests.Shapes.All)
        {
            foreach (MapFlags flags in new[] { MapFlags.None, Plans.PagesOnly })
            {
                MemoryLayout memory = MemoryLayout.OfRange(new PhysicalAddress(0x4000_0000), 300UL << 20);
                using LinearMapSimulation simulation = new(LinearMapPlan.ForMemory(memory, geometry, geometry.ActualVirtualAddressBits == 52, flags));
                BuildResult result = simulation.Build(StrategyPresets.SingleMap.Options);
                TableTree<HostMemory> tree = simulation.Tree();
                TableDigest judge = TableDigest.Compute(ref tree, simulation.Root, out ulong judged);
                Assert.Equal((geometry, judge, judged), (geometry, simulation.Digest(out ulong tables), tables));
                Assert.Equal(result.Statistics.Tables + 1, tables);
            }
        }
    }

    [Fact]
    public void The_digest_sees_every_table_page_and_every_bit_of_it()
    {
        LinearMapPlan plan = Plans.OneRange(GranuleSize.Size4K, 48, 64UL << 20, Plans.PagesOnly);
        using LinearMapSimulation simulation = new(plan);
        BuildResult result = simulation.Build(StrategyPresets.SingleMap.Options);
        TableDigest digest = simulation.Digest(out ulong tables);
        Assert.Equal(result.Statistics.Tables + 1, tables);

        // Level-3 tables: flipping any bit must show (in upper ones it could make the walk leave the tables).
        for (ulong page = 3; page <= result.Statistics.Tables; page++)
        {
            for (int bit = 0; bit < 64; bit += 7)
            {
                Flip(simulation, plan.Memory.End - (page * 4096) + ((page * 136) & 4088), bit);
                Assert.NotEqual(digest, simulation.Digest());
                Flip(simulation, plan.Memory.End - (page * 4096) + ((page * 136) & 4088), bit);
            }
        }

        Assert.Equal(digest, simulation.Digest());
    }

    [Fact]
    public void The_final_tables_of_premapped_lie_where_every_other_strategy_puts_them()
    {
        using LinearMapSimulation simulation = new(Plans.OneRange(GranuleSize.Size4K, 48, 1UL << 30, Plans.PagesOnly));
        BuildResult result = simulation.Build(StrategyPresets.Premapped.Options);

        // The first table is the highest page of memory: nothing temporary was taken from there.
        ulong rootEntry = BitConverter.ToUInt64(simulation.Memory.Read(simulation.Root, 8));
        Assert.Equal((2UL << 30) - 4096, rootEntry & 0x0000_ffff_ffff_f000);
        Assert.Equal(2UL, result.TemporaryTables);
    }

    private static byte[] Image(LinearMapSimulation simulation, PhysicalAddress start, PhysicalAddress end)
    {
        using MemoryStream stream = new();
        stream.Write(simulation.Memory.Read(simulation.Root, 4096));
        for (PhysicalAddress page = end - 4096; page >= start && end.Value - page.Value <= 8UL << 20; page -= 4096)
        {
            stream.Write(simulation.Memory.Read(page, 4096));
        }

        return stream.ToArray();
    }

    private static unsafe void Flip(LinearMapSimulation simulation, PhysicalAddress word, int bit) =>
        *(ulong*)simulation.Memory.At(word.Value) ^= 1UL << bit;
}
