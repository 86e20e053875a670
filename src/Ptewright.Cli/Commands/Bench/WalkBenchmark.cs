using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.Simulation;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Cli.Commands.Bench;

/// <summary>One measurement of listing tables against a plain loop over the same bytes.</summary>
/// <param name="TableBytes">The size of the tables.</param>
/// <param name="Entries">How many leaves were merged.</param>
/// <param name="Ranges">Into how many ranges.</param>
/// <param name="ListMilliseconds">Listing: median of the rounds.</param>
/// <param name="SumMilliseconds">Reading and summing the same bytes: median of the rounds.</param>
/// <param name="Ratio">Listing over summing: median of the rounds' own ratios.</param>
/// <param name="AllocatedBytes">Managed bytes allocated by one listing.</param>
internal sealed record ListMeasurement(
    ulong TableBytes, ulong Entries, int Ranges, double ListMilliseconds, double SumMilliseconds, double Ratio, long AllocatedBytes);

/// <summary>One measurement of translating random addresses.</summary>
/// <param name="TableBytes">The size of the tables.</param>
/// <param name="Addresses">How many addresses a round translates.</param>
/// <param name="OneByOne">Translations a second, one after the other: median of the rounds.</param>
/// <param name="Together">Translations a second in batches: median of the rounds.</param>
/// <param name="AllocatedBytes">Managed bytes allocated by all rounds.</param>
internal sealed record TranslationMeasurement(ulong TableBytes, int Addresses, double OneByOne, double Together, long AllocatedBytes);

/// <summary>Measures how fast tables are read. One thread; tables of single pages, loaded as a capture is; what is compared is measured in turn in every round.</summary>
internal static unsafe class WalkBenchmark
{
    private const int Seed = 20_251_123;
    private const int Batch = 1 << 12;

    // As they are built, and as they are read.
    private const int Copies = 2;

    /// <summary>Lists the tables of <paramref name="plan"/>, and sums their bytes, <paramref name="rounds"/> times, after one round that is not counted.</summary>
    public static ListMeasurement List(LinearMapPlan plan, int rounds)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rounds, 1);
        SimulationMemory.Require(plan, Copies);
        using LoadedTables tables = Build(plan);
        List<double> listing = [];
        List<double> summing = [];
        long allocated = 0;
        Counter counter = new();
        ulong sum = 0;
        for (int round = -1; round < rounds; round++)
        {
            long started = Stopwatch.GetTimestamp();
            sum += Sum(tables.Pages, tables.Bytes / sizeof(ulong));
            double summed = Stopwatch.GetElapsedTime(started).TotalMilliseconds;

            counter = new Counter();
            long before = GC.GetAllocatedBytesForCurrentThread();
            started = Stopwatch.GetTimestamp();
            TableScanner scan = TableScanner.Scan(tables, tables.Root, counter);
            double listed = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            if (scan.Problems > 0)
            {
                throw new InvalidOperationException("The tables that were built are not in order.");
            }

            if (round >= 0)
            {
                summing.Add(summed);
                listing.Add(listed);
            }
        }

        GC.KeepAlive(sum);
        return new ListMeasurement(
            tables.Bytes,
            counter.Bytes >> tables.Root.PageShift,
            counter.Ranges,
            Median(listing),
            Median(summing),
            Median([.. listing.Zip(summing, (list, plain) => list / plain)]),
            allocated);
    }

    /// <summary>Translates random addresses of <paramref name="plan"/>'s memory, in both ways, after one round that is not counted.</summary>
    public static TranslationMeasurement Translate(LinearMapPlan plan, int addresses, int rounds)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentOutOfRangeException.ThrowIfLessThan(rounds, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(addresses, 1);
        SimulationMemory.Require(plan, Copies, (ulong)addresses * (ulong)sizeof(VirtualAddress));
        using LoadedTables tables = Build(plan);
        using TableWalker walker = new(tables, tables.Root);
        VirtualAddress[] wanted = Random(tables, plan, addresses);
        PhysicalAddress[] found = new PhysicalAddress[Batch];
        List<double> single = [];
        List<double> batched = [];
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int round = -1; round < rounds; round++)
        {
            long started = Stopwatch.GetTimestamp();
            int mapped = 0;
            foreach (VirtualAddress address in wanted)
            {
                mapped += walker.Walk(address).IsMapped ? 1 : 0;
            }

            double one = addresses / Stopwatch.GetElapsedTime(started).TotalSeconds;
            started = Stopwatch.GetTimestamp();
            int also = 0;
            for (int at = 0; at < wanted.Length; at += Batch)
            {
                also += walker.Translate(wanted.AsSpan(at, Math.Min(Batch, wanted.Length - at)), found);
            }

            double many = addresses / Stopwatch.GetElapsedTime(started).TotalSeconds;
            if (mapped != addresses || also != addresses)
            {
                throw new InvalidOperationException("An address of the map was not translated.");
            }

            if (round >= 0)
            {
                single.Add(one);
                batched.Add(many);
            }
        }

        // The lists of results grow; nothing else does.
        return new TranslationMeasurement(tables.Bytes, addresses, Median(single), Median(batched), GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static LoadedTables Build(LinearMapPlan plan)
    {
        using LinearMapSimulation simulation = new(plan);
        _ = simulation.Build(StrategyPresets.SingleMap.Options);
        TableGeometry geometry = plan.Settings.Geometry;
        bool wide = plan.Settings.Format.AddressBits == 52;
        TranslationControl control = default(TranslationControl).WithHalf(AddressHalf.Upper, geometry.Granule, geometry.ActualVirtualAddressBits)
            .WithOutput(wide ? TranslationControl.AddressSize52 : TranslationControl.AddressSize48, plan.Settings.Format.IsLpa2);
        return new LoadedTables(simulation, new ImageRegisters(Ttbr1: TranslationTableBase.Encode(simulation.Root + geometry.Ttbr1Offset), Tcr: control.Value, Mair: 0xff_ff));
    }

    private static VirtualAddress[] Random(LoadedTables tables, LinearMapPlan plan, int count)
    {
        Counter counter = new();
        _ = TableScanner.Scan(tables, tables.Root, counter);
#pragma warning disable CA5394 // The same addresses in every run; nobody guards a secret with them.
        Random random = new(Seed);
        VirtualAddress[] addresses = new VirtualAddress[count];
        for (int i = 0; i < count; i++)
        {
            addresses[i] = counter.First + (ulong)random.NextInt64((long)plan.Memory.MappedBytes);
        }
#pragma warning restore CA5394
        return addresses;
    }

    // The plainest loop that reads every byte: vector loads and additions, four sums so that none waits for the other.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static ulong Sum(ulong* entries, ulong count)
    {
        Vector256<ulong> a = default;
        Vector256<ulong> b = default;
        Vector256<ulong> c = default;
        Vector256<ulong> d = default;
        for (ulong i = 0; i + 16 <= count; i += 16)
        {
            a += Vector256.Load(entries + i);
            b += Vector256.Load(entries + i + 4);
            c += Vector256.Load(entries + i + 8);
            d += Vector256.Load(entries + i + 12);
        }

        return Vector256.Sum(a + b + c + d);
    }

    /// <summary>The median of values.</summary>
    public static double Median(List<double> values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    private sealed class Counter : IRangeSink
    {
        public int Ranges { get; private set; }

        public ulong Bytes { get; private set; }

        public VirtualAddress First { get; private set; }

        public void OnRange(in MappedRange range)
        {
            First = Ranges++ == 0 ? range.Start : First;
            Bytes += range.Size;
        }

        public void OnProblem(TableProblem problem)
        {
        }
    }
}
