using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.Checking;
using Ptewright.Cpu;
using Ptewright.Kernels.Configuration;
using Ptewright.Kernels.Cpus;
using Ptewright.Kernels.Planning;
using Ptewright.Kernels.Versions;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Simulation;
using Ptewright.Translation;

namespace Ptewright.Tests.Checking;

/// <summary>Runs two late writers of a kernel with 4K pages and the seed's strategy in a given order: two threads that take turns, over real memory.</summary>
/// <remarks>
/// Another way than the explorer's, to hold it against: nothing is run twice, nothing is answered from a log; a window is translated through the entry that the fixmap's
/// table holds at that moment, and memory is the simulated machine's.
/// </remarks>
internal sealed unsafe class RaceReplay : IDisposable
{
    private readonly LinearMapSimulation _boot;
    private readonly RaceScenario _scenario;
    private readonly ReplayGate[] _gates;
    private readonly Thread[] _threads;
    private readonly ReplayLocks _locks = new();
    private readonly PhysicalAddress _free;

    public RaceReplay(KernelProfile profile, RaceScenario scenario, FixmapLock place)
    {
        _scenario = scenario;
        KernelMachine machine = new(
            MemoryLayout.OfRange(new PhysicalAddress(1UL << 30), 1 << 20), CpuModel.Find("cortex-a72"), profile.ReadDefaultConfig(), KernelCommandLine.Parse("nokaslr"));
        _boot = new LinearMapSimulation(profile.Plan(machine, KernelScope.MapMem).Plan);
        _ = _boot.Build(StrategyPresets.SingleMap.Options);
        Assert.True(_boot.Left!.Blocks->TryFindFree(new PhysicalAddress(ulong.MaxValue), 4096, out PhysicalAddress first, out _));
        _free = first + 0x8000;
        if (scenario.Name.EndsWith("others that exist", StringComparison.Ordinal))
        {
            LateSimulation late = new(_boot, new LateOptions(StrategyPresets.SingleMap.Options, MapFlags.NoBlock | MapFlags.NoContiguous));
            _ = late.HotAdd(scenario.B.Request.Physical - 4096, 4096, Reach.Fixmap);
        }

        _gates = [new ReplayGate(_boot, _locks, RaceWriter.A, place), new ReplayGate(_boot, _locks, RaceWriter.B, place)];
        _threads = [new Thread(() => Write(RaceWriter.A)), new Thread(() => Write(RaceWriter.B))];
        for (int i = 0; i < 2; i++)
        {
            _threads[i].Start();
            _gates[i].WaitForWriter();
        }
    }

    public bool IsEnd => _gates[0].HasEnded && _gates[1].HasEnded;

    public bool CanMove(RaceWriter writer) => _gates[(int)writer].CanMove;

    /// <summary>Lets a writer make its next step.</summary>
    /// <returns>Whether that was wrong.</returns>
    public bool Move(RaceWriter writer)
    {
        ReplayGate gate = _gates[(int)writer];
        gate.LetGo();
        gate.WaitForWriter();
        return gate.IsWrong;
    }

    /// <summary>Lets both run on in turns until they have ended, or one has accessed what it may not.</summary>
    /// <returns>Whether that was wrong.</returns>
    public bool Finish()
    {
        while (!IsEnd)
        {
            if (Move(CanMove(RaceWriter.A) ? RaceWriter.A : RaceWriter.B))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>What a walk finds for an address; 0, if nothing.</summary>
    public ulong Leaf(VirtualAddress address)
    {
        TableTree<HostMemory> tree = _boot.Tree();
        TableWindow table = tree.Root(_boot.Root);
        while (true)
        {
            Descriptor entry = table.Entries[tree.Geometry.Index(table.Level, address)];
            if (!entry.IsTableOrPage || table.Level == 3)
            {
                return entry.Raw;
            }

            table = tree.Lower(table, entry);
        }
    }

    public void Dispose()
    {
        foreach (ReplayGate gate in _gates)
        {
            gate.Stop();
        }

        foreach (Thread thread in _threads)
        {
            thread.Join();
        }

        _boot.Dispose();
    }

    private void Write(RaceWriter writer)
    {
        ReplayGate gate = _gates[(int)writer];
        try
        {
            gate.Begin();
            TableSettings boot = _boot.Plan.Settings;
            TableSettings settings = new(boot.Geometry, boot.Format, boot.TableBits, boot.ChangeSafety, rootThroughSlot: true);
            FixmapAccess<HostMemory> access = new(_boot.Fixmap!.Value);
            TableWindow root = _boot.Tree().Root(_boot.Root);
            PhysicalAddress pages = _free + ((ulong)writer * 0x8000);
            LatePageAllocator<HostMemory> allocator = new(_boot.Memory.View, pages, pages + 0x8000, 4096);
            LinearMapBuilder<Granule4K, Strategy<No, No, No>, FixmapAccess<HostMemory>, LatePageAllocator<HostMemory>, ReplayCpu> builder =
                new(settings, root, access, allocator, new ReplayCpu(gate));
            RaceTask task = _scenario[writer];
            bool done = task.Work == RaceWork.AddMemory
                ? builder.TryAddMemory(task.Request, out _)
                : builder.TryChangeProtection(task.Request, out _);
            gate.End(done);
        }
        catch (ReplayStoppedException)
        {
            gate.Left();
        }
    }
}
