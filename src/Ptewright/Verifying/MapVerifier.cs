using Ptewright.Addressing;
using Ptewright.Findings;
using Ptewright.Images;
using Ptewright.Kernels.Planning;
using Ptewright.LinearMap;
using Ptewright.Simulation;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Verifying;

/// <summary>Compares a kernel's linear map with what was predicted of it: leaf by leaf, and table page by table page.</summary>
/// <remarks>
/// The prediction is a build of the kernel's plan with the kernel's own strategy; it knows nothing of the tables that it is compared with. Both are read by the same scanner.
/// What a kernel did to its map after <c>paging_init</c> shows as a difference, which is explained where the tables themselves give evidence (<see cref="LaterSteps"/>).
/// </remarks>
public static class MapVerifier
{
    /// <summary>Compares.</summary>
    /// <param name="image">The kernel's memory.</param>
    /// <param name="registers">How its tables are read.</param>
    /// <param name="machine">The machine that it runs on.</param>
    /// <param name="plan">What it does there, all of <c>paging_init</c>.</param>
    /// <param name="progress">Told how far it is; may be null.</param>
    /// <param name="stop">Ends the work, with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="InvalidInputException">The registers do not fit the plan: another granule, another address size.</exception>
    /// <exception cref="MapFailureException">The engine stopped.</exception>
    public static MapVerification Verify(
        MemoryImage image,
        ImageRegisters registers,
        KernelMachine machine,
        KernelPlan plan,
        IProgress<WorkProgress>? progress = null,
        CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        TranslationRoot found = TranslationRoot.Of(registers, AddressHalf.Upper);
        using LinearMapSimulation simulation = new(plan.Plan, machine.Cpu.HasRangeInvalidation);
        BuildResult built = simulation.Build(plan.Strategy.Options, progress, stop);
        using SimulationImage prediction = new(simulation.Memory, KernelRegisters.Of(machine, plan, simulation.Root).ForImage());
        TranslationRoot predicted = TranslationRoot.Of(prediction.Registers, AddressHalf.Upper);
        if (predicted.Granule != found.Granule || predicted.InputBits != found.InputBits || predicted.Format.IsLpa2 != found.Format.IsLpa2)
        {
            throw new InvalidInputException(
                $"The kernel runs with {Describe(found)}, but {plan.Profile.Name} on {machine.Cpu.Name} was predicted with {Describe(predicted)}; name the CPU and the configuration.");
        }

        VirtualAddress from = plan.Geometry.ActualPageOffset;
        VirtualAddress last = new(plan.Geometry.PageEnd.Value - 1);
        WorkWatch watch = new(progress, stop);
        MapContents expected = MapContents.Read(prediction, predicted, from, last, watch: watch);
        MapContents actual = MapContents.Read(image, found, from, last, expected, watch);
        List<MapDifference> differences = [.. Leaves(expected.Ranges, actual.Ranges)];
        int inPlace = AddTables(expected, actual, differences);
        if (found.Table != predicted.Table)
        {
            differences.Insert(0, new MapDifference(MapDifferenceKind.Table, from, 0, null, null, null)
            {
                TableLevel = found.RootLevel, PredictedTable = predicted.Table, FoundTable = found.Table,
            });
        }

        using LaterSteps later = new(image, found, actual, expected, machine, plan, watch);
        return new MapVerification(
            expected.CountLeaves(predicted),
            actual.CountLeaves(found),
            expected.Tables.Count,
            inPlace,
            [.. differences.Select(difference => difference with { Explanation = later.Explain(difference) })],
            [.. actual.Problems.Select(problem => TableFindings.Of(problem, found, image.Name))]);
    }

    /// <summary>Where two lists of ranges differ: both are cut where either begins or ends, and equal neighbours joined again.</summary>
    internal static IEnumerable<MapDifference> Leaves(IReadOnlyList<MappedRange> expected, IReadOnlyList<MappedRange> actual)
    {
        int e = 0;
        int a = 0;
        ulong position = 0;
        MapDifference? open = null;
        while (e < expected.Count || a < actual.Count)
        {
            MappedRange? left = e < expected.Count ? expected[e] : null;
            MappedRange? right = a < actual.Count ? actual[a] : null;
            ulong start = Math.Min(Math.Max(left?.Start.Value ?? ulong.MaxValue, position), Math.Max(right?.Start.Value ?? ulong.MaxValue, position));
            bool inLeft = left is { } l && l.Start.Value <= start;
            bool inRight = right is { } r && r.Start.Value <= start;

            // Compared as last bytes, because a range may end with the address space.
            ulong end = Math.Min(LastOf(left, inLeft), LastOf(right, inRight));
            MapDifference? here = Compare(inLeft ? Cut(left!.Value, start) : null, inRight ? Cut(right!.Value, start) : null, start, end - start + 1);
            if (open is not null && here is not null && Continues(open, here))
            {
                open = open with { Size = open.Size + here.Size };
            }
            else
            {
                if (open is not null)
                {
                    yield return open;
                }

                open = here;
            }

            e += inLeft && left!.Value.Last.Value == end ? 1 : 0;
            a += inRight && right!.Value.Last.Value == end ? 1 : 0;
            position = end + 1;
        }

        if (open is not null)
        {
            yield return open;
        }
    }

    private static ulong LastOf(MappedRange? range, bool isInside) =>
        range is not { } known ? ulong.MaxValue : isInside ? known.Last.Value : known.Start.Value - 1;

    private static MappedRange Cut(MappedRange range, ulong start)
    {
        ulong skipped = start - range.Start.Value;
        return range with { Start = new VirtualAddress(start), Size = range.Size - skipped, Physical = range.Physical + skipped };
    }

    private static MapDifference? Compare(MappedRange? predicted, MappedRange? found, ulong start, ulong size)
    {
        MapDifferenceKind? kind = (predicted, found) switch
        {
            (null, null) => null,
            (null, _) => MapDifferenceKind.Extra,
            (_, null) => MapDifferenceKind.Missing,
            ({ } left, { } right) when left.Physical != right.Physical => MapDifferenceKind.Moved,
            ({ } left, { } right) when left.Level != right.Level || left.Attributes.Bits != right.Attributes.Bits
                || left.Attributes.Inherited != right.Attributes.Inherited => MapDifferenceKind.Changed,
            _ => null,
        };
        return kind is { } known ? new MapDifference(known, new VirtualAddress(start), size, predicted, found, null) : null;
    }

    private static bool Continues(MapDifference open, MapDifference here) =>
        open.Kind == here.Kind && open.Start + open.Size == here.Start
        && SameWay(open.Predicted, here.Predicted, open.Size) && SameWay(open.Found, here.Found, open.Size);

    private static bool SameWay(MappedRange? first, MappedRange? second, ulong distance) => (first, second) switch
    {
        (null, null) => true,
        ({ } left, { } right) => left.Physical + distance == right.Physical && left.Level == right.Level && left.Attributes == right.Attributes,
        _ => false,
    };

    private static int AddTables(MapContents expected, MapContents actual, List<MapDifference> differences)
    {
        int inPlace = 0;
        foreach (((int level, ulong start), TableLink predicted) in expected.Tables)
        {
            if (!actual.Tables.TryGetValue((level, start), out TableLink found))
            {
                differences.Add(Table(level, start, predicted.Table, null));
                continue;
            }

            if (found.Table == predicted.Table)
            {
                inPlace++;
            }
            else
            {
                differences.Add(Table(level, start, predicted.Table, found.Table));
            }

            if (found.Entry != predicted.Entry)
            {
                differences.Add(Table(level, start, predicted.Table, found.Table) with
                {
                    Kind = MapDifferenceKind.TableEntry, PredictedEntry = predicted.Entry, FoundEntry = found.Entry,
                });
            }
        }

        differences.AddRange(actual.Tables.Where(table => !expected.Tables.ContainsKey(table.Key) && actual.IsOwn(table.Key))
            .Select(table => Table(table.Key.Level, table.Key.Start, null, table.Value.Table) with { FoundEntry = table.Value.Entry }));
        return inPlace;
    }

    private static MapDifference Table(int level, ulong start, PhysicalAddress? predicted, PhysicalAddress? found) =>
        new(MapDifferenceKind.Table, new VirtualAddress(start), 0, null, null, null) { TableLevel = level, PredictedTable = predicted, FoundTable = found };

    private static string Describe(TranslationRoot root) =>
        $"{1 << (root.PageShift - 10)}K pages, {root.InputBits}-bit addresses{(root.Format.IsLpa2 ? " and LPA2" : string.Empty)}";
}
