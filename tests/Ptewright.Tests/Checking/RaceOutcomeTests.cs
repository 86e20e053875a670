using Ptewright.Addressing;
using Ptewright.Checking;
using Ptewright.Kernels.Cpus;
using Ptewright.Kernels.Versions;
using Ptewright.Translation;

namespace Ptewright.Tests.Checking;

/// <summary>What is said about the tables when both writers have ended: here after good runs, whose memory is then spoilt.</summary>
public sealed class RaceOutcomeTests : IDisposable
{
    private readonly RaceMachine _machine = new(RaceOptions.Of(KernelProfiles.Find("linux-6.12"), CpuModel.Find("cortex-a72")));
    private readonly RaceScenario _scenario;
    private readonly RaceState _end;

    public RaceOutcomeTests()
    {
        _scenario = RaceScenarios.Of(_machine, 44).Single(scenario => scenario.Name == "A and B under different empty PUD entries");
        RaceState state = new(
            new RaceNode(_machine, _scenario, RaceWriter.A), new RaceNode(_machine, _scenario, RaceWriter.B), _machine.Start, null, null);
        while (!state.IsEnd)
        {
            state = state.After(state.CanMove(RaceWriter.A) ? RaceWriter.A : RaceWriter.B);
        }

        _end = state;
    }

    [Fact]
    public void A_good_end_is_good() => Assert.Null(Check(_end.Memory));

    [Fact]
    public void A_page_that_is_not_found_is_wrong()
    {
        RaceFault fault = Check(_end.Memory.Store(Leaf(RaceWriter.B), 0))!;

        Assert.Equal(RaceFaultKind.WrongTables, fault.Kind);
        Assert.Contains($"a walk for {_scenario.B.Request.Virtual} finds nothing instead of ", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_page_with_other_attributes_is_wrong() =>
        Assert.Equal(RaceFaultKind.WrongTables, Check(_end.Memory.Store(Leaf(RaceWriter.A), _end.Memory.Load(Leaf(RaceWriter.A)) ^ DescriptorBits.ReadOnly))!.Kind);

    [Fact]
    public void A_page_that_nobody_asked_for_is_wrong() =>
        Assert.Equal(RaceFaultKind.WrongTables, Check(_end.Memory.Store(Leaf(RaceWriter.A) + 8, _end.Memory.Load(Leaf(RaceWriter.A))))!.Kind);

    [Fact]
    public void A_table_that_is_linked_twice_is_wrong()
    {
        // An empty table under two entries: it maps nothing, so that no walk finds anything wrong.
        PhysicalAddress table = _machine.Page(RaceWriter.A, 2);
        PhysicalAddress pmd = _machine.Page(RaceWriter.A, 0);
        RaceMemory memory = _end.Memory.Clear(table).Store(pmd + 8, table.Value | 3).Store(pmd + 16, table.Value | 3);
        RaceFault fault = Check(memory, pages: 3)!;

        Assert.Equal(RaceFaultKind.LostTable, fault.Kind);
        Assert.Contains("is linked 2 times instead of once", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_that_nothing_links_is_lost()
    {
        RaceFault fault = Check(_end.Memory, pages: 3)!;

        Assert.Equal(RaceFaultKind.LostTable, fault.Kind);
        Assert.Contains($"table {_machine.Page(RaceWriter.A, 2)}, which A made, is linked 0 times", fault.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _machine.Dispose();

    // Each of them makes a PMD and a PTE table.
    private RaceFault? Check(RaceMemory memory, int pages = 2) => new RaceOutcome(_machine, _scenario).Check(memory, pages, 2);

    private PhysicalAddress Leaf(RaceWriter writer) => _machine.Page(writer, 1);
}
