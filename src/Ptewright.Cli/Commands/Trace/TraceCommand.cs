using System.CommandLine;
using Ptewright.Cli.Options;
using Ptewright.Cli.Output;
using Ptewright.Simulation;

namespace Ptewright.Cli.Commands.Trace;

/// <summary><c>ptewright trace</c>: every operation of one small build, in order.</summary>
internal sealed class TraceCommand
{
    private const string DefaultMemory = "2M";

    private readonly MapMemoryOptions _memory = new();

    private readonly Option<string> _strategy = new("--strategy")
    {
        Description = $"The strategy: {StrategyOption.Description}.",
        HelpName = "NAME",
        DefaultValueFactory = _ => StrategyPresets.SingleMap.Name,
    };

    private readonly Option<bool> _json = new("--json") { Description = "Write JSON." };

    private readonly TableOptions _tables = new();
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
            ("ptewright trace --memory 32M --granule 16K --va-bits 47 --json", "For a program to read."))
        {
            self._strategy,
        };
        self._memory.AddSourcesTo(command);
        self._tables.AddTo(command);
        command.Options.Add(self._json);
        command.SetAction(self.Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        TableChoice shape = _tables.Read(parsed);
        StrategyPreset strategy = StrategyOption.Parse(parsed.GetValue(_strategy)!);
        MapMemory memory = _memory.ReadAlone(parsed, shape.Geometry, DefaultMemory);
        memory.Note(_terminal);
        LinearMapPlan plan = LinearMapPlan.ForMemory(memory.Layout, shape.Geometry, shape.WideAddresses, shape.Flags);
        RecordedTrace trace = RecordedTrace.Record(plan, strategy);
        if (parsed.GetValue(_json))
        {
            TraceJson.Write(_terminal, trace);
        }
        else
        {
            TraceText.Write(_terminal.Out, trace);
        }

        return ExitCode.Ok;
    }
}
