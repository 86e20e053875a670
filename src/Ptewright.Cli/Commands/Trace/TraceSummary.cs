using System.Globalization;
using Ptewright.Cpu;
using Ptewright.LinearMap;
using Ptewright.Simulation;

namespace Ptewright.Cli.Commands.Trace;

/// <summary>What the events of a trace add up to.</summary>
internal sealed class TraceSummary
{
    private readonly RecordedBuild _trace;
    private readonly int[] _events = new int[Enum.GetValues<CpuEventKind>().Length];
    private readonly long _entries;
    private readonly long _fixmapEntries;

    /// <summary>Adds up a trace.</summary>
    public TraceSummary(RecordedBuild trace)
    {
        _trace = trace;
        TraceWording wording = new(trace);
        for (int i = 0; i < trace.Count; i++)
        {
            _events[(int)trace[i].Kind]++;
            if (wording.SlotWritten(i) is not null)
            {
                _fixmapEntries++;
            }
            else if (trace[i].Kind is CpuEventKind.Store or CpuEventKind.StoreRun)
            {
                _entries += trace[i].Count;
            }
        }
    }

    /// <summary>Entries written to tables, the fixmap's own not counted.</summary>
    public long Entries => _entries;

    /// <summary>Entries written to the fixmap's own table.</summary>
    public long FixmapEntries => _fixmapEntries;

    /// <summary>TLB invalidations of any kind.</summary>
    public int Tlbi => this[CpuEventKind.TlbiVaale1is] + this[CpuEventKind.TlbiVaae1is] + this[CpuEventKind.TlbiRvaale1is] + this[CpuEventKind.TlbiVmalle1is]
        + this[CpuEventKind.TlbiVmalle1];

    /// <summary>How many events are of one kind.</summary>
    public int this[CpuEventKind kind] => _events[(int)kind];

    /// <summary>The sums in words.</summary>
    public IEnumerable<string> Lines()
    {
        TableStatistics made = _trace.Result.Statistics;
        string temporary = _trace.Result.TemporaryTables == 0 ? string.Empty : $", temporary tables {_trace.Result.TemporaryTables}";
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"{_trace.Strategy.Name}: tables {made.Tables}{temporary}, pages {made.Pages}, blocks {made.Blocks}, operations {_trace.Count}");
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"map {this[CpuEventKind.Mapped]}, unmap {this[CpuEventKind.Unmapped]}, tlbi {Tlbi}, "
            + $"dsb ishst {this[CpuEventKind.DsbIshst]}, dsb ish {this[CpuEventKind.DsbIsh]}, isb {this[CpuEventKind.Isb]}");
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"entries written {_entries}, fixmap entries written {_fixmapEntries}, pages zeroed {this[CpuEventKind.Clear]}");
    }
}
