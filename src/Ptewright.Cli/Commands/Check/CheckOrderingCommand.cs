using System.CommandLine;
using Ptewright.Checking;
using Ptewright.Cli.Options;
using Ptewright.Cli.Output;
using Ptewright.Kernels.Versions;
using Ptewright.Simulation;

namespace Ptewright.Cli.Commands.Check;

/// <summary><c>ptewright check ordering</c>: which barriers and invalidations a kernel needs, and what happens without them.</summary>
internal sealed class CheckOrderingCommand
{
    private static readonly string[] _profiles = [.. KernelProfiles.All.Select(profile => profile.Name)];

    private readonly Option<string> _kernel = new("--kernel")
    {
        Description = $"The kernel: {KernelNames.Profiles}.",
        HelpName = "PROFILE",
        Required = true,
    };

    private readonly Option<string?> _strategy = new("--strategy")
    {
        Description = $"Another way of writing tables than the kernel's own: {StrategyOption.Description}.",
        HelpName = "NAME",
    };

    private readonly Option<bool> _json = new("--json") { Description = "Write JSON." };

    private readonly Terminal _terminal;

    private CheckOrderingCommand(Terminal terminal) => _terminal = terminal;

    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal)
    {
        CheckOrderingCommand self = new(terminal);
        self._kernel.CompletionSources.Add(_profiles);
        DocumentedCommand command = new(
            "ordering",
            "Lets table walkers read any entry at any moment and stores become visible as late as barriers allow; then leaves out each barrier and each "
            + "invalidation in turn and shows the shortest run that goes wrong. Exit code 3 when the kernel's own sequence can go wrong.",
            ("ptewright check ordering --kernel linux-6.12", "Which barriers of the merged series are needed, init_clear_pgtable's among them."),
            ("ptewright check ordering --kernel linux-6.1 --strategy lazy-unmap", "The strategy that was posted and never merged, in an older kernel."),
            ("ptewright check ordering --kernel linux-5.15-azure --json", "For a program to read."))
        {
            self._kernel,
            self._strategy,
            self._json,
        };
        command.SetAction(self.Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        KernelProfile profile = KernelNames.Profile(parsed.GetValue(_kernel)!, _terminal);
        StrategyPreset strategy = parsed.GetValue(_strategy) is { } text ? StrategyOption.Parse(text) : profile.Strategy;
        OrderingReport report = _terminal.WithProgress(progress => OrderingCheck.Check(profile, strategy, progress));
        if (parsed.GetValue(_json))
        {
            CheckOrderingJson.Write(_terminal, report);
        }
        else
        {
            new CheckOrderingReport(_terminal, report).Write();
        }

        return report.IsSafe ? ExitCode.Ok : ExitCode.No;
    }
}
