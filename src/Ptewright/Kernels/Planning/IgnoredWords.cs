using Ptewright.Kernels.Configuration;
using Ptewright.Kernels.Versions;

namespace Ptewright.Kernels.Planning;

/// <summary>What of a command line another version understands, but this one does not.</summary>
internal static class IgnoredWords
{
    /// <summary>A sentence for each of them.</summary>
    public static IEnumerable<string> Of(KernelProfile profile, KernelMachine machine)
    {
        KernelCommandLine line = machine.CommandLine;
        string rodata = profile.Facts.RodataWords == RodataWords.FullOnOff ? "full, on and off" : "on, noalias and off";
        foreach (string word in line.ForeignRodata(profile.Facts.RodataWords))
        {
            yield return $"{profile.Name} does not know rodata={word} and ignores it; it knows {rodata}, and here {profile.Rodata(machine).Why}.";
        }

        if (line.FeatureOverrides.NoLva && !profile.Facts.HeedsNoLva)
        {
            yield return $"{profile.Name} does not know arm64.nolva, which came with 6.9, and ignores it.";
        }

        if (line.FeatureOverrides.NoBti && !profile.Facts.HeedsNoBti)
        {
            yield return $"{profile.Name} guards its code whatever arm64.nobti says, which counts from 6.1 on.";
        }

        if (!profile.IsKaslrOff(line) && line.Text.Contains("nokaslr", StringComparison.Ordinal))
        {
            yield return $"The command line has the letters 'nokaslr', but not where {profile.Name} takes them for the option, so KASLR is not off.";
        }
        else if (profile.IsKaslrOff(line) && !line.NoKaslr)
        {
            yield return $"{profile.Name} takes the letters 'nokaslr' for the option whatever follows, so KASLR is off; other versions want a word of its own.";
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
