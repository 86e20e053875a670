using Ptewright.Cpu;

namespace Ptewright.Cli.Output;

/// <summary>Operations executed.</summary>
/// <param name="FixmapMaps">Fixmap slots mapped.</param>
/// <param name="FixmapUnmaps">Fixmap slots cleared.</param>
/// <param name="Tlbi">TLBI instructions of any kind.</param>
/// <param name="TlbiVaale1is">Of them VAALE1IS.</param>
/// <param name="TlbiVaae1is">Of them VAAE1IS.</param>
/// <param name="TlbiRvaale1is">Of them RVAALE1IS.</param>
/// <param name="TlbiVmalle1is">Of them VMALLE1IS.</param>
/// <param name="TlbiVmalle1">Of them VMALLE1.</param>
/// <param name="Dsb">DSB instructions of any kind.</param>
/// <param name="DsbIshst">Of them DSB ISHST.</param>
/// <param name="DsbIsh">Of them DSB ISH.</param>
/// <param name="DsbNshst">Of them DSB NSHST.</param>
/// <param name="DsbNsh">Of them DSB NSH.</param>
/// <param name="Isb">ISB instructions.</param>
internal sealed record CountsJson(
    ulong FixmapMaps,
    ulong FixmapUnmaps,
    ulong Tlbi,
    ulong TlbiVaale1is,
    ulong TlbiVaae1is,
    ulong TlbiRvaale1is,
    ulong TlbiVmalle1is,
    ulong TlbiVmalle1,
    ulong Dsb,
    ulong DsbIshst,
    ulong DsbIsh,
    ulong DsbNshst,
    ulong DsbNsh,
    ulong Isb)
{
    /// <summary>The counts of a build.</summary>
    public static CountsJson Of(OperationCounts counts) => new(
        counts.FixmapMaps,
        counts.FixmapUnmaps,
        counts.Tlbi,
        counts.TlbiVaale1is,
        counts.TlbiVaae1is,
        counts.TlbiRvaale1is,
        counts.TlbiVmalle1is,
        counts.TlbiVmalle1,
        counts.Dsb,
        counts.DsbIshst,
        counts.DsbIsh,
        counts.DsbNshst,
        counts.DsbNsh,
        counts.Isb);
}
