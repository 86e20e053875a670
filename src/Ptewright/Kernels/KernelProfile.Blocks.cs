namespace Ptewright.Kernels;

/// <content>Whether the linear map may have blocks.</content>
public abstract partial class KernelProfile
{
    /// <summary>Whether banks of memory may have blocks, at the start and when they are added later. Linux: <c>can_set_direct_map</c>.</summary>
    /// <param name="machine">What the kernel runs on.</param>
    /// <param name="hasKfencePool">Whether there was room for KFENCE's pool, if it is taken early (<see cref="HasEarlyKfence"/>).</param>
    public virtual BlockDecision DecideBlocks(KernelMachine machine, bool hasKfencePool = true)
    {
        ArgumentNullException.ThrowIfNull(machine);
        List<string> forbidden = [];
        List<string> allowed = [];
        (RodataMode mode, string why) = Rodata(machine);
        (mode == RodataMode.Full ? forbidden : allowed).Add(why);
        (HasDebugPagealloc(machine) ? forbidden : allowed).Add(WhyDebugPagealloc(machine));
        bool hasPool = HasEarlyKfence(machine) && hasKfencePool;
        (machine.Config.Kfence && !hasPool ? forbidden : allowed).Add(WhyKfence(machine, hasPool));
        return forbidden.Count > 0 ? new BlockDecision(false, forbidden) : new BlockDecision(true, allowed);
    }

    /// <summary>What <c>rodata=</c> makes read-only, and which word or default says so.</summary>
    private protected (RodataMode Mode, string Why) Rodata(KernelMachine machine) => machine.CommandLine.FindRodata(RodataWords) is { } given
        ? (given.Mode, $"rodata={given.Word} is on the command line")
        : DefaultRodata(machine.Config);

    /// <summary>The same where the command line has no word that this version understands.</summary>
    /// <param name="config">The configuration.</param>
    protected virtual (RodataMode Mode, string Why) DefaultRodata(KernelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return config.RodataFullDefault
            ? (RodataMode.Full, "rodata=full is the default of the configuration (CONFIG_RODATA_FULL_DEFAULT_ENABLED)")
            : (RodataMode.On, "rodata=on is the default of the configuration (no CONFIG_RODATA_FULL_DEFAULT_ENABLED)");
    }

    /// <summary>Whether memory that becomes read-only somewhere becomes so in the linear map too. Linux: <c>rodata_full</c>.</summary>
    internal bool MakesAliasesReadOnly(KernelMachine machine) => Rodata(machine).Mode == RodataMode.Full;

    /// <summary>Whether free pages are unmapped. Linux: <c>debug_pagealloc_enabled</c>.</summary>
    internal static bool HasDebugPagealloc(KernelMachine machine) =>
        machine.Config.DebugPagealloc && (machine.CommandLine.DebugPagealloc ?? machine.Config.DebugPageallocDefault);

    private static string WhyDebugPagealloc(KernelMachine machine) => machine.Config.DebugPagealloc
        ? machine.CommandLine.DebugPagealloc is { } given ? $"debug_pagealloc={(given ? "on" : "off")} is on the command line"
            : $"debug_pagealloc={(machine.Config.DebugPageallocDefault ? "on" : "off")} is the default of the configuration ({(machine.Config.DebugPageallocDefault ? string.Empty : "no ")}CONFIG_DEBUG_PAGEALLOC_ENABLE_DEFAULT)"
        : "there is no debug_pagealloc (no CONFIG_DEBUG_PAGEALLOC)";

    private string WhyKfence(KernelMachine machine, bool hasPool)
    {
        if (!machine.Config.Kfence)
        {
            return "there is no KFENCE (no CONFIG_KFENCE)";
        }

        string interval = machine.CommandLine.KfenceSampleInterval is { } given
            ? FormattableString.Invariant($"kfence.sample_interval={given} on the command line")
            : FormattableString.Invariant($"CONFIG_KFENCE_SAMPLE_INTERVAL={machine.Config.KfenceSampleInterval}");
        return hasPool ? $"KFENCE's pool is mapped apart ({interval})"
            : HasEarlyKfence(machine) ? $"there is no room for KFENCE's pool, so it would come out of the linear map later ({interval})"
            : (machine.CommandLine.KfenceSampleInterval ?? (long)machine.Config.KfenceSampleInterval) == 0
                ? $"KFENCE is built in (CONFIG_KFENCE) and off at the start ({interval}), so its pool would come out of the linear map later"
            : "KFENCE is built in (CONFIG_KFENCE), and in this version its pool comes out of the linear map later";
    }
}
