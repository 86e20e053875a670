using Ptewright.Access;
using Ptewright.Cpu;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.Tests;

/// <summary>Runs of the walk as the seed leaves it (zeroed and filled through one window, closed at once) over a <see cref="TestMachine"/>.</summary>
internal static class BuildRun
{
    /// <summary>A builder over the machine's root, reaching tables through the fixmap, with pages from the machine's own.</summary>
    public static LinearMapBuilder<TGranule, Strategy<No, No, No>, FixmapAccess<HostMemory>, ReservePageAllocator, TCpu> Builder<TGranule, TCpu>(
        TestMachine machine, TCpu cpu, bool rootThroughSlot = false)
        where TGranule : struct, IGranule
        where TCpu : struct, ICpu => new(
            machine.Settings(rootThroughSlot),
            machine.Window(machine.Root, machine.Geometry.RootLevel),
            new FixmapAccess<HostMemory>(machine.Fixmap()),
            new ReservePageAllocator(machine.Tables, machine.End, machine.Geometry.PageSize),
            cpu);

    /// <summary>A recording builder for 4K pages with a strategy and an allocator of the test's choice.</summary>
    public static LinearMapBuilder<Granule4K, TStrategy, FixmapAccess<HostMemory>, TAllocator, RecordingCpu<SilentCpu>> Recording<TStrategy, TAllocator>(
        TestMachine machine, TAllocator allocator)
        where TStrategy : struct, IStrategy
        where TAllocator : struct, ITableAllocator => new(
            machine.Settings(),
            machine.Window(machine.Root, machine.Geometry.RootLevel),
            new FixmapAccess<HostMemory>(machine.Fixmap()),
            allocator,
            machine.Recorder());

    /// <summary>Maps requests in order and gives the events.</summary>
    public static CpuEvent[] Record(TestMachine machine, bool rootThroughSlot, params ReadOnlySpan<MapRequest> requests) =>
        machine.Geometry.Granule == GranuleSize.Size4K
            ? Record<Granule4K>(machine, rootThroughSlot, requests)
            : Record<Granule16K>(machine, rootThroughSlot, requests);

    /// <summary>Maps requests for 4K pages in order and gives the operations.</summary>
    public static OperationCounts Count(TestMachine machine, bool rootThroughSlot, params ReadOnlySpan<MapRequest> requests)
    {
        LinearMapBuilder<Granule4K, Strategy<No, No, No>, FixmapAccess<HostMemory>, ReservePageAllocator, CountingCpu<SilentCpu>> builder =
            Builder<Granule4K, CountingCpu<SilentCpu>>(machine, new(default), rootThroughSlot);
        foreach (MapRequest request in requests)
        {
            Assert.True(builder.TryMap(request, out MapFailure failure), $"{failure.Code} at {failure.Address}");
        }

        return builder.Cpu.Counts;
    }

    /// <summary>The slots that were mapped, in order.</summary>
    public static TableSlot[] Mapped(IEnumerable<CpuEvent> events) => [.. events.Where(item => item.Kind == CpuEventKind.Mapped).Select(item => item.Slot)];

    /// <summary>The slots that were cleared, in order.</summary>
    public static TableSlot[] Unmapped(IEnumerable<CpuEvent> events) => [.. events.Where(item => item.Kind == CpuEventKind.Unmapped).Select(item => item.Slot)];

    private static CpuEvent[] Record<TGranule>(TestMachine machine, bool rootThroughSlot, ReadOnlySpan<MapRequest> requests)
        where TGranule : struct, IGranule
    {
        LinearMapBuilder<TGranule, Strategy<No, No, No>, FixmapAccess<HostMemory>, ReservePageAllocator, RecordingCpu<SilentCpu>> builder =
            Builder<TGranule, RecordingCpu<SilentCpu>>(machine, machine.Recorder(), rootThroughSlot);
        foreach (MapRequest request in requests)
        {
            Assert.True(builder.TryMap(request, out MapFailure failure), $"{failure.Code} at {failure.Address}");
        }

        return machine.Events(builder.Cpu);
    }
}
