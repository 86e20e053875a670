using System.Diagnostics;
using System.Runtime.Intrinsics;
using Ptewright.Memory;
using Ptewright.Simulation;

namespace Ptewright.Cli.Commands.Bench;

/// <summary>One measurement of building tables against a plain vector fill of the same memory.</summary>
/// <param name="MemoryBytes">The memory that was mapped.</param>
/// <param name="Tables">Tables made.</param>
/// <param name="Pages">Level-3 entries written.</param>
/// <param name="TableBytes">Bytes of all tables: what the fill writes too.</param>
/// <param name="BuildMilliseconds">Building with counting on: median of the rounds.</param>
/// <param name="SilentMilliseconds">Building without counting: median of the rounds.</param>
/// <param name="FillMilliseconds">The fill: median of the rounds.</param>
/// <param name="Ratio">Counted build over fill: median of the rounds' own ratios.</param>
/// <param name="CountingCost">What counting costs, as a fraction of building without it: median of the rounds' own ratios, less 1.</param>
/// <param name="AllocatedBytes">Managed bytes allocated in the walk itself, over all rounds.</param>
/// <param name="Rounds">How many rounds were measured, the three in turn.</param>
internal sealed record BuildMeasurement(
    ulong MemoryBytes,
    ulong Tables,
    ulong Pages,
    ulong TableBytes,
    double BuildMilliseconds,
    double SilentMilliseconds,
    double FillMilliseconds,
    double Ratio,
    double CountingCost,
    long AllocatedBytes,
    int Rounds);

/// <summary>Measures how fast tables are built, against the plainest thing that writes as many bytes to the same memory.</summary>
/// <remarks>One thread; all memory is touched before the first round. The three are measured in turn in every round, because machines change their speed.</remarks>
internal static unsafe class BuildBenchmark
{
    // What a clock can tell apart, in milliseconds: a few tables are filled in less.
    private const double Tick = 1e-4;

    /// <summary>Builds the tables of <paramref name="plan"/> with <c>single-map</c>, <paramref name="rounds"/> times, after one round that is not counted.</summary>
    /// <param name="plan">What to build.</param>
    /// <param name="rounds">How often, at least 1.</param>
    public static BuildMeasurement Run(LinearMapPlan plan, int rounds)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rounds, 1);
        StrategyOptions strategy = StrategyPresets.SingleMap.Options;
        using LinearMapSimulation simulation = new(plan);

        List<double> counted = [];
        List<double> silent = [];
        List<double> fill = [];
        long allocated = 0;
        BuildResult result = simulation.Build(strategy);
        ulong bytes = result.Statistics.Tables * plan.Settings.Geometry.PageSize;
        for (int round = -1; round < rounds; round++)
        {
            double filled = Fill(simulation.Memory, plan.Memory.End, bytes);
            BuildResult quiet;
            if (round % 2 == 0)
            {
                quiet = simulation.Build(strategy, default(VectorCpu), out _);
                result = simulation.Build(strategy);
            }
            else
            {
                result = simulation.Build(strategy);
                quiet = simulation.Build(strategy, default(VectorCpu), out _);
            }

            if (round >= 0)
            {
                fill.Add(filled);
                silent.Add(quiet.Elapsed.TotalMilliseconds);
                counted.Add(result.Elapsed.TotalMilliseconds);
                allocated += quiet.AllocatedBytes + result.AllocatedBytes;
            }
        }

        return new BuildMeasurement(
            plan.Memory.MappedBytes,
            result.Statistics.Tables,
            result.Statistics.Pages,
            bytes,
            Median(counted),
            Median(silent),
            Median(fill),
            Median([.. counted.Zip(fill, (build, plain) => build / Math.Max(plain, Tick))]),
            Median([.. counted.Zip(silent, (build, quiet) => build / Math.Max(quiet, Tick))]) - 1,
            allocated,
            rounds);
    }

    // The loop that the build is held against: 32-byte stores, nothing else, over the memory that the tables lie in.
    private static double Fill(SparseMemory memory, Addressing.PhysicalAddress end, ulong bytes)
    {
        Vector256<ulong> value = Vector256.Create(SparseMemory.Poison);
        long started = Stopwatch.GetTimestamp();
        for (ulong done = 0; done < bytes;)
        {
            ulong piece = Math.Min(bytes - done, SparseMemory.ChunkSize);
            byte* start = memory.At(end.Value - done - piece);
            for (ulong offset = 0; offset < piece; offset += 64)
            {
                value.Store((ulong*)(start + offset));
                value.Store((ulong*)(start + offset + 32));
            }

            done += piece;
        }

        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }

    private static double Median(List<double> values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
