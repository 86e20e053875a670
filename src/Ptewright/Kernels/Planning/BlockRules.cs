using Ptewright.Kernels.Configuration;
using Ptewright.Kernels.Versions;

namespace Ptewright.Kernels.Planning;

/// <summary>Whether the linear map may have blocks.</summary>
internal static class BlockRules
{
    /// <summary>Whether banks of memory may have blocks, at the start and when they are added later. Linux: <c>can_set_direct_map</c>, from 6.18 on <c>force_pte_mapping</c>.</summary>
    /// <param name="profile">The kernel.</param>
    /// <param name="machine">What it runs on.</param>
    /// <param name="hasKfencePool">Whether there was room for KFENCE's pool, if it is taken early.</param>
    public static BlockDecision DecideBlocks(this KernelProfile profile, KernelMachine machine, bool hasKfencePool = true)
    {
        ArgumentNullException.ThrowIfNull(profile);
        ArgumentNullException.ThrowIfNull(machine);
        List<string> forbidden = [];
        List<string> allowed = [];
        (RodataMode mode, string why) = profile.Rodata(machine);
        (mode == RodataMode.Full ? forbidden : allowed).Add(why);
        (machine.HasDebugPagealloc ? forbidden : allowed).Add(WhyDebugPagealloc(machine));
        bool takesPool = profile.TakesKfencePool(machine);
        bool hasPool = takesPool && hasKfencePool;
        (machine.Config.Kfence && !hasPool ? forbidden : allowed).Add(WhyKfence(machine, takesPool, hasPool));
        return forbidden.Count == 0 ? new BlockDecision(true, allowed)
            : profile.SplitsBlocks(machine) && !machine.HasDebugPagealloc
                ? new BlockDecision(true, [$"{machine.Cpu.Name} can split blocks later (BBML2 without conflict aborts), though {string.Join("; ", forbidden)}"])
            : new BlockDecision(false, forbidden);
    }

    /// <summary>Whether a kernel splits blocks of its linear map where it changes parts of them. Linux: <c>cpu_supports_bbml2_noabort</c>, from 7.3 on <c>cpu_supports_bbml3</c>.</summary>
    internal static bool SplitsBlocks(this KernelProfile profile, KernelMachine machine) =>
        profile.Facts.SplitsBlocks && machine.Cpu.SplitsBlocksSince is { } since && profile.Series.IsAtLeast(since.Major, since.Minor);

    /// <summary>Whether KFENCE gets its pool before the linear map is made. Linux: <c>kfence_early_init</c>.</summary>
    internal static bool TakesKfencePool(this KernelProfile profile, KernelMachine machine) =>
        profile.Facts.HasEarlyKfence && machine.Config.Kfence && KfenceInterval(machine) != 0;

    /// <summary>What <c>rodata=</c> makes read-only, and which word or default says so.</summary>
    internal static (RodataMode Mode, string Why) Rodata(this KernelProfile profile, KernelMachine machine) =>
        machine.CommandLine.FindRodata(profile.Facts.RodataWords) is { } given ? (given.Mode, $"rodata={given.Word} is on the command line")
        : !profile.Facts.HasRodataOption
            ? (RodataMode.Full, $"rodata=on, which was rodata=full before, is the default of Linux {profile.Series.Major}.{profile.Series.Minor}")
        : machine.Config.RodataFullDefault
            ? (RodataMode.Full, "rodata=full is the default of the configuration (CONFIG_RODATA_FULL_DEFAULT_ENABLED)")
            : (RodataMode.On, "rodata=on is the default of the configuration (no CONFIG_RODATA_FULL_DEFAULT_ENABLED)");

    /// <summary>Whether memory that becomes read-only somewhere becomes so in the linear map too. Linux: <c>rodata_full</c>.</summary>
    internal static bool MakesAliasesReadOnly(this KernelProfile profile, KernelMachine machine) => profile.Rodata(machine).Mode == RodataMode.Full;

    private static long KfenceInterval(KernelMachine machine) => machine.CommandLine.KfenceSampleInterval ?? (long)machine.Config.KfenceSampleInterval;

    private static string WhyDebugPagealloc(KernelMachine machine) => machine.Config.DebugPagealloc
        ? machine.CommandLine.DebugPagealloc is { } given ? $"debug_pagealloc={(given ? "on" : "off")} is on the command line"
            : $"debug_pagealloc={(machine.Config.DebugPageallocDefault ? "on" : "off")} is the default of the configuration ({(machine.Config.DebugPageallocDefault ? string.Empty : "no ")}CONFIG_DEBUG_PAGEALLOC_ENABLE_DEFAULT)"
        : "there is no debug_pagealloc (no CONFIG_DEBUG_PAGEALLOC)";

    private static string WhyKfence(KernelMachine machine, bool takesPool, bool hasPool)
    {
        if (!machine.Config.Kfence)
        {
            return "there is no KFENCE (no CONFIG_KFENCE)";
        }

        string interval = machine.CommandLine.KfenceSampleInterval is { } given
            ? FormattableString.Invariant($"kfence.sample_interval={given} on the command line")
            : FormattableString.Invariant($"CONFIG_KFENCE_SAMPLE_INTERVAL={machine.Config.KfenceSampleInterval}");
        return hasPool ? $"KFENCE's pool is mapped apart ({interval})"
            : takesPool ? $"there is no room for KFENCE's pool, so it would come out of the linear map later ({interval})"
            : KfenceInterval(machine) == 0
                ? $"KFENCE is built in (CONFIG_KFENCE) and off at the start ({interval}), so its pool would come out of the linear map later"
            : "KFENCE is built in (CONFIG_KFENCE), and in this version its pool comes out of the linear map later";
    }
}
