namespace Ptewright.Kernels;

/// <content>What of a command line another version understands, but this one does not.</content>
public abstract partial class KernelProfile
{
    /// <summary>Whether the kernel heeds <c>arm64.nolva</c> (from v6.9).</summary>
    protected virtual bool HeedsNoLva => true;

    /// <summary>Whether <c>arm64.nobti</c> counts already (from v6.1's <c>arm64_early_this_cpu_has_bti</c> on); before that, the register alone does.</summary>
    protected virtual bool HeedsNoBti => true;

    private IEnumerable<string> WordsNotHeeded(KernelMachine machine)
    {
        KernelCommandLine line = machine.CommandLine;
        string rodata = RodataWords == RodataWords.FullOnOff ? "full, on and off" : "on, noalias and off";
        foreach (string word in line.ForeignRodata(RodataWords))
        {
            yield return $"{Name} does not know rodata={word} and ignores it; it knows {rodata}, and here {Rodata(machine).Why}.";
        }

        if (line.FeatureOverrides.NoLva && !HeedsNoLva)
        {
            yield return $"{Name} does not know arm64.nolva, which came with 6.9, and ignores it.";
        }

        if (line.FeatureOverrides.NoBti && !HeedsNoBti)
        {
            yield return $"{Name} guards its code whatever arm64.nobti says, which counts from 6.1 on.";
        }

        if (!IsKaslrOff(line) && line.Text.Contains("nokaslr", StringComparison.Ordinal))
        {
            yield return $"The command line has the letters 'nokaslr', but not where {Name} takes them for the option, so KASLR is not off.";
        }
        else if (IsKaslrOff(line) && !line.NoKaslr)
        {
            yield return $"{Name} takes the letters 'nokaslr' for the option whatever follows, so KASLR is off; other versions want a word of its own.";
        }

        if (line.DebugPagealloc == true && !machine.Config.DebugPagealloc)
        {
            yield return "The kernel has no debug_pagealloc (no CONFIG_DEBUG_PAGEALLOC), so that option changes nothing.";
        }

        if (line.KfenceSampleInterval is not (null or 0) && !machine.Config.Kfence)
        {
            yield return "The kernel has no KFENCE (no CONFIG_KFENCE), so kfence.sample_interval changes nothing.";
        }
    }
}
