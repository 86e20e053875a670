using System.Globalization;
using Ptewright.Cli.Output;
using Ptewright.Cpu;
using Ptewright.Simulation;

namespace Ptewright.Cli.Commands.Trace;

/// <summary>Says what an event is, in the words of arm64's memory management: slots, tables and entries under Linux's names.</summary>
/// <remarks>What a store to the fixmap is for, and when the temporary map ends, follows from the events around it.</remarks>
internal sealed class TraceWording
{
    private readonly RecordedBuild _trace;
    private readonly DescriptorWording _descriptors;
    private readonly int _temporaryEnd;
    private readonly int _temporaryRootLevel;

    /// <summary>Prepares to describe the events of <paramref name="trace"/>.</summary>
    public TraceWording(RecordedBuild trace)
    {
        _trace = trace;
        _descriptors = new DescriptorWording(trace.Plan.Settings.Format);

        // A temporary map is whatever is made before the CPU is told to use it; its root is the first thing made.
        for (int i = 0; i < trace.Count && _temporaryEnd == 0 && trace.Result.TemporaryTables > 0; i++)
        {
            if (trace[i].Kind == CpuEventKind.SetTtbr0)
            {
                _temporaryEnd = i;
                _temporaryRootLevel = trace[0].Level;
            }
        }
    }

    /// <summary>The operation with its operands, and in words what it does; the words may be empty.</summary>
    /// <param name="index">The number of the event, counted from 0.</param>
    public (string Operation, string Meaning) Describe(int index)
    {
        CpuEvent item = _trace[index];
        switch (item.Kind)
        {
            case CpuEventKind.Store when SlotWritten(index) is { } slot:
                return ($"store  bm_pte[{item.Index}] = {item.Value}", $"fixmap entry of {TableNames.Of(slot)}{(item.Value.IsNone ? " cleared" : string.Empty)}");
            case CpuEventKind.Store:
                return ($"store  {Table(index, item.Level)}[{item.Index}] = {item.Value}", _descriptors.Describe(item.Value, item.Level, TableBelow(index)));
            case CpuEventKind.StoreRun when item.Count == 1:
                return ($"store  {Table(index, item.Level)}[{item.Index}] = {item.Value}", _descriptors.Describe(item.Value, item.Level, string.Empty));
            case CpuEventKind.StoreRun:
                return (
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"store  {Table(index, item.Level)}[{item.Index}..{item.Index + item.Count - 1}] = {item.Value} step 0x{item.Step:x}"),
                    _descriptors.DescribeRun(item.Value, item.Count, item.Step));
            case CpuEventKind.Clear:
                return ($"clear  {item.Count} bytes", $"{Table(index, item.Level)} table {item.Table}");
            case CpuEventKind.Mapped:
                return ($"map    {TableNames.Of(item.Slot)}  {item.Address} -> table {item.Table}", $"(level {item.Level}, {Table(index, item.Level)})");
            case CpuEventKind.Unmapped:
                return ($"unmap  {TableNames.Of(item.Slot)}  {item.Address}", string.Empty);
            case CpuEventKind.DsbIshst:
                return ("dsb ishst", string.Empty);
            case CpuEventKind.DsbIsh:
                return ("dsb ish", string.Empty);
            case CpuEventKind.DsbNshst:
                return ("dsb nshst", string.Empty);
            case CpuEventKind.DsbNsh:
                return ("dsb nsh", string.Empty);
            case CpuEventKind.Isb:
                return ("isb", string.Empty);
            case CpuEventKind.TlbiVaale1is:
                return ($"tlbi vaale1is {item.Address}", string.Empty);
            case CpuEventKind.TlbiVaae1is:
                return ($"tlbi vaae1is {item.Address}", string.Empty);
            case CpuEventKind.TlbiRvaale1is:
                return ($"tlbi rvaale1is {item.Address}", $"{item.Count} pages");
            case CpuEventKind.TlbiVmalle1is:
                return ("tlbi vmalle1is", "everything");
            case CpuEventKind.TlbiVmalle1:
                return ("tlbi vmalle1", "everything, this CPU only");
            case CpuEventKind.SetTtbr1:
                return ($"msr ttbr1_el1, {item.Table}", item.Table.Value == 0 ? "an empty table" : "the new kernel root");
            default:
                return ($"msr ttbr0_el1, {item.Table}", TableOfLowerHalf(item));
        }
    }

    /// <summary>Whether the event belongs to the making of the temporary map.</summary>
    public bool IsTemporary(int index) => index < _temporaryEnd;

    /// <summary>Whether a store writes the fixmap's own table, and then which slot's entry.</summary>
    /// <remarks>A fixmap entry is written right before its slot is mapped (store, DSB, ISB, mapped) or unmapped (store, unmapped), and never else.</remarks>
    public TableSlot? SlotWritten(int index)
    {
        CpuEvent item = _trace[index];
        if (item.Kind != CpuEventKind.Store || item.Slot != TableSlot.None || item.Level != 3)
        {
            return null;
        }

        int told = index + (item.Value.IsNone ? 1 : 3);
        CpuEventKind expected = item.Value.IsNone ? CpuEventKind.Unmapped : CpuEventKind.Mapped;
        return told < _trace.Count && _trace[told].Kind == expected ? _trace[told].Slot : null;
    }

    private string Table(int index, int level)
    {
        int root = IsTemporary(index) ? _temporaryRootLevel : _trace.Plan.Settings.Geometry.RootLevel;
        string name = TableNames.Of(level, root);
        return IsTemporary(index) ? $"temporary {name}" : name;
    }

    // A kernel that replaces its root does it from the identity map.
    private string TableOfLowerHalf(CpuEvent item) =>
        item.Table.Value == 0 ? "an empty table" : _trace.Result.TemporaryTables > 0 ? "the temporary map" : "the identity map";

    private string TableBelow(int index) => Table(index, _trace[index].Level + 1);
}
