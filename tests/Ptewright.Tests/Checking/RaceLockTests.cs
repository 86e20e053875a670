using Ptewright.Checking;
using Ptewright.Kernels.Cpus;
using Ptewright.Kernels.Versions;

namespace Ptewright.Tests.Checking;

/// <summary>Where one writer, alone, takes and gives back its locks.</summary>
public sealed class RaceLockTests
{
    [Fact]
    public void The_whole_walk_is_from_before_its_first_access_to_behind_its_last()
    {
        string[] steps = Steps(FixmapLock.WholeWalk);

        Assert.Equal("+fixmap", steps[0]);
        Assert.Equal("-fixmap", steps[^1]);
        Assert.Equal(2, steps.Count(step => step.EndsWith("fixmap", StringComparison.Ordinal)));
    }

    [Fact]
    public void The_PUD_window_is_from_before_the_slot_is_mapped_to_behind_its_unmapping()
    {
        string[] steps = Steps(FixmapLock.PudWindow);

        Assert.Equal(["load None", "+fixmap", "map Pud", "clear Pud", "+root"], steps[..5]);
        Assert.Equal(["unmap Pud", "-fixmap"], steps[^2..]);
    }

    [Fact]
    public void The_PUD_entries_are_from_behind_the_linking_of_the_table_to_behind_the_slots_unmapping()
    {
        string[] steps = Steps(FixmapLock.PudEntries);

        Assert.Equal(
            ["load None", "map Pud", "clear Pud", "+root", "map Pgd", "store Pgd", "unmap Pgd", "-root", "+fixmap", "load Pud", "map Pmd"],
            steps[..11]);
        Assert.Equal(["unmap Pud", "-fixmap"], steps[^2..]);
    }

    [Theory]
    [InlineData(FixmapLock.WholeWalk)]
    [InlineData(FixmapLock.PudWindow)]
    [InlineData(FixmapLock.PudEntries)]
    [InlineData(FixmapLock.None)]
    public void But_for_the_lock_the_steps_are_the_same(FixmapLock place) =>
        Assert.Equal(Steps(FixmapLock.None), Steps(place).Where(step => !step.EndsWith("fixmap", StringComparison.Ordinal)));

    [Fact]
    public void A_lock_is_given_back_behind_the_last_barrier_of_the_unmapping()
    {
        RaceNode node = Start(FixmapLock.PudEntries, out RaceMachine machine, out RaceMemory memory);
        using (machine)
        {
            RaceState state = new(node, node, memory, null, null);
            while (state.A.Next is not { Kind: RaceOperationKind.ReleaseLock, Lock: RaceLock.Fixmap })
            {
                state = state.After(RaceWriter.A);
            }

            Assert.Equal(
                [RaceOperationKind.Unmapped, RaceOperationKind.DsbIshst, RaceOperationKind.TlbiVaale1is, RaceOperationKind.DsbIsh, RaceOperationKind.Isb],
                state.A.After.Select(operation => operation.Kind));
        }
    }

    private static RaceNode Start(FixmapLock place, out RaceMachine machine, out RaceMemory memory)
    {
        machine = new RaceMachine(RaceOptions.Of(KernelProfiles.Find("linux-5.15-azure"), CpuModel.Find("cortex-a72")) with { FixmapLock = place });
        memory = machine.Start;
        return new RaceNode(machine, RaceScenarios.Of(machine, 48)[0], RaceWriter.A);
    }

    private static string[] Steps(FixmapLock place)
    {
        RaceNode node = Start(place, out RaceMachine machine, out RaceMemory memory);
        using (machine)
        {
            List<string> steps = [];
            RaceState state = new(node, node, memory, null, null);
            while (state.A.Next is { } step)
            {
                steps.Add(step switch
                {
                    { Kind: RaceOperationKind.TakeLock } => step.Lock == RaceLock.Root ? "+root" : "+fixmap",
                    { Kind: RaceOperationKind.ReleaseLock } => step.Lock == RaceLock.Root ? "-root" : "-fixmap",
                    { IsSlotEntry: true } => $"{(step.Value.IsNone ? "unmap" : "map")} {step.Slot}",
                    { Kind: RaceOperationKind.Load } => $"load {step.Slot}",
                    { Kind: RaceOperationKind.Store } => $"store {step.Slot}",
                    _ => $"clear {step.Slot}",
                });
                state = state.After(RaceWriter.A);
            }

            return [.. steps];
        }
    }
}
