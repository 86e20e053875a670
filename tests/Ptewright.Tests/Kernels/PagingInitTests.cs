using System.Collections.Concurrent;
using System.Globalization;
using Ptewright.Firmware;
using Ptewright.Kernels.Planning;
using Ptewright.Kernels.Versions;
using Ptewright.Memory;
using Ptewright.Simulation;

namespace Ptewright.Tests.Kernels;

/// <summary>What is planned and built executes as many TLBI, DSB and ISB as the real kernels did, to the last one.</summary>
public sealed class PagingInitTests
{
    private const ulong LargestUsual = 8UL << 30;

    [Fact]
    public void Predictions_equal_what_real_kernels_execute() => Check(bytes => bytes <= LargestUsual);

    [Fact]
    [Trait("Category", "Slow")]
    public void Predictions_equal_what_real_kernels_execute_with_much_memory() => Check(bytes => bytes > LargestUsual);

    private static void Check(Func<ulong, bool> takes)
    {
        VectorCase[] cases = [.. Vectors.Read("paging-init.txt", 8).Where(item => takes(BytesOf(item)))];
        Assert.NotEmpty(cases);
        ConcurrentBag<string> failures = [];
        _ = Parallel.ForEach(cases, item =>
        {
            (ulong Tlbi, ulong Dsb, ulong Isb) measured = (item.Number(5), item.Number(6), item.Number(7));
            (ulong Tlbi, ulong Dsb, ulong Isb) predicted = Predict(item);
            if (predicted != measured)
            {
                failures.Add($"{item}: measured {measured}, predicted {predicted}");
            }
        });
        Assert.True(failures.IsEmpty, string.Join(Environment.NewLine, failures.Order(StringComparer.Ordinal)));
    }

    private static (ulong Tlbi, ulong Dsb, ulong Isb) Predict(VectorCase item)
    {
        KernelProfile profile = SampleKernels.Profile(item.Text(0));
        KernelMachine machine = SampleKernels.Machine(item.Text(0), item.Text(1), new MemoryLayout(), item.Text(3).Replace(',', ' '));
        if (item.Text(2) == "-")
        {
            machine = machine with { Memory = MemoryLayout.OfRange(new(MemorySpec.DefaultBase), BytesOf(item)) };
        }
        else
        {
            DeviceTreeInfo tree = DeviceTreeFile.Read(SampleKernels.PathOf("dtb", $"{item.Text(2)}.dtb"), machine.Config.Granule);
            machine = machine with { Memory = tree.Memory, Reservations = tree.Reservations };
        }

        KernelPlan plan = profile.Plan(machine, KernelScope.PagingInit);
        using LinearMapSimulation simulation = new(plan.Plan);
        BuildResult result = simulation.Build(plan.Strategy.Options);
        return (result.Counts.Tlbi, result.Counts.Dsb, result.Counts.Isb);
    }

    private static ulong BytesOf(VectorCase item) =>
        ulong.Parse(item.Text(4).AsSpan(0, item.Text(4).Length - 1), CultureInfo.InvariantCulture) << (item.Text(4)[^1] == 'G' ? 30 : 20);
}
