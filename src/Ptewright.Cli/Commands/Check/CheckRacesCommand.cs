using System.CommandLine;
using Ptewright.Checking;
using Ptewright.Cli.Options;
using Ptewright.Cli.Output;
using Ptewright.Kernels.Cpus;
using Ptewright.Kernels.Versions;
using Ptewright.Machines;
using Ptewright.Simulation;
using Ptewright.Translation;

namespace Ptewright.Cli.Commands.Check;

/// <summary><c>ptewright check races</c>: two late writers at once, in every interleaving.</summary>
internal sealed class CheckRacesCommand
{
    private static readonly FixmapLock[] _places = [FixmapLock.WholeWalk, FixmapLock.PudWindow, FixmapLock.PudEntries, FixmapLock.None];

    private readonly Option<string> _kernel = new("--kernel")
    {
        Description = $"The kernel: {KernelNames.Profiles}.",
        HelpName = "PROFILE",
        DefaultValueFactory = _ => KernelProfiles.Default.Name,
    };

    private readonly Option<string?> _lock = new("--lock")
    {
        Description = "Hold the fixmap lock around the whole walk, while the PUD slot is mapped, from after it is mapped, or not at all. "
            + "[default: as the kernel does]",
        HelpName = string.Join('|', _places.Select(NameOf)),
    };

    private readonly Option<string> _cpu = new("--cpu")
    {
        Description = $"The CPU: {KernelNames.Cpus}.",
        HelpName = "NAME",
        DefaultValueFactory = _ => "cortex-a72",
    };

    private readonly Option<string?> _granule = new("--granule") { Description = "Another page size than the kernel's usual one.", HelpName = "4K|16K|64K" };

    private readonly Option<int?> _bits = new("--va-bits")
    {
        Description = "Another size of virtual addresses than the kernel's usual one.",
        HelpName = "N",
        CustomParser = result => NumberOption.ParseBits(result),
    };

    private readonly Option<string?> _strategy = new("--strategy")
    {
        Description = $"The strategy: {StrategyOption.Description}. [default: the kernel's own]",
        HelpName = "NAME",
    };

    private readonly Option<int?> _scenario = new("--scenario")
    {
        Description = "Only the scenario with this number, as the list of all numbers them.",
        HelpName = "NUMBER",
        CustomParser = result => NumberOption.Parse(result),
    };

    private readonly Option<bool> _json = new("--json") { Description = "Write JSON." };

    private readonly Terminal _terminal;

    private CheckRacesCommand(Terminal terminal) => _terminal = terminal;

    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal)
    {
        CheckRacesCommand self = new(terminal);
        self._kernel.CompletionSources.Add([.. KernelProfiles.All.Select(profile => profile.Name)]);
        self._lock.CompletionSources.Add([.. _places.Select(NameOf)]);
        self._cpu.CompletionSources.Add([.. CpuModel.All.Select(model => model.Name)]);
        DocumentedCommand command = new(
            "races",
            "Lets two late writers change the linear map at once, in every interleaving, and shows the shortest that goes wrong.",
            ("ptewright check races --kernel linux-5.15-azure", "The seed's backport maps the PUD slot before it takes the lock; exit code 3."),
            ("ptewright check races --kernel linux-5.15-azure --lock whole-walk", "The same kernel with the lock where Linux has it since 6.0; exit code 0."),
            ("ptewright check races --kernel linux-5.15-azure --scenario 14", "One pair of ranges only, here with every table in place."),
            ("ptewright check races --lock none --granule 64K --json", "How much Linux 6.12 needs its lock, for a program to read."))
        {
            self._kernel,
            self._lock,
            self._cpu,
            self._granule,
            self._bits,
            self._strategy,
            self._scenario,
            self._json,
        };
        command.SetAction(self.Run);
        return command;
    }

    /// <summary>A place of the lock as it is written on the command line.</summary>
    public static string NameOf(FixmapLock place) => place switch
    {
        FixmapLock.WholeWalk => "whole-walk",
        FixmapLock.PudWindow => "pud-window",
        FixmapLock.PudEntries => "pud-entries",
        _ => "none",
    };

    private int Run(ParseResult parsed)
    {
        RaceOptions options = Read(parsed);
        RaceReport report = _terminal.WithProgress(progress => RaceCheck.Run(options, progress));
        int first = 1;
        if (parsed.GetValue(_scenario) is { } number)
        {
            first = number >= 1 && number <= report.Results.Count
                ? number
                : throw new UsageException($"There is no scenario {number}; there are {report.Results.Count}.");
            report = report with { Results = [report.Results[number - 1]] };
        }

        if (parsed.GetValue(_json))
        {
            RacesJson.Write(_terminal, report, first);
        }
        else
        {
            new RaceReportText(_terminal, report, first).Write();
        }

        return report.IsSafe ? ExitCode.Ok : ExitCode.No;
    }

    private RaceOptions Read(ParseResult parsed)
    {
        KernelProfile profile = KernelNames.Profile(parsed.GetValue(_kernel)!, _terminal);
        CpuModel cpu = KernelNames.Cpu(parsed.GetValue(_cpu)!);
        RaceOptions options = RaceOptions.Of(profile, cpu);
        if (parsed.GetValue(_lock) is { } place)
        {
            options = options with { FixmapLock = Choice.Named(_places, NameOf, place, "place for the lock") };
        }

        if (parsed.GetValue(_strategy) is { } name)
        {
            StrategyPreset strategy = StrategyOption.Parse(name);
            options = strategy.Options.Reach == Reach.Fixmap
                ? options with { Strategy = strategy }
                : throw new UsageException($"Strategy '{name}' uses no fixmap slots, so there is nothing to lock.");
        }

        string? granule = parsed.GetValue(_granule);
        int? bits = parsed.GetValue(_bits);
        if (granule is null && bits is null)
        {
            return options;
        }

        TableGeometry wanted = TableSizes.Geometry(
            granule is null ? options.Config.Granule : TableOptions.ParseGranule(granule), bits ?? options.Config.VaBits);
        return options with { Config = options.Config.WithShape(wanted.Granule, wanted.VirtualAddressBits) };
    }
}
