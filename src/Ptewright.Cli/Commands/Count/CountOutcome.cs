using Ptewright.Counting;
using Ptewright.Cpu;
using Ptewright.Kernels.Planning;

namespace Ptewright.Cli.Commands.Count;

/// <summary>The instructions that are predicted.</summary>
/// <param name="Tlbi">Invalidations of the TLB.</param>
/// <param name="Dsb">Data synchronisation barriers.</param>
/// <param name="Isb">Instruction synchronisation barriers.</param>
internal readonly record struct PredictedCounts(ulong Tlbi, ulong Dsb, ulong Isb)
{
    /// <summary>Those of what was counted by the engine.</summary>
    public static PredictedCounts Of(in OperationCounts counts) => new(counts.Tlbi, counts.Dsb, counts.Isb);
}

/// <summary>One pass through a region.</summary>
/// <param name="Name">What was executed: a function, or a strategy.</param>
/// <param name="Granule">The page size.</param>
/// <param name="Executed">What the plugin counted.</param>
/// <param name="Predicted">What the engine predicts.</param>
/// <param name="Own">What the code counted of itself; null for a kernel.</param>
internal sealed record CountedPass(string Name, string Granule, ExecutedCounts Executed, PredictedCounts Predicted, PredictedCounts? Own)
{
    /// <summary>Whether all say the same, to the last instruction.</summary>
    public bool IsEqual => new PredictedCounts(Executed.Tlbi, Executed.Dsb, Executed.Isb) == Predicted && (Own is null || Own == Predicted);
}

/// <summary>What <c>count</c> found.</summary>
/// <param name="Source">What was executed.</param>
/// <param name="Profile">The kernel profile; null for the boot image.</param>
/// <param name="Cpu">The CPU.</param>
/// <param name="MemoryBytes">The machine's memory.</param>
/// <param name="CommandLine">What it got as command line.</param>
/// <param name="Region">What was counted.</param>
/// <param name="Passes">One for a kernel; one for each strategy of the boot image.</param>
/// <param name="Kernel">The machine as its kernel finds it; null for the boot image.</param>
internal sealed record CountOutcome(
    string Source, string? Profile, string Cpu, ulong MemoryBytes, string CommandLine, CountedRegion Region, IReadOnlyList<CountedPass> Passes, KernelMachine? Kernel = null)
{
    /// <summary>Whether everything is as predicted.</summary>
    public bool IsEqual => Passes.All(pass => pass.IsEqual);
}
