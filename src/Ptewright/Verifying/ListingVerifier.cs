using Ptewright.Addressing;
using Ptewright.Kernels.Planning;
using Ptewright.LinearMap;
using Ptewright.Listing;
using Ptewright.Simulation;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Verifying;

/// <summary>Compares a kernel's own listing of its linear map with what was predicted of it, line by line.</summary>
/// <remarks>
/// As <see cref="MapVerifier"/>, with what a listing knows: addresses, levels and the attributes that it has columns for. Where memory lies, where tables lie and what they forbid are not compared.
/// </remarks>
public static class ListingVerifier
{
    /// <summary>Compares.</summary>
    /// <param name="found">The listing.</param>
    /// <param name="machine">The machine that the kernel runs on.</param>
    /// <param name="plan">What it does there.</param>
    /// <param name="progress">Told how far it is; may be null.</param>
    /// <param name="stop">Ends the work, with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The differences; no table pages.</returns>
    /// <exception cref="InvalidInputException">The listing does not fit the plan: another page size, other addresses, nothing of the linear map.</exception>
    /// <exception cref="MapFailureException">The engine stopped.</exception>
    public static MapVerification Verify(
        PtdumpMap found, KernelMachine machine, KernelPlan plan, IProgress<WorkProgress>? progress = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(found);
        ArgumentNullException.ThrowIfNull(plan);
        TableGeometry geometry = plan.Geometry;
        if (found.Root.Granule != geometry.Granule)
        {
            throw new InvalidInputException(
                $"{found.Name} lists {Pages(found.Root.Granule)} pages, but {plan.Profile.Name} was predicted with {Pages(geometry.Granule)}; name the configuration.");
        }

        VirtualAddress from = Later(geometry.ActualPageOffset, found.Start);
        VirtualAddress last = Earlier(new VirtualAddress(geometry.PageEnd.Value - 1), found.Last);
        if (from > last)
        {
            throw new InvalidInputException($"{found.Name} lists nothing of the linear map, which {plan.Profile.Name} has from {geometry.ActualPageOffset} on.");
        }

        using LinearMapSimulation simulation = new(plan.Plan, machine.Cpu.HasRangeInvalidation);
        _ = simulation.Build(plan.Strategy.Options, progress, stop);
        using SimulationImage prediction = new(simulation.Memory, KernelRegisters.Of(machine, plan, simulation.Root).ForImage());
        TranslationRoot predicted = TranslationRoot.Of(prediction.Registers, AddressHalf.Upper);
        Collector expected = new();
        PtdumpView view = new(found.ShowsSharing, expected);
        foreach (MappedRange range in MapContents.Read(prediction, predicted, from, last, watch: new WorkWatch(progress, stop)).Ranges)
        {
            view.OnRange(range);
        }

        view.Finish();
        Collector actual = new();
        view = new PtdumpView(found.ShowsSharing, actual);
        found.Report(view, from, last);
        view.Finish();

        ListedSteps later = new(found, actual.Ranges, from, last, machine, plan);
        return new MapVerification(
            Leaves(expected.Ranges, predicted),
            Leaves(actual.Ranges, found.Root),
            0,
            0,
            [.. MapVerifier.Leaves(expected.Ranges, actual.Ranges).Select(difference => difference with { Explanation = later.Explain(difference) })],
            []);
    }

    private static ulong Leaves(List<MappedRange> ranges, TranslationRoot root) => ranges.Aggregate(0UL, (sum, range) => sum + (range.Size >> root.Shift(range.Level)));

    private static VirtualAddress Later(VirtualAddress first, VirtualAddress second) => first > second ? first : second;

    private static VirtualAddress Earlier(VirtualAddress first, VirtualAddress second) => first < second ? first : second;

    private static string Pages(GranuleSize granule) => $"{1 << ((int)granule - 10)}K";

    private sealed class Collector : IRangeSink
    {
        public List<MappedRange> Ranges { get; } = [];

        public void OnRange(in MappedRange range) => Ranges.Add(range);

        public void OnProblem(TableProblem problem)
        {
        }
    }
}
