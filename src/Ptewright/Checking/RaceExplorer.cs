using System.Numerics;
using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Simulation;
using Ptewright.Translation;

namespace Ptewright.Checking;

/// <summary>Goes through all states that two writers can come into, those with few steps first; so the first wrong run that it meets is a shortest.</summary>
internal sealed class RaceExplorer(RaceMachine machine, RaceScenario scenario)
{
    private static readonly RaceWriter[] _writers = [RaceWriter.A, RaceWriter.B];

    private readonly Dictionary<RaceState, RaceArrival> _arrivals = [];
    private readonly List<Found> _found = [];
    private readonly RaceOutcome _outcome = new(machine, scenario);

    /// <summary>Explores.</summary>
    /// <param name="onLayer">Told, before each step, how many states are known.</param>
    public RaceResult Explore(Action<RaceScenario, int> onLayer)
    {
        RaceState start = new(
            new RaceNode(machine, scenario, RaceWriter.A), new RaceNode(machine, scenario, RaceWriter.B), machine.Start, null, null);
        _arrivals.Add(start, RaceArrival.AtStart);
        BigInteger ended = 0;

        // Every step makes a state longer by one, so a layer is complete, with all ways that lead into it, before the next one begins.
        List<RaceState> layer = [start];
        while (layer.Count > 0)
        {
            onLayer(scenario, _arrivals.Count);
            List<RaceState> next = [];
            foreach (RaceState state in layer)
            {
                bool moved = false;
                foreach (RaceWriter writer in _writers.Where(state.CanMove))
                {
                    moved = true;
                    Move(state, writer, next);
                }

                if (state.IsEnd)
                {
                    ended += _arrivals[state].Paths;
                }
                else if (!moved)
                {
                    Report(state, null, new RaceFault(RaceFaultKind.Deadlock, TableSlot.None, "Both writers wait for a lock that the other one holds."));
                }
            }

            layer = next;
        }

        RaceFinding[] findings = [.. _found.OrderBy(found => found.Steps.Count).Select(found => found.Finding)];
        return new RaceResult(scenario, _arrivals.Count, ended + findings.Aggregate(BigInteger.Zero, (sum, finding) => sum + finding.Interleavings), findings);
    }

    private void Move(RaceState state, RaceWriter writer, List<RaceState> next)
    {
        RaceFault? fault = Fault(state, writer, state[writer].Next!);
        if (fault is null)
        {
            RaceState after = state.After(writer);
            fault = after[writer].Failure.Code != FailureCode.None ? Refusal(after[writer].Failure, writer)
                : after.IsEnd ? _outcome.Check(after.Memory, after.A.Pages, after.B.Pages)
                : null;
            if (fault is null)
            {
                if (!_arrivals.TryGetValue(after, out RaceArrival? arrival))
                {
                    arrival = new RaceArrival();
                    _arrivals.Add(after, arrival);
                    next.Add(after);
                }

                arrival.Add(state, _arrivals[state], writer);
                return;
            }
        }

        Report(state, writer, fault);
    }

    // What is wrong with a step as such, whatever comes later.
    private RaceFault? Fault(RaceState state, RaceWriter writer, RaceOperation step)
    {
        if (step.Kind is not (RaceOperationKind.Load or RaceOperationKind.Store or RaceOperationKind.Clear) || step.IsSlotEntry)
        {
            return null;
        }

        OutputAddressFormat format = machine.Settings.Format;
        PhysicalAddress meant = step.Table.AlignDown(machine.Settings.Geometry.PageSize);
        if (step.Slot != TableSlot.None)
        {
            string verb = step.Kind == RaceOperationKind.Load ? "reads" : step.Kind == RaceOperationKind.Store ? "writes" : "zeroes";
            Descriptor slot = new(state.Memory.Load(machine.SlotEntry(step.Address)));
            if (!slot.IsValid)
            {
                return new RaceFault(
                    RaceFaultKind.SlotMapsNothing,
                    step.Slot,
                    $"{writer} {verb} table {meant} through a slot that maps nothing any more: the access faults.");
            }

            if (format.Decode(slot) is var mapped && mapped != meant)
            {
                return new RaceFault(
                    RaceFaultKind.SlotMapsAnother,
                    step.Slot,
                    $"{writer} {verb} table {meant} through a slot that maps {mapped} by now: it {verb} that page instead.");
            }
        }

        Descriptor old = new(state.Memory.Load(step.Location));
        return step.Kind == RaceOperationKind.Store && step.Level < 3 && old.IsTableOrPage && old != step.Value
            ? new RaceFault(
                RaceFaultKind.LinkOverwritten,
                TableSlot.None,
                $"{writer} overwrites an entry that leads to table {format.Decode(old)} by now: that table and all that it maps is lost.")
            : null;
    }

    private static RaceFault Refusal(MapFailure failure, RaceWriter writer) =>
        new(RaceFaultKind.Refused, TableSlot.None, $"{writer} stops, as a kernel would with BUG: {new MapFailureException(failure).Message}");

    private void Report(RaceState state, RaceWriter? writer, RaceFault fault)
    {
        RaceArrival arrival = _arrivals[state];
        if (_found.Find(found => found.Fault.Kind == fault.Kind && found.Fault.Slot == fault.Slot) is not { } known)
        {
            known = new Found(fault);
            _found.Add(known);
        }

        known.Interleavings += arrival.Paths;
        int length = known.Steps.Count == 0 ? int.MaxValue : known.Steps.Count;
        List<RaceStep> steps = Way(state, arrival, writer, out int switches);
        if (steps.Count < length || (steps.Count == length && switches < known.Switches))
        {
            (known.Steps, known.Switches, known.Fault) = (steps, switches, fault);
        }
    }

    // The way with the fewest changes of writer into a state, and the step that leads out of it.
    private List<RaceStep> Way(RaceState state, RaceArrival arrival, RaceWriter? writer, out int switches)
    {
        List<RaceStep> steps = [];
        if (writer is { } last)
        {
            steps.Add(new RaceStep(last, Executed(state, last), []));
        }

        (switches, RaceWriter? maker) = arrival.CheapestBefore(writer ?? RaceWriter.A);
        while (maker is { } by)
        {
            (RaceState from, RaceWriter? before) = arrival.Back(by);
            steps.Add(new RaceStep(by, Executed(from, by), state[by].After));
            (state, arrival, maker) = (from, _arrivals[from], before);
        }

        steps.Reverse();
        return steps;
    }

    // The step with what it reads: through its slot as that is now, which only the last step of a wrong run finds other than it should be.
    private RaceOperation Executed(RaceState state, RaceWriter writer)
    {
        RaceOperation step = state[writer].Next!;
        if (step.Slot == TableSlot.None || step.IsSlotEntry)
        {
            return step.Kind == RaceOperationKind.Load ? step with { Value = new Descriptor(state.Memory.Load(step.Location)) } : step;
        }

        Descriptor slot = new(state.Memory.Load(machine.SlotEntry(step.Address)));
        if (!slot.IsValid)
        {
            return step with { Faults = true };
        }

        ulong offset = step.Location.Value & (machine.Settings.Geometry.PageSize - 1);
        PhysicalAddress location = machine.Settings.Format.Decode(slot) + offset;
        return step.Kind == RaceOperationKind.Load ? step with { Value = new Descriptor(state.Memory.Load(location)) } : step;
    }

    private sealed class Found(RaceFault fault)
    {
        public RaceFault Fault { get; set; } = fault;

        public BigInteger Interleavings { get; set; }

        public int Switches { get; set; }

        public IReadOnlyList<RaceStep> Steps { get; set; } = [];

        public RaceFinding Finding => new(Fault.Kind, Fault.Slot, Interleavings, Fault.Message, Steps);
    }
}

/// <summary>What goes wrong at a step.</summary>
internal sealed record RaceFault(RaceFaultKind Kind, TableSlot Slot, string Message);
