using System.CommandLine;
using Ptewright.Cli.Options;
using Ptewright.Cli.Output;
using Ptewright.Machines;
using Ptewright.Simulation;

namespace Ptewright.Cli.Commands.Trace;

/// <summary><c>ptewright trace</c>: every operation of one small build, in order.</summary>
internal sealed class TraceCommand
{
    private const string DefaultMemory = "2M";

    private readonly PlanOptions _plan = new();

    private readonly Option<string?> _strategy = new("--strategy")
    {
        Description = $"The strategy: {StrategyOption.Description}. [default: {StrategyPresets.SingleMap.Name}; with a kernel, its own]",
        HelpName = "NAME",
    };

    private readonly Option<bool> _json = new("--json") { Description = "Write JSON." };

    private readonly Terminal _terminal;

    private TraceCommand(Terminal terminal) => _terminal = terminal;

    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal)
    {
        TraceCommand self = new(terminal);
        DocumentedCommand command = new(
            "trace",
            $"Builds a small linear map, of {DefaultMemory} unless it is said which, and lists every store, barrier and invalidation in order.",
            ("ptewright trace", "How the three tables of 2 MiB come to life, the way the merged series makes them."),
            ("ptewright trace --strategy baseline --memory 64K", "The same before the series: each table mapped twice, barriers after each entry."),
            ("ptewright trace --strategy premapped --memory 16M --blocks", "No fixmap: a temporary table first."),
            ("ptewright trace --memory 32M --granule 16K --va-bits 47 --json", "For a program to read."),
            ("ptewright trace --kernel linux-6.1 --memory 2M --cmdline \"nokaslr rodata=on\"", "What a kernel maps, in its own way."))
        {
            self._strategy,
        };
        self._plan.AddTo(command);
        command.Options.Add(self._json);
        command.SetAction(self.Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        StrategyPreset? named = parsed.GetValue(_strategy) is { } name ? StrategyOption.Parse(name) : null;
        KernelBuild? kernel = _plan.OfKernel(parsed) is null ? null : _plan.ReadKernel(parsed, _terminal, DefaultMemory);
        StrategyPreset strategy = named ?? kernel?.Plan.Strategy ?? StrategyPresets.SingleMap;
        LinearMapPlan plan = kernel?.Plan.Plan ?? PlanOfMemory(parsed);
        RecordedBuild trace = TraceRecording.Record(plan, strategy, kernel?.Described.Machine.Cpu.HasRangeInvalidation ?? true);
        if (parsed.GetValue(_json))
        {
            TraceJson.Write(_terminal, trace, kernel?.Described);
        }
        else
        {
            TraceText.Write(_terminal.Out, trace, kernel?.Described.Name);
        }

        return ExitCode.Ok;
    }

    private LinearMapPlan PlanOfMemory(ParseResult parsed)
    {
        TableChoice shape = _plan.Shape(parsed);
        MachineMemory memory = _plan.ReadMemory(parsed, _terminal, shape, DefaultMemory);
        return LinearMapPlan.ForMemory(memory.Layout, shape.Geometry, shape.WideAddresses, shape.Flags);
    }
}
