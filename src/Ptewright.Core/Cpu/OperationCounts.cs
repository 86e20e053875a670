using System.Runtime.CompilerServices;

namespace Ptewright.Cpu;

/// <summary>How many maintenance operations were executed, by kind.</summary>
public struct OperationCounts
{
    /// <summary>Fixmap slots mapped.</summary>
    public ulong FixmapMaps { get; set; }

    /// <summary>Fixmap slots cleared.</summary>
    public ulong FixmapUnmaps { get; set; }

    /// <summary><c>TLBI VAALE1IS</c> executed.</summary>
    public ulong TlbiVaale1is { get; set; }

    /// <summary><c>TLBI VAAE1IS</c> executed.</summary>
    public ulong TlbiVaae1is { get; set; }

    /// <summary><c>TLBI RVAALE1IS</c> (range) executed.</summary>
    public ulong TlbiRvaale1is { get; set; }

    /// <summary><c>TLBI VMALLE1IS</c> executed.</summary>
    public ulong TlbiVmalle1is { get; set; }

    /// <summary><c>TLBI VMALLE1</c> (this CPU only) executed.</summary>
    public ulong TlbiVmalle1 { get; set; }

    /// <summary><c>DSB ISHST</c> executed.</summary>
    public ulong DsbIshst { get; set; }

    /// <summary><c>DSB ISH</c> executed.</summary>
    public ulong DsbIsh { get; set; }

    /// <summary><c>DSB NSHST</c> executed.</summary>
    public ulong DsbNshst { get; set; }

    /// <summary><c>DSB NSH</c> executed.</summary>
    public ulong DsbNsh { get; set; }

    /// <summary><c>ISB</c> executed.</summary>
    public ulong Isb { get; set; }

    /// <summary>Writes of TTBR0_EL1.</summary>
    public ulong Ttbr0Writes { get; set; }

    /// <summary>Writes of TTBR1_EL1.</summary>
    public ulong Ttbr1Writes { get; set; }

    /// <summary>All TLBI instructions, of whichever kind.</summary>
    public readonly ulong Tlbi => TlbiVaale1is + TlbiVaae1is + TlbiRvaale1is + TlbiVmalle1is + TlbiVmalle1;

    /// <summary>All DSB instructions, of whichever kind.</summary>
    public readonly ulong Dsb => DsbIshst + DsbIsh + DsbNshst + DsbNsh;

    /// <summary>Counts one instruction.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Add(MaintenanceKind kind)
    {
        switch (kind)
        {
            case MaintenanceKind.DsbIshst:
                DsbIshst++;
                break;
            case MaintenanceKind.DsbIsh:
                DsbIsh++;
                break;
            case MaintenanceKind.DsbNshst:
                DsbNshst++;
                break;
            case MaintenanceKind.DsbNsh:
                DsbNsh++;
                break;
            case MaintenanceKind.Isb:
                Isb++;
                break;
            case MaintenanceKind.TlbiVaale1is:
                TlbiVaale1is++;
                break;
            case MaintenanceKind.TlbiVaae1is:
                TlbiVaae1is++;
                break;
            case MaintenanceKind.TlbiRvaale1is:
                TlbiRvaale1is++;
                break;
            case MaintenanceKind.TlbiVmalle1is:
                TlbiVmalle1is++;
                break;
            case MaintenanceKind.TlbiVmalle1:
                TlbiVmalle1++;
                break;
            case MaintenanceKind.SetTtbr0:
                Ttbr0Writes++;
                break;
            default:
                Ttbr1Writes++;
                break;
        }
    }
}
