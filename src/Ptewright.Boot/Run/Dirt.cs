using Ptewright.Addressing;
using Ptewright.Booting;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.Boot;

/// <summary>Makes the memory dirty that tables will be taken from, so that a table that nobody zeroed shows.</summary>
/// <typeparam name="TGranule">The granule.</typeparam>
internal static unsafe class Dirt<TGranule>
    where TGranule : struct, IGranule
{
    // Would decode as a valid, writable page or table: the same poison as in the host's simulated memory.
    private const ulong Poison = 0x0000_dead_beef_f703;

    /// <summary>Fills at least as many pages as the plan can need tables, and empties the roots that are built.</summary>
    /// <returns>Why not.</returns>
    public static FailureCode Spread(in Bench bench)
    {
        TableGeometry geometry = bench.Regime.Geometry;
        ImageMemory memory = new(bench.Info.Offset);
        Instructions.Fill(memory.At(bench.Tables.BuiltRoot), geometry.PageSize, 0);
        if (bench.Scope == BootScope.NewRoot)
        {
            Instructions.Fill(memory.At(bench.Tables.BuiltIdentityRoot), geometry.PageSize, 0);
        }

        // All memory is reached through the same temporary map that "premapped" uses.
        El1Cpu cpu = bench.Cpu;
        if (!Creation<TGranule>.Premap<El1Cpu>.TryInstall(bench, ref cpu, out MapFailure failure))
        {
            return failure.Code;
        }

        bench.ResetMemory();
        EarlyPageAllocator allocator = new(bench.Space.Working, geometry.PageSize);
        for (ulong left = MostTables(bench); left > 0 && allocator.Allocate(3, out PhysicalAddress page) == FailureCode.None; left--)
        {
            Instructions.Fill((void*)page.Value, geometry.PageSize, Poison);
        }

        TemporaryMap.Remove(ref cpu);
        bench.ResetMemory();
        return FailureCode.None;
    }

    // A request of n bytes touches at most n / 2^shift + 2 tables of each level below the root.
    private static ulong MostTables(in Bench bench)
    {
        TableGeometry geometry = bench.Regime.Geometry;
        ulong tables = 0;
        for (int i = 0; i < bench.StepCount; i++)
        {
            for (int level = geometry.RootLevel; level < 3; level++)
            {
                tables += (bench.Space.Steps[i].Request.Size >> geometry.Shift(level)) + 2;
            }
        }

        return tables;
    }
}
