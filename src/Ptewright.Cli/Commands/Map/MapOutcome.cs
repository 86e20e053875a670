using Ptewright.Cli.Output;
using Ptewright.Kernels.Planning;
using Ptewright.LinearMap;
using Ptewright.Machines;
using Ptewright.Simulation;

namespace Ptewright.Cli.Commands.Map;

/// <summary>What <c>map</c> built.</summary>
/// <param name="Memory">The machine's memory, as it was given.</param>
/// <param name="Machine">The machine.</param>
/// <param name="Plan">What the kernel does there.</param>
/// <param name="Scope">How much of it.</param>
/// <param name="Strategy">How it was built.</param>
/// <param name="Result">What the build did and made.</param>
/// <param name="Digest">The digest of the tables below the kernel's root.</param>
/// <param name="Late">What changed after the start, for each way to reach tables; empty when that was not asked for.</param>
/// <param name="ModelMilliseconds">What it would take where the constants of <c>--calibrate</c> were measured; null without.</param>
internal sealed record MapOutcome(
    MachineMemory Memory,
    KernelMachine Machine,
    KernelPlan Plan,
    KernelScope Scope,
    StrategyPreset Strategy,
    BuildResult Result,
    TableDigest Digest,
    IReadOnlyList<MapLate> Late,
    double? ModelMilliseconds)
{
    /// <summary>The levels that this CPU walks; a level folded at run time is none.</summary>
    public int Levels => 4 - Plan.Geometry.WalkRootLevel;

    /// <summary>What all leaves together map, in bytes.</summary>
    public ulong MappedBytes => (Result.Statistics.Pages << Plan.Geometry.PageShift)
        + (Result.Statistics.PmdBlocks << Plan.Geometry.Shift(2))
        + (Result.Statistics.PudBlocks << Plan.Geometry.Shift(1));

    /// <summary>The memory that the tables take, in bytes; roots are not counted.</summary>
    public ulong TableBytes => Result.Statistics.Tables << Plan.Geometry.PageShift;

    /// <summary>What was assumed, passed over or left out.</summary>
    public IEnumerable<string> Remarks => ((string[])[.. Memory.AllRemarks, .. Memory.CommandLine.Remarks, .. Plan.Remarks]).Select(OptionNames.In);

    /// <summary>The scope as it is written on the command line.</summary>
    public string ScopeName => NameOf(Scope);

    /// <summary>A scope as it is written on the command line: the kernel's own name.</summary>
    public static string NameOf(KernelScope scope) => scope == KernelScope.MapMem ? "map_mem" : "paging_init";
}
