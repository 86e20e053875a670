using System.CommandLine;
using Ptewright.Cli.Options;
using Ptewright.Cli.Output;
using Ptewright.Files;
using Ptewright.Machines;
using Ptewright.Memory;
using Ptewright.Simulation;
using Ptewright.Strategies;

namespace Ptewright.Cli.Commands.Compare;

/// <summary><c>ptewright compare</c>: the same linear map built with several strategies, side by side.</summary>
internal sealed class CompareCommand
{
    private const string DefaultCosts = "ampere-altra-vm-64g";
    private const string AllMachines = "all";

    private static readonly string[] _machineIds = [.. PublishedMeasurements.Embedded.Machines.Select(machine => machine.Id)];

    private readonly Option<string?> _machine = new("--machine")
    {
        Description = $"A machine of the published measurements: {string.Join(", ", _machineIds)}, or all. [default: all]",
        HelpName = "ID|all",
    };

    private readonly Option<string> _strategy = new("--strategy")
    {
        Description = $"Strategies, separated by commas, each {StrategyOption.Description}.",
        HelpName = "LIST",
        DefaultValueFactory = _ => string.Join(',', StrategyPresets.All.Select(preset => preset.Name)),
    };

    private readonly PlanOptions _plan = new();

    private readonly Option<string?> _costs = new("--costs")
    {
        Description = $"Whose constants turn counts into modelled time for memory of your own. [default: {DefaultCosts}]",
        HelpName = "ID",
    };

    private readonly Option<bool> _json = new("--json") { Description = "Write JSON." };

    private readonly Option<string?> _chart = new("--svg") { Description = "Draw the times into an SVG file as well.", HelpName = "FILE" };

    private readonly Terminal _terminal;

    private CompareCommand(Terminal terminal) => _terminal = terminal;

    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal)
    {
        CompareCommand self = new(terminal);
        self._machine.CompletionSources.Add([.. _machineIds, AllMachines]);
        self._costs.CompletionSources.Add(_machineIds);
        DocumentedCommand command = new(
            "compare",
            "Builds the kernel's linear map with several strategies and compares tables, operations, modelled and published time.",
            ("ptewright compare", "Four machines, all strategies: the published table before and after, and every count."),
            ("ptewright compare --machine ampere-altra-vm-64g --strategy batch-barriers,single-map", "One step of the series on one machine."),
            ("ptewright compare --memory 12G@0x80000000 --granule 16K --va-bits 47 --json", "Memory of your own, for a program to read."),
            ("ptewright compare --dtb board.dtb --blocks --svg board.svg", "A real board's memory, block mappings allowed, and a drawing."),
            ("ptewright compare --kernel linux-6.12 --iomem iomem.txt --symbols System.map --config config", "All that a kernel of yours maps, its image and its command line included."))
        {
            self._machine,
            self._strategy,
        };
        self._plan.AddTo(command);
        command.Options.Add(self._costs);
        command.Options.Add(self._json);
        command.Options.Add(self._chart);
        command.SetAction(self.Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        IReadOnlyList<StrategyPreset> strategies = StrategyOption.ParseList(parsed.GetValue(_strategy)!);
        Subject? kernel = Kernel(parsed);
        TableChoice shape = kernel?.Kernel?.Shape ?? _plan.Shape(parsed);
        IReadOnlyList<Subject> subjects = kernel is null ? Subjects(parsed, shape) : [kernel];
        foreach (Subject subject in subjects)
        {
            // All that can be refused is refused before the first, long build.
            Check(subject, shape);
        }

        string? chart = parsed.GetValue(_chart);
        if (chart is not null)
        {
            OutputFile.Check(chart);
        }

        PublishedMeasurements published = PublishedMeasurements.Embedded;
        IReadOnlyList<MachineComparison> machines = _terminal.WithProgress(report =>
        {
            StrategyComparer comparer = new(published, report);
            return subjects.Select(subject => subject switch
            {
                { Kernel: { } build } => comparer.Compare(subject.Name, build.Plan, build.Described.Machine.Cpu, strategies, subject.CostsOf),
                { IsPublished: true } => comparer.Compare(subject.CostsOf, shape.Geometry, shape.WideAddresses, shape.Flags, strategies),
                _ => comparer.Compare(subject.Name, subject.Memory, shape.Geometry, shape.WideAddresses, shape.Flags, strategies, subject.CostsOf),
            }).ToArray();
        });

        if (chart is not null)
        {
            OutputFile.WriteText(chart, new SvgChart(published, machines, shape).Draw());
        }

        if (parsed.GetValue(_json))
        {
            CompareJson.Write(_terminal, published, machines, shape);
        }
        else
        {
            new CompareReport(_terminal, published, machines, shape).Write();
        }

        return Verdict(_terminal, machines);
    }

    /// <summary>Says where strategies made different tables, and whether any did.</summary>
    internal static int Verdict(Terminal terminal, IReadOnlyList<MachineComparison> machines)
    {
        foreach (MachineComparison machine in machines.Where(machine => !machine.IdenticalTables))
        {
            terminal.Error.WriteLine($"ptewright: {Differences(machine)}");
        }

        return machines.All(machine => machine.IdenticalTables) ? ExitCode.Ok : ExitCode.No;
    }

    /// <summary>One sentence about strategies that made different tables.</summary>
    internal static string Differences(MachineComparison machine)
    {
        IEnumerable<string> groups = machine.Outcomes
            .GroupBy(outcome => (outcome.Digest, outcome.Result.Statistics.Tables))
            .Select(group => $"{string.Join(", ", group.Select(outcome => outcome.Strategy.Name))}: digest {group.Key.Digest}, {group.Key.Tables} tables");
        return $"{machine.Name}: the strategies made different tables ({string.Join("; ", groups)}).";
    }

    // Null where memory alone, or published machines, are compared.
    private Subject? Kernel(ParseResult parsed)
    {
        if (_plan.OfKernel(parsed) is not { } option)
        {
            return null;
        }

        if (parsed.GetValue(_machine) is not null)
        {
            throw new UsageException($"Option --machine names a published machine, which has its own memory and no kernel: leave {option} out, or name its constants with --costs.");
        }

        MachineProfile costsOf = Machine(parsed.GetValue(_costs) ?? DefaultCosts);
        KernelBuild build = _plan.ReadKernel(parsed, _terminal);
        return new Subject(build.Described.Name, build.Plan.Memory, costsOf, false, build);
    }

    private IReadOnlyList<Subject> Subjects(ParseResult parsed, TableChoice shape)
    {
        string? machine = parsed.GetValue(_machine);
        string? costs = parsed.GetValue(_costs);
        if (!_plan.IsMemoryGiven(parsed))
        {
            return costs is null
                ? [.. Machines(machine ?? AllMachines).Select(profile => new Subject(profile.Name, StrategyComparer.MemoryOf(profile), profile, true))]
                : throw new UsageException("Option --costs belongs to memory of your own (--memory, --dtb, --iomem, --efi-map, --dmesg): a published machine has its own constants.");
        }

        if (machine is not null)
        {
            throw new UsageException("Option --machine names a published machine, which has its own memory: leave out the option that says which memory, or take --costs.");
        }

        MachineProfile costsOf = Machine(costs ?? DefaultCosts);
        MachineMemory memory = _plan.ReadMemory(parsed, _terminal, shape);
        return [new Subject(memory.IsFile ? $"Memory of {memory.Name}" : $"Memory {memory.Name}", memory.Layout, costsOf, false)];
    }

    private static IReadOnlyList<MachineProfile> Machines(string id) => id == AllMachines ? PublishedMeasurements.Embedded.Machines : [Machine(id)];

    private static MachineProfile Machine(string id) => PublishedMeasurements.Embedded.Machines.FirstOrDefault(machine => machine.Id == id)
        ?? throw new UsageException($"There is no machine '{id}'; there are {string.Join(", ", _machineIds)}.");

    private static void Check(Subject subject, TableChoice shape)
    {
        try
        {
            SimulationMemory.Require(subject.Kernel?.Plan.Plan ?? LinearMapPlan.ForMemory(subject.Memory, shape.Geometry, shape.WideAddresses, shape.Flags));
        }
        catch (InvalidInputException problem)
        {
            throw new InvalidInputException($"{subject.Name}: {problem.Message}");
        }
    }

    /// <summary>What is built for.</summary>
    /// <param name="Name">What it is called.</param>
    /// <param name="Memory">The memory.</param>
    /// <param name="CostsOf">Whose constants the modelled times use.</param>
    /// <param name="IsPublished">Whether it is that machine itself.</param>
    /// <param name="Kernel">The kernel whose plan is built; null where memory alone is.</param>
    private sealed record Subject(string Name, MemoryLayout Memory, MachineProfile CostsOf, bool IsPublished, KernelBuild? Kernel = null);
}
