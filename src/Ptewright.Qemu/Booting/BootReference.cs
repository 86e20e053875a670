using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.DeviceTree;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Simulation;
using Ptewright.Translation;

namespace Ptewright.Booting;

/// <summary>One strategy at EL1 beside the same on the host.</summary>
/// <param name="Result">What was measured at EL1.</param>
/// <param name="Preset">The strategy.</param>
/// <param name="Host">What the host's engine did.</param>
/// <param name="HostDigest">The digest of the host's tables.</param>
internal sealed record BootComparison(BootResult Result, StrategyPreset Preset, BuildResult Host, TableDigest HostDigest)
{
    /// <summary>Whether every operation was executed equally often.</summary>
    public bool CountsMatch => Same(Result.Counts, Host.Counts) && Result.Tables == Host.Statistics.Tables;

    /// <summary>The digest of the host's identity map, if the plan makes one.</summary>
    public TableDigest HostIdentityDigest { get; init; }

    /// <summary>Whether both made the same tables, byte for byte and in the same places.</summary>
    public bool DigestMatches => Result.Digest == HostDigest && Result.IdentityDigest == HostIdentityDigest;

    /// <summary>Whether all is as it must be, there and here.</summary>
    public bool Passed => Result.Passed && CountsMatch && DigestMatches;

    private static bool Same(in OperationCounts left, in OperationCounts right) =>
        left.FixmapMaps == right.FixmapMaps
        && left.FixmapUnmaps == right.FixmapUnmaps
        && left.TlbiVaale1is == right.TlbiVaale1is
        && left.TlbiVaae1is == right.TlbiVaae1is
        && left.TlbiRvaale1is == right.TlbiRvaale1is
        && left.TlbiVmalle1is == right.TlbiVmalle1is
        && left.TlbiVmalle1 == right.TlbiVmalle1
        && left.DsbIshst == right.DsbIshst
        && left.DsbIsh == right.DsbIsh
        && left.DsbNshst == right.DsbNshst
        && left.DsbNsh == right.DsbNsh
        && left.Isb == right.Isb
        && left.Ttbr0Writes == right.Ttbr0Writes
        && left.Ttbr1Writes == right.Ttbr1Writes;
}

/// <summary>Does on the host what the boot image did at EL1, with the same engine and the same plan.</summary>
internal static unsafe class BootReference
{
    // Device trees with more regions than this exist nowhere.
    private const int MostDoublings = 8;

    /// <summary>The memory of a device tree, as the image reads it.</summary>
    /// <param name="deviceTree">The blob.</param>
    /// <param name="machine">Where image and blob lay.</param>
    /// <param name="granule">The granule.</param>
    /// <exception cref="InvalidInputException">It is not a device tree.</exception>
    public static MemoryLayout ReadMemory(ReadOnlySpan<byte> deviceTree, BootMachine machine, GranuleSize granule)
    {
        fixed (byte* bytes = deviceTree)
        {
            if (!DeviceTreeBlob.TryOpen(bytes, (uint)deviceTree.Length, out DeviceTreeBlob blob, out DeviceTreeFailure failure))
            {
                throw new InvalidInputException($"The device tree is broken at offset 0x{failure.Offset:x}: {failure.Code}.");
            }

            MemoryLayout layout = new();
            for (int i = 0; i < MostDoublings; i++)
            {
                if (BootTree.TryRead(
                    blob,
                    machine.DeviceTree,
                    machine.DeviceTree + machine.DeviceTreeSize,
                    machine.Image,
                    machine.ImageEnd,
                    1UL << (int)granule,
                    layout.Blocks,
                    out _,
                    out failure))
                {
                    GC.KeepAlive(layout);
                    return layout;
                }

                layout = MemoryLayout.WithRoom(128 << i);
            }

            throw new InvalidInputException($"The device tree is broken at offset 0x{failure.Offset:x}: {failure.Code}.");
        }
    }

    /// <summary>The plan of a regime.</summary>
    /// <param name="machine">Where the image lay.</param>
    /// <param name="regime">The regime.</param>
    /// <param name="memory">The memory: <see cref="ReadMemory"/>, or what the image said.</param>
    /// <exception cref="InvalidInputException">The image does not lie in memory that can be mapped, or the root not in the image.</exception>
    public static LinearMapPlan Plan(BootMachine machine, BootRegime regime, MemoryLayout memory)
    {
        MemoryLayout layout = memory.Clone();
        PlanStep[] steps = new PlanStep[BootPlan.MaxSteps(*layout.Blocks)];
        int count;
        LinearMapPlace place;
        TableSettings settings = BootPlan.Settings(regime.Geometry, regime.Format, regime.Scope);
        BootPlace image = new(machine.Image, regime.NewRoot?.CodeEnd ?? machine.ImageEnd, machine.ImageEnd, regime.NewRoot?.Virtual ?? default);
        FailureCode code;
        fixed (PlanStep* room = steps)
        {
            code = BootPlan.TryMake(ref *layout.Blocks, settings, image, regime.Scope, room, out count, out place);
        }

        GC.KeepAlive(layout);
        if (code != FailureCode.None)
        {
            throw new InvalidInputException("The image does not lie in memory that the linear map can hold.");
        }

        RequirePages(machine, regime, "root", regime.Root, 1);
        if (regime.NewRoot is { } made)
        {
            RequirePages(machine, regime, "root of the identity map", made.IdentityRoot, 1);
            RequirePages(machine, regime, "fixmap's first table", made.FixmapTables, (ulong)regime.Geometry.Levels);
            if (made.CodeEnd <= machine.Image || made.CodeEnd >= machine.ImageEnd || !made.CodeEnd.IsAligned(regime.Geometry.PageSize))
            {
                throw new InvalidInputException($"The image's code cannot end at {made.CodeEnd}: the image lies from {machine.Image} to {machine.ImageEnd}.");
            }
        }

        return LinearMapPlan.ForSteps(
            settings,
            BootPlan.Fixmap(regime.Geometry, regime.Scope, image.Virtual),
            Protection.Create(ProtectionKind.Kernel, notGlobal: false, regime.Format.IsLpa2),
            layout,
            place.MemoryStart,
            steps[..count],
            regime.Root,
            regime.NewRoot?.IdentityRoot,
            false,
            regime.NewRoot?.FixmapTables);
    }

    private static void RequirePages(BootMachine machine, BootRegime regime, string name, PhysicalAddress start, ulong pages)
    {
        if (start < machine.Image || start >= machine.ImageEnd || start + (pages * regime.Geometry.PageSize) > machine.ImageEnd || !start.IsAligned(regime.Geometry.PageSize))
        {
            throw new InvalidInputException($"The {name} at {start} is no page of the image from {machine.Image} to {machine.ImageEnd}.");
        }
    }

    /// <summary>Builds the same tables with the same strategies and compares.</summary>
    /// <param name="machine">Where the image lay, and what the CPU has.</param>
    /// <param name="regime">What was measured.</param>
    /// <param name="memory">The memory: <see cref="ReadMemory"/>, or what the image said.</param>
    /// <param name="progress">Told before each build; may be null.</param>
    public static IReadOnlyList<BootComparison> Compare(BootMachine machine, BootRegime regime, MemoryLayout memory, IProgress<WorkProgress>? progress)
    {
        using LinearMapSimulation simulation = new(Plan(machine, regime, memory), machine.HasRangeInvalidation);
        List<BootComparison> comparisons = [];
        foreach (BootResult result in regime.Results)
        {
            StrategyPreset preset = Preset(result.Strategy);
            progress?.Report(new WorkProgress($"building {preset.Name} here", comparisons.Count, regime.Results.Count));
            BuildResult host = simulation.Build(preset.Options);
            comparisons.Add(new BootComparison(result, preset, host, simulation.Digest()) { HostIdentityDigest = IdentityDigest(simulation) });
        }

        return comparisons;
    }

    private static TableDigest IdentityDigest(LinearMapSimulation simulation)
    {
        if (simulation.Plan.IdentityRoot is not { } root)
        {
            return default;
        }

        TableTree<HostMemory> tree = simulation.Tree();
        return TableDigest.Compute(ref tree, root, out _);
    }

    /// <summary>The strategy that the image calls so.</summary>
    public static StrategyPreset Preset(BootStrategy strategy) => StrategyPresets.All.First(preset => preset.AtEl1 == strategy);
}
