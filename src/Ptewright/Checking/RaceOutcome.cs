using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.LinearMap;
using Ptewright.Translation;

namespace Ptewright.Checking;

/// <summary>Whether the tables that two writers left are what both were asked for: read from memory, without the engine.</summary>
internal sealed class RaceOutcome
{
    private readonly RaceMachine _machine;
    private readonly TableGeometry _geometry;
    private readonly SortedDictionary<ulong, ulong> _expected;

    /// <summary>Prepares to check one scenario.</summary>
    public RaceOutcome(RaceMachine machine, RaceScenario scenario)
    {
        _machine = machine;
        _geometry = machine.Settings.Geometry;

        // What boot mapped, and on top of it what each writer was asked for.
        _expected = Read(machine.Start, []);
        foreach (MapRequest request in (ReadOnlySpan<MapRequest>)[scenario.A.Request, scenario.B.Request])
        {
            for (ulong offset = 0; offset < request.Size; offset += _geometry.PageSize)
            {
                _expected[(request.Virtual + offset).Value] = machine.Settings.Format.Encode(request.Physical + offset) | request.Protection.PageBits;
            }
        }
    }

    /// <summary>What is wrong at the end, or null.</summary>
    /// <param name="memory">The memory that both left.</param>
    /// <param name="pagesOfA">How many pages A took for tables.</param>
    /// <param name="pagesOfB">How many B took.</param>
    public RaceFault? Check(RaceMemory memory, int pagesOfA, int pagesOfB)
    {
        Dictionary<ulong, int> links = [];
        SortedDictionary<ulong, ulong> found = Read(memory, links);
        foreach (ulong address in _expected.Keys.Union(found.Keys).Order())
        {
            Descriptor expected = new(_expected.GetValueOrDefault(address));
            Descriptor actual = new(found.GetValueOrDefault(address));
            if (expected != actual)
            {
                return new RaceFault(
                    RaceFaultKind.WrongTables,
                    TableSlot.None,
                    $"Both have ended, and a walk for {new VirtualAddress(address)} finds {(actual.IsNone ? "nothing" : actual)} instead of {expected}.");
            }
        }

        foreach (RaceWriter writer in (ReadOnlySpan<RaceWriter>)[RaceWriter.A, RaceWriter.B])
        {
            for (int i = 0; i < (writer == RaceWriter.A ? pagesOfA : pagesOfB); i++)
            {
                PhysicalAddress page = _machine.Page(writer, i);
                if (links.GetValueOrDefault(page.Value) is var count and not 1)
                {
                    return new RaceFault(
                        RaceFaultKind.LostTable,
                        TableSlot.None,
                        $"Both have ended, and table {page}, which {writer} made, is linked {count} times instead of once.");
                }
            }
        }

        return null;
    }

    // All leaves by their address, as a walker of the CPU would find them; and how often each table is linked.
    private SortedDictionary<ulong, ulong> Read(RaceMemory memory, Dictionary<ulong, int> links)
    {
        SortedDictionary<ulong, ulong> leaves = [];
        VirtualAddress first = _geometry.FoldedLevel == TableGeometry.NoLevel ? _geometry.PageOffset : _geometry.ActualPageOffset;
        Visit(memory, _machine.Root, _geometry.WalkRootLevel, _geometry.RootTableEntries, first.Value, leaves, links);
        return leaves;
    }

    private void Visit(
        RaceMemory memory, PhysicalAddress table, int level, int entries, ulong start, SortedDictionary<ulong, ulong> leaves, Dictionary<ulong, int> links)
    {
        for (int i = 0; i < entries; i++)
        {
            Descriptor entry = new(memory.Load(table + ((ulong)i * sizeof(ulong))));
            ulong address = start + ((ulong)i << _geometry.Shift(level));
            if (level == 3 || !entry.IsTableOrPage)
            {
                if (!entry.IsNone)
                {
                    leaves[address] = entry.Raw;
                }

                continue;
            }

            // A table that is met again is not gone through again: a wrong link may lead in a circle.
            PhysicalAddress below = _machine.Settings.Format.Decode(entry);
            int count = links.GetValueOrDefault(below.Value) + 1;
            links[below.Value] = count;
            if (count == 1)
            {
                Visit(memory, below, level + 1, _geometry.EntriesPerTable, address, leaves, links);
            }
        }
    }
}
