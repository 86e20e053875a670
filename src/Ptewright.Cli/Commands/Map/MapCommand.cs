using System.CommandLine;
using Ptewright.Addressing;
using Ptewright.Booting;
using Ptewright.Captures;
using Ptewright.Cli.Commands.Trace;
using Ptewright.Cli.Options;
using Ptewright.Cli.Output;
using Ptewright.Files;
using Ptewright.Kernels.Planning;
using Ptewright.Kernels.Versions;
using Ptewright.LinearMap;
using Ptewright.Listing;
using Ptewright.Machines;
using Ptewright.Simulation;
using Ptewright.Strategies;

namespace Ptewright.Cli.Commands.Map;

/// <summary><c>ptewright map</c>: the tables that one kernel makes on one machine.</summary>
internal sealed class MapCommand
{
    private static readonly KernelScope[] _scopes = [KernelScope.MapMem, KernelScope.PagingInit];

    private readonly MachineOptions _machine = new(hasImage: true);

    private readonly Option<string?> _strategy = new("--strategy")
    {
        Description = $"The strategy: {StrategyOption.Description}. [default: the kernel's own]",
        HelpName = "NAME",
    };

    private readonly Option<string> _scope = new("--scope")
    {
        Description = "How much of the kernel's start: the linear map, or all of paging_init.",
        HelpName = "map_mem|paging_init",
        DefaultValueFactory = _ => MapOutcome.NameOf(KernelScope.MapMem),
    };

    private readonly Option<string?> _trace = new("--trace") { Description = "Write every store, barrier and invalidation to a file, in the text of trace.", HelpName = "FILE" };

    private readonly Option<bool> _list = new("--list")
    {
        Description = "Write the map alone, in the kernel's own text: as its /sys/kernel/debug/kernel_page_tables shows it.",
    };

    private readonly MapLateOptions _late = new();

    private readonly Option<string?> _output = new("--output", "-o")
    {
        Description = "Save the tables, the registers and the plan in a folder.",
        HelpName = "DIR",
    };

    private readonly Option<string?> _calibrate = new("--calibrate")
    {
        Description = "Turn the counts into time with the constants that a boot measured: what boot --json wrote.",
        HelpName = "FILE",
    };

    private readonly Option<bool> _json = new("--json") { Description = "Write JSON." };

    private readonly Terminal _terminal;

    private MapCommand(Terminal terminal) => _terminal = terminal;

    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal)
    {
        MapCommand self = new(terminal);
        self._scope.CompletionSources.Add([.. _scopes.Select(MapOutcome.NameOf)]);
        DocumentedCommand command = new(
            "map",
            "Builds the tables that one kernel makes on one machine, and counts what that takes.",
            ("ptewright map --memory 2G --cmdline nokaslr", "Linux 6.12 on 2 GiB, without its image."),
            (
                "ptewright map --memory 2G --kernel linux-6.1 --symbols System.map --image-base 0x40200000 --scope paging_init",
                "All that Linux 6.1 does in paging_init, with the image where QEMU loads it."),
            ("ptewright map --memory 2G --kernel-image vmlinuz --scope paging_init", "The same for a kernel whose file is all that there is of it."),
            ("ptewright map --dtb board.dtb --cpu max --cmdline \"nokaslr rodata=on\" -o tables", "A board's memory, blocks where they fit; the tables in a folder."),
            ("ptewright map --dtb board.dtb --memory 4G@0x80000000", "A blob whose sizes a boot loader fills in: the sizes by hand, what is reserved from the blob."),
            ("ptewright map --memory 12G --kernel linux-6.12 --list", "The map as that kernel lists it."),
            ("ptewright map --memory 16G --late direct", "What adding memory later costs, through the fixmap and without it."),
            ("ptewright map --iomem iomem.txt --config config-6.12 --trace trace.txt --json", "Memory copied from a running machine, every operation in a file."));
        self._machine.AddTo(command);
        Option[] others =
        [
            self._strategy, self._scope, self._trace, self._list, self._output, self._calibrate, self._json,
        ];
        foreach (Option option in others)
        {
            command.Options.Add(option);
        }

        self._late.AddTo(command);

        command.SetAction(self.Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        KernelScope scope = Choice.Named(_scopes, MapOutcome.NameOf, parsed.GetValue(_scope)!, "scope");
        StrategyPreset? named = parsed.GetValue(_strategy) is { } name ? StrategyOption.Parse(name) : null;
        bool lists = parsed.GetValue(_list);
        if (lists && (parsed.GetValue(_json) || _late.Ways(parsed).Count > 0))
        {
            throw new UsageException("Option --list writes the map and nothing else: leave --json and --late away.");
        }

        DescribedMachine described = _machine.Read(parsed, _terminal);
        (KernelProfile profile, KernelMachine machine, MachineMemory memory) = (described.Profile, described.Machine, described.Memory);
        StrategyPreset strategy = named ?? profile.Strategy;
        KernelPlan plan = profile.Plan(machine, scope);
        SimulationMemory.Require(plan.Plan, parsed.GetValue(_trace) is null ? 1 : 2, _late.BytesFor(parsed, plan));
        if (parsed.GetValue(_trace) is { } trace)
        {
            OutputFile.Check(trace);
        }

        if (parsed.GetValue(_output) is { } output)
        {
            OutputFolder.Check(output);
        }

        MapOutcome? outcome = _terminal.WithProgress(report => Build(parsed, report, memory, machine, plan, scope, strategy));
        if (outcome is null)
        {
            return ExitCode.Ok;
        }

        if (parsed.GetValue(_json))
        {
            MapJson.Write(_terminal, outcome);
        }
        else
        {
            new MapReport(_terminal, outcome).Write();
        }

        return ExitCode.Ok;
    }

    // Null when the map is listed, which is all that is wanted then.
    private MapOutcome? Build(
        ParseResult parsed, ProgressLine report, MachineMemory memory, KernelMachine machine, KernelPlan plan, KernelScope scope, StrategyPreset strategy)
    {
        using LinearMapSimulation simulation = new(plan.Plan, machine.Cpu.HasRangeInvalidation);
        BuildResult result = simulation.Build(strategy.Options, report);
        if (parsed.GetValue(_output) is { } folder)
        {
            _ = TableFolder.Save(folder, machine, plan, simulation, report);
        }

        if (parsed.GetValue(_trace) is { } path)
        {
            report.Show("tracing");
            RecordedBuild trace = TraceRecording.Record(plan.Plan, strategy, machine.Cpu.HasRangeInvalidation);
            OutputFile.WriteText(path, writer => TraceText.Write(writer, trace));
        }

        if (parsed.GetValue(_list))
        {
            report.Show("listing");
            PtdumpLister.List(_terminal.Out, simulation, plan);
            return null;
        }

        TableDigest digest = simulation.Digest();
        double? modelled = parsed.GetValue(_calibrate) is { } measured
            ? MeasuredCosts.Read(measured, plan.Geometry.Granule).Milliseconds(CostDrivers.Of(strategy.Options, result))
            : null;
        report.Show("changing");
        return new MapOutcome(memory, machine, plan, scope, strategy, result, digest, _late.Run(parsed, machine, plan, simulation, strategy), modelled);
    }
}
