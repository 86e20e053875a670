using Ptewright.Kernels.Configuration;
using Ptewright.Kernels.Cpus;
using Ptewright.Kernels.Versions;
using Ptewright.Simulation;

namespace Ptewright.Checking;

/// <summary>Which kernel's late writers are set against each other.</summary>
/// <param name="Profile">The kernel.</param>
/// <param name="Config">Its configuration: granule and sizes of addresses.</param>
/// <param name="Cpu">The CPU: which of these sizes it has.</param>
/// <param name="Strategy">How tables are made.</param>
/// <param name="FixmapLock">Where the lock over the fixmap slots is held.</param>
public sealed record RaceOptions(KernelProfile Profile, KernelConfig Config, CpuModel Cpu, StrategyPreset Strategy, FixmapLock FixmapLock)
{
    /// <summary>A kernel as it is: its default configuration, its own strategy, its lock where it has it.</summary>
    /// <param name="profile">The kernel.</param>
    /// <param name="cpu">The CPU.</param>
    public static RaceOptions Of(KernelProfile profile, CpuModel cpu) =>
        new(profile, profile.ReadDefaultConfig(), cpu, profile.Strategy, profile.Facts.FixmapLock);
}
