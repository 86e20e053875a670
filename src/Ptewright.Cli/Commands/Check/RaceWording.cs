using Ptewright.Checking;
using Ptewright.Cli.Output;
using Ptewright.LinearMap;
using Ptewright.Translation;

namespace Ptewright.Cli.Commands.Check;

/// <summary>Says what a writer does, in the words that <c>trace</c> has for it; shorter, because two writers stand side by side.</summary>
internal sealed class RaceWording(RaceReport report)
{
    private readonly int _root = report.Geometry.WalkRootLevel;

    /// <summary>One operation.</summary>
    public string Describe(RaceOperation operation) => operation.Kind switch
    {
        RaceOperationKind.TakeLock => $"lock   {NameOf(operation.Lock)}",
        RaceOperationKind.ReleaseLock => $"unlock {NameOf(operation.Lock)}",
        RaceOperationKind.Load when operation.Faults => $"load   {Table(operation.Level)}[{operation.Index}]  faults",
        RaceOperationKind.Load => $"load   {Table(operation.Level)}[{operation.Index}] = {operation.Value}  {Meaning(operation)}",
        RaceOperationKind.Store when operation.IsSlotEntry =>
            $"store  bm_pte[{operation.Index}] = {operation.Value}  {TableNames.Of(operation.Slot)}{(operation.Value.IsNone ? " cleared" : string.Empty)}",
        RaceOperationKind.Store when operation.Faults => $"store  {Table(operation.Level)}[{operation.Index}] = {operation.Value}  faults",
        RaceOperationKind.Store => $"store  {Table(operation.Level)}[{operation.Index}] = {operation.Value}  {Meaning(operation)}",
        RaceOperationKind.Clear => $"clear  {Table(operation.Level)} table {operation.Table}{(operation.Faults ? "  faults" : string.Empty)}",
        RaceOperationKind.Allocate => $"alloc  {Table(operation.Level)} table {operation.Table}",
        RaceOperationKind.Mapped => $"map    {TableNames.Of(operation.Slot)} -> {Table(operation.Level)} table {operation.Table}",
        RaceOperationKind.Unmapped => $"unmap  {TableNames.Of(operation.Slot)}",
        RaceOperationKind.DsbIshst => "dsb ishst",
        RaceOperationKind.DsbIsh => "dsb ish",
        RaceOperationKind.Isb => "isb",
        RaceOperationKind.TlbiVaale1is => $"tlbi vaale1is {operation.Address}",
        RaceOperationKind.TlbiVaae1is => $"tlbi vaae1is {operation.Address}",
        RaceOperationKind.TlbiRvaale1is => $"tlbi rvaale1is {operation.Address}",
        _ => "tlbi vmalle1is",
    };

    /// <summary>A step and what follows it, a line each; barriers and invalidations that follow each other share one.</summary>
    public IEnumerable<string> Lines(RaceStep step)
    {
        yield return Describe(step.Operation);
        List<string> barriers = [];
        foreach (RaceOperation operation in step.After)
        {
            if (operation.Kind >= RaceOperationKind.DsbIshst)
            {
                barriers.Add(Describe(operation));
                continue;
            }

            if (barriers.Count > 0)
            {
                yield return string.Join("; ", barriers);
                barriers.Clear();
            }

            yield return Describe(operation);
        }

        if (barriers.Count > 0)
        {
            yield return string.Join("; ", barriers);
        }
    }

    /// <summary>What goes wrong, in a few words.</summary>
    public static string Describe(RaceFinding finding) => finding.Kind switch
    {
        RaceFaultKind.SlotMapsNothing => $"{TableNames.Of(finding.Slot)} maps nothing",
        RaceFaultKind.SlotMapsAnother => $"{TableNames.Of(finding.Slot)} maps another table",
        RaceFaultKind.LinkOverwritten => "a table's entry is overwritten",
        RaceFaultKind.Refused => "the engine stops",
        RaceFaultKind.Deadlock => "both wait for ever",
        RaceFaultKind.WrongTables => "the tables map something else",
        _ => "a table is lost",
    };

    /// <summary>What a writer is asked for.</summary>
    public static string Describe(RaceTask task)
    {
        MapRequest request = task.Request;
        string what = task.Work == RaceWork.AddMemory ? "adds memory" : "makes read-only";
        return $"{what} {request.Physical}-{request.Physical + (request.Size - 1)} at {request.Virtual}";
    }

    /// <summary>The lock's name in Linux.</summary>
    public static string NameOf(RaceLock @lock) => @lock == RaceLock.Fixmap ? "fixmap_lock" : "swapper_pgdir_lock";

    private string Table(int level) => TableNames.Of(level, _root);

    private string Meaning(RaceOperation operation)
    {
        Descriptor entry = operation.Value;
        return entry.IsNone ? "nothing"
            : operation.Level < 3 && entry.IsTableOrPage ? $"-> {Table(operation.Level + 1)} table {report.Format.Decode(entry)}"
            : $"{(entry.IsBlock ? "block" : "page")} -> {report.Format.Decode(entry)}";
    }
}
