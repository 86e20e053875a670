using System.CommandLine;
using Ptewright.Cli.Options;
using Ptewright.Firmware;
using Ptewright.Kernels.Late;
using Ptewright.Kernels.Planning;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Simulation;

namespace Ptewright.Cli.Commands.Map;

/// <summary>The late changes of one map, made one way.</summary>
/// <param name="Reach">How tables were reached.</param>
/// <param name="Changes">What was changed, in order.</param>
internal sealed record MapLate(Reach Reach, IReadOnlyList<LateChange> Changes)
{
    /// <summary>The way as it is written on the command line.</summary>
    public string Name => NameOf(Reach);

    /// <summary>A way as it is written on the command line.</summary>
    public static string NameOf(Reach reach) => reach == Reach.Direct ? "direct" : "fixmap";
}

/// <summary>The options of <c>map</c> about what happens after the start: <c>--late</c>, <c>--hot-add</c>.</summary>
internal sealed class MapLateOptions
{
    private readonly Option<string?> _late = new("--late")
    {
        Description = "Count what changes after the start as well: the image's alias becomes read-only, memory is added, removed, added again. Tables are reached through "
            + "fixmap slots, or directly through the linear map, with the fixmap's counts beside.",
        HelpName = "fixmap|direct",
    };

    private readonly Option<string?> _hotAdd = new("--hot-add")
    {
        Description = "The memory that --late adds. [default: 1 GiB behind all memory]",
        HelpName = "SIZE[@BASE]",
    };

    /// <summary>Gives the options to a command.</summary>
    public void AddTo(Command command)
    {
        _late.CompletionSources.Add("fixmap", "direct");
        command.Options.Add(_late);
        command.Options.Add(_hotAdd);
    }

    /// <summary>The ways that are asked for: with the direct one comes the fixmap's, to compare.</summary>
    /// <exception cref="UsageException">The way is unknown, or there is memory to add but no way.</exception>
    public IReadOnlyList<Reach> Ways(ParseResult parsed) => (parsed.GetValue(_late), parsed.GetValue(_hotAdd)) switch
    {
        (null, null) => [],
        (null, _) => throw new UsageException("Option --hot-add says which memory --late adds: give --late too."),
        ("fixmap", _) => [Reach.Fixmap],
        ("direct", _) => [Reach.Fixmap, Reach.Direct],
        var (other, _) => throw new UsageException($"There is no way '{other}' for --late; there are fixmap, direct."),
    };

    /// <summary>Makes the changes each way.</summary>
    /// <exception cref="InvalidInputException">The memory to add is no single range, or is there already.</exception>
    public IReadOnlyList<MapLate> Run(ParseResult parsed, KernelMachine machine, KernelPlan plan, LinearMapSimulation simulation, StrategyPreset strategy)
    {
        IReadOnlyList<Reach> ways = Ways(parsed);
        return ways.Count == 0 ? [] : [.. ways.Select(way => new MapLate(way, LateSequence.Run(machine, plan, simulation, strategy.Options, Added(parsed, plan), way)))];
    }

    /// <summary>How much memory the tables take on this computer that are made late.</summary>
    /// <exception cref="InvalidInputException">The memory to add is no single range.</exception>
    public ulong BytesFor(ParseResult parsed, KernelPlan plan)
    {
        if (Ways(parsed).Count == 0)
        {
            return 0;
        }

        // They come out of the machine's own memory, as single pages at worst.
        MemoryRegion added = Added(parsed, plan);
        MapRequest request = new(added.Start, plan.Geometry.ActualPageOffset, added.Size, default, MapFlags.NoBlock);
        return Math.Min(SimulationMemory.TableBytes(plan.Geometry, request), plan.Memory.MappedBytes);
    }

    private MemoryRegion Added(ParseResult parsed, KernelPlan plan)
    {
        MemoryRegion usual = LateSequence.DefaultMemory(plan);
        if (parsed.GetValue(_hotAdd) is not { } text)
        {
            return usual;
        }

        IReadOnlyList<MemoryRegion> regions = MemorySpec.Parse(text, plan.Geometry.Granule, usual.Start.Value).Memory;
        return regions.Count == 1 && !regions[0].NoMap ? regions[0] : throw new InvalidInputException($"Memory '{text}' is more than one range to add.");
    }
}
