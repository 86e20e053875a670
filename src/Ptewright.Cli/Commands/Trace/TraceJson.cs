using System.Text.Json;
using System.Text.Json.Serialization;
using Ptewright.Cli.Output;
using Ptewright.Cpu;
using Ptewright.Machines;
using Ptewright.Simulation;
using Ptewright.Texts;

namespace Ptewright.Cli.Commands.Trace;

/// <summary>What <c>trace --json</c> writes; addresses and descriptors are hexadecimal text, which every JSON reader keeps exact.</summary>
/// <param name="Strategy">The preset's name, or the switches as they were given.</param>
/// <param name="MemoryBytes">The memory that is mapped.</param>
/// <param name="Granule"><c>4K</c>, <c>16K</c> or <c>64K</c>.</param>
/// <param name="VaBits">The size of virtual addresses.</param>
/// <param name="Root">Where the root table lies.</param>
/// <param name="Kernel">The kernel whose plan was built; left out where memory alone was.</param>
/// <param name="Cpu">The CPU that it runs on; left out likewise.</param>
/// <param name="Counts">What the events add up to.</param>
/// <param name="Events">The events in order.</param>
internal sealed record TraceJson(
    string Strategy,
    ulong MemoryBytes,
    string Granule,
    int VaBits,
    string Root,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Kernel,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Cpu,
    TraceCountsJson Counts,
    IEnumerable<TraceEventJson> Events)
{
    /// <summary>Writes a trace as one JSON object; the events are made while they are written.</summary>
    public static void Write(Terminal terminal, RecordedBuild trace, DescribedMachine? kernel)
    {
        TraceWording wording = new(trace);
        TraceJson document = new(
            trace.Strategy.Name,
            trace.Plan.Memory.MappedBytes,
            GranuleText.NameOf(trace.Plan.Settings.Geometry.Granule),
            trace.Plan.Settings.Geometry.VirtualAddressBits,
            trace.Result.Root.ToString(),
            kernel?.Profile.Name,
            kernel?.Machine.Cpu.Name,
            TraceCountsJson.Of(trace),
            Enumerable.Range(0, trace.Count).Select(index => TraceEventJson.Of(trace, wording, index)));
        terminal.Out.Flush();
        JsonSerializer.Serialize(terminal.Stream, document, CliJson.TypeOf<TraceJson>(TraceJsonCode.Default));
        terminal.Out.WriteLine();
    }
}

/// <summary>What the events add up to.</summary>
/// <param name="Events">Events.</param>
/// <param name="Tables">Tables made, without the root and the temporary ones.</param>
/// <param name="TemporaryTables">Tables of the temporary map of <c>premapped</c>.</param>
/// <param name="Ptes">Level-3 entries of the map.</param>
/// <param name="Blocks">Block entries of the map.</param>
/// <param name="Fixmaps">Fixmap slots mapped.</param>
/// <param name="Unmaps">Fixmap slots cleared.</param>
/// <param name="Tlbi">TLBI instructions of any kind.</param>
/// <param name="DsbIshst">DSB ISHST instructions.</param>
/// <param name="DsbIsh">DSB ISH instructions.</param>
/// <param name="Isb">ISB instructions.</param>
/// <param name="PagesZeroed">Table pages zeroed.</param>
/// <param name="EntriesWritten">Entries written to tables, temporary ones included, the fixmap's not.</param>
/// <param name="FixmapEntriesWritten">Entries written to the fixmap's own table.</param>
internal sealed record TraceCountsJson(
    int Events,
    ulong Tables,
    ulong TemporaryTables,
    ulong Ptes,
    ulong Blocks,
    int Fixmaps,
    int Unmaps,
    int Tlbi,
    int DsbIshst,
    int DsbIsh,
    int Isb,
    int PagesZeroed,
    long EntriesWritten,
    long FixmapEntriesWritten)
{
    /// <summary>The sums of a trace.</summary>
    public static TraceCountsJson Of(RecordedBuild trace)
    {
        TraceSummary summary = new(trace);
        return new TraceCountsJson(
            trace.Count,
            trace.Result.Statistics.Tables,
            trace.Result.TemporaryTables,
            trace.Result.Statistics.Pages,
            trace.Result.Statistics.Blocks,
            summary[CpuEventKind.Mapped],
            summary[CpuEventKind.Unmapped],
            summary.Tlbi,
            summary[CpuEventKind.DsbIshst],
            summary[CpuEventKind.DsbIsh],
            summary[CpuEventKind.Isb],
            summary[CpuEventKind.Clear],
            summary.Entries,
            summary.FixmapEntries);
    }
}

/// <summary>One event; a member that its kind does not have is left out.</summary>
/// <param name="Number">Its number, counted from 1, as in the text.</param>
/// <param name="Kind">The operation: <c>store</c>, <c>storeRun</c>, <c>fixmapStore</c> (an entry of the fixmap's own table), <c>clear</c>,
/// <c>mapped</c>, <c>unmapped</c>, <c>dsbIshst</c>, <c>dsbIsh</c>, <c>isb</c>, <c>tlbiVaale1is</c>, <c>tlbiRvaale1is</c>, <c>tlbiVmalle1is</c>, <c>setTtbr0</c>.</param>
/// <param name="Temporary">True while the temporary map is made.</param>
/// <param name="Slot">The fixmap slot that it goes through, or (<c>fixmapStore</c>) whose entry it is: <c>pte</c>, <c>pmd</c>, …</param>
/// <param name="Level">The level of the table.</param>
/// <param name="Table">Where the table lies.</param>
/// <param name="Address">The virtual address of the window, or of the page that was invalidated.</param>
/// <param name="Index">The first entry written.</param>
/// <param name="Count">Entries written, bytes zeroed, pages invalidated.</param>
/// <param name="Value">The (first) descriptor written.</param>
/// <param name="Step">What each descriptor of a run is above the one before.</param>
/// <param name="Text">The same in words.</param>
internal sealed record TraceEventJson(
    int Number,
    string Kind,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Temporary,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Slot,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Level,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Table,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Address,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Index,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Count,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Value,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Step,
    string Text)
{
    /// <summary>One event of a trace.</summary>
    public static TraceEventJson Of(RecordedBuild trace, TraceWording wording, int index)
    {
        CpuEvent item = trace[index];
        bool isStore = item.Kind is CpuEventKind.Store or CpuEventKind.StoreRun;
        bool isSlot = item.Kind is CpuEventKind.Mapped or CpuEventKind.Unmapped;
        bool isPage = item.Kind is CpuEventKind.TlbiVaale1is or CpuEventKind.TlbiVaae1is or CpuEventKind.TlbiRvaale1is;
        bool hasTable = isStore || item.Kind is CpuEventKind.Clear or CpuEventKind.Mapped;
        TableSlot? written = wording.SlotWritten(index);
        TableSlot slot = written ?? item.Slot;
        (string operation, string meaning) = wording.Describe(index);
        return new TraceEventJson(
            index + 1,
            written is null ? CliJson.NameOf(item.Kind) : "fixmapStore",
            wording.IsTemporary(index),
            slot == TableSlot.None ? null : CliJson.NameOf(slot),
            hasTable ? item.Level : null,
            hasTable || item.Kind == CpuEventKind.SetTtbr0 ? item.Table.ToString() : null,
            isSlot || isPage ? item.Address.ToString() : null,
            isStore ? item.Index : null,
            isStore || item.Kind is CpuEventKind.Clear or CpuEventKind.TlbiRvaale1is ? item.Count : null,
            isStore ? item.Value.ToString() : null,
            item.Kind == CpuEventKind.StoreRun ? $"0x{item.Step:x}" : null,
            meaning.Length == 0 ? operation : $"{operation}  {meaning}");
    }
}

/// <summary>The generated code that writes the JSON of <c>trace</c>.</summary>
[JsonSerializable(typeof(TraceJson))]
internal sealed partial class TraceJsonCode : JsonSerializerContext;
