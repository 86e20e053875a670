using System.Globalization;
using Ptewright.Cpu;
using Ptewright.Translation;

namespace Ptewright.Checking;

/// <summary>Puts a run into words.</summary>
internal sealed class OrderingWording
{
    private readonly OrderingSequence _sequence;
    private readonly OrderingNames _names;
    private readonly Dictionary<ulong, TableSlot> _slots = [];
    private readonly Dictionary<ulong, int> _levels = [];

    /// <summary>Prepares to describe runs of a sequence.</summary>
    public OrderingWording(OrderingSequence sequence, OrderingNames names)
    {
        (_sequence, _names) = (sequence, names);
        foreach (OrderingEvent item in sequence.Events)
        {
            if (item.Kind == OrderingKind.Mapped)
            {
                _slots[item.Address & ~(sequence.Setting.Geometry.PageSize - 1)] = item.Slot;
                _levels.TryAdd(item.Page, item.Level);
            }
            else if (item.Kind is OrderingKind.Clear or OrderingKind.Store && item.Page != sequence.Setting.SlotTable)
            {
                _levels.TryAdd(item.Page, item.Level);
            }
        }
    }

    /// <summary>A run in words.</summary>
    /// <param name="witness">Its steps.</param>
    /// <param name="omitted">The events that are left out.</param>
    public OrderingRun Describe(OrderingWitness witness, IReadOnlyList<int> omitted)
    {
        List<OrderingStep> steps = [.. witness.Steps.Select(step => Describe(step, witness.Violation))];
        int first = steps[0].Event;
        int last = steps[^1].Event;
        foreach (int number in omitted.Where(number => number > first && number < last).Take(3))
        {
            int at = steps.FindIndex(step => step.Event > number);
            steps.Insert(at, new OrderingStep(number, OrderingActor.LeftOut, _names.Full(number)));
        }

        return new OrderingRun(witness.Violation.Rule, steps);
    }

    private OrderingStep Describe(WitnessStep step, OrderingViolation violation)
    {
        (OrderingActor actor, string text) = step.Kind switch
        {
            WitnessKind.Done => (OrderingActor.Writer, What(step.Event)),
            WitnessKind.Seen => (OrderingActor.Writer, $"{What(step.Event)}; walkers see it at once"),
            WitnessKind.Hidden => (OrderingActor.Writer, $"{What(step.Event)}; {(IsRegister(step.Event) ? "not in effect yet" : "walkers do not see it yet")}"),
            WitnessKind.Zeroes => (OrderingActor.Writer, $"{What(step.Event)}; walkers do not see the zeroes yet"),
            WitnessKind.TooEarly => (OrderingActor.Writer, $"{What(step.Event)}, while the old entry can still be read"),
            WitnessKind.Incomplete => (OrderingActor.Writer, $"{What(step.Event)}, which is not complete before a DSB ISH"),
            WitnessKind.Garbage => (OrderingActor.Walker, $"follows {Path(violation.Read)} and reads in the {Table(violation.Page!.Value)} what its last user left"),
            WitnessKind.Cached or WitnessKind.Ahead when violation.IsFreed => (
                OrderingActor.Walker, $"follows {Path(violation.Read)} and keeps the address of the {Table(violation.Page!.Value)} in its walk cache"),
            WitnessKind.Cached => (OrderingActor.Walker, $"translates {Window(violation.Address)} to {Target(violation)} and keeps that in the TLB"),
            WitnessKind.Ahead when violation.Page is null => (OrderingActor.Walker, $"translates {Window(violation.Address)} ahead of its use: no entry yet, a fault"),
            WitnessKind.Ahead => (OrderingActor.Walker, $"translates {Window(violation.Address)} ahead of its use to {Target(violation)}"),
            _ => (OrderingActor.Writer, Use(step.Event, violation)),
        };
        return new OrderingStep(step.Event, actor, text);
    }

    private string Use(int number, OrderingViolation violation)
    {
        if (violation.IsFreed)
        {
            return $"frees the {Table(violation.Page!.Value)}, whose address a walker still has";
        }

        OrderingEvent item = _sequence[number];
        string outcome = violation.Page is null ? "a fault" : violation.Rule == OrderingRule.Forgotten ? $"still {Target(violation)}" : $"it goes to {Target(violation)}";
        return item.Kind switch
        {
            OrderingKind.Return when violation.Rule == OrderingRule.Forgotten => $"the call returns; {Window(violation.Address)} still translates to {Target(violation)}",
            OrderingKind.Return => $"the call returns and {Window(violation.Address)} is used: {outcome}",
            OrderingKind.SetTtbr1 => $"runs on in the identity map: {outcome}",
            _ when item.IsNextCaller => $"the next caller uses {Window(violation.Address)} for its table: {outcome}",
            OrderingKind.Access => $"reads the {Table(item.Page)} through {Window(violation.Address)}: {outcome}",
            _ => $"{What(number)} through {Window(violation.Address)}: {outcome}",
        };
    }

    private bool IsRegister(int number) => _sequence[number].Kind is OrderingKind.SetTtbr0 or OrderingKind.SetTtbr1;

    private string What(int number)
    {
        OrderingEvent item = _sequence[number];
        return item.Kind switch
        {
            OrderingKind.Clear => $"zeroes the {Table(item.Page)}",
            OrderingKind.Store when item.Page == _sequence.Setting.SlotTable => item.Value == 0
                ? $"clears the entry of {Window(SlotAddress(item.Index))}"
                : $"maps {Window(SlotAddress(item.Index))} to {(item.IsNextCaller ? "the next caller's table" : $"the {Table(Decode(item.Value))}")}",
            OrderingKind.Store => StoreText(item),
            OrderingKind.SetTtbr0 or OrderingKind.SetTtbr1 =>
                $"writes {(item.Kind == OrderingKind.SetTtbr0 ? "TTBR0" : "TTBR1")} = {(item.Page == 0 ? "an empty table" : Hex(item.Page))}",
            OrderingKind.TlbiLast or OrderingKind.TlbiPage => $"{item.Instruction} of {Window(item.Address)}",
            _ => item.Instruction ?? "goes on",
        };
    }

    private string StoreText(OrderingEvent item)
    {
        Descriptor value = new(item.Value);
        string entries = item.Count > 1 ? $"{item.Index}..{item.Index + item.Count - 1}" : item.Index.ToString(CultureInfo.InvariantCulture);
        string meaning = item.Level < 3 && value.IsTableOrPage
            ? $"the {Table(Decode(item.Value))}"
            : value.IsValid ? $"{(item.Level < 3 ? "block" : "page")} {Hex(Decode(item.Value))}" : "nothing";
        return $"stores {Level(item.Level)}[{entries}] = {meaning}";
    }

    private string Path(OrderingRead read) => read.Page == 0 ? "the root register" : $"{Level(read.Level)}[{read.Index}]";

    private string Target(OrderingViolation violation)
    {
        if (violation.Page is not { } page)
        {
            return "a fault";
        }

        return violation.Read.IsGarbage ? $"garbage ({Hex(page)})" : _levels.ContainsKey(page) ? $"the {Table(page)}" : Hex(page);
    }

    private string Table(ulong page) => _levels.TryGetValue(page, out int level) ? $"{Level(level)} table {Hex(page)}" : $"table {Hex(page)}";

    private string Window(ulong address) => _slots.TryGetValue(address, out TableSlot slot) ? $"{Name(slot)} ({Hex(address)})" : address == 0 ? "the lower half" : Hex(address);

    private ulong SlotAddress(int index)
    {
        TableGeometry geometry = _sequence.Setting.Geometry;
        foreach (ulong address in _slots.Keys)
        {
            if (geometry.Index(3, new Addressing.VirtualAddress(address)) == index)
            {
                return address;
            }
        }

        return 0;
    }

    private ulong Decode(ulong value) => _sequence.Setting.Format.Decode(new Descriptor(value)).Value;

    private string Level(int level) => level == _sequence.Setting.Geometry.WalkRootLevel ? "PGD" : level switch
    {
        3 => "PTE",
        2 => "PMD",
        1 => "PUD",
        0 => "P4D",
        _ => "PGD",
    };

    private static string Name(TableSlot slot) => slot switch
    {
        TableSlot.Pte => "FIX_PTE",
        TableSlot.Pmd => "FIX_PMD",
        TableSlot.Pud => "FIX_PUD",
        TableSlot.P4d => "FIX_P4D",
        _ => "FIX_PGD",
    };

    private static string Hex(ulong value) => string.Create(CultureInfo.InvariantCulture, $"0x{value:x}");
}
