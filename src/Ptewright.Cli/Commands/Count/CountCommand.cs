using System.CommandLine;
using System.Globalization;
using Ptewright.Addressing;
using Ptewright.Booting;
using Ptewright.Cli.Options;
using Ptewright.Cli.Output;
using Ptewright.Cli.Parts;
using Ptewright.Counting;
using Ptewright.Files;
using Ptewright.Kernels.Planning;
using Ptewright.Kernels.Symbols;
using Ptewright.Live;
using Ptewright.Machines;
using Ptewright.Memory;
using Ptewright.Running;
using Ptewright.Simulation;
using Ptewright.Strategies;
using Ptewright.Texts;

namespace Ptewright.Cli.Commands.Count;

/// <summary><c>ptewright count</c>: the instructions that a kernel executes to make its tables, beside those that are predicted.</summary>
internal sealed class CountCommand
{
    private const string Function = "paging_init";

    // QEMU's virt machine has its memory here.
    private static readonly PhysicalAddress _memoryStart = new(1UL << 30);

    private readonly LiveOptions _live = new("The kernel (Image, Image.gz, vmlinuz); --dtb and --cmdline are what it gets, with nokaslr added.");
    private readonly MachineOptions _machine = new();
    private readonly Option<bool> _boot = new("--boot") { Description = "Count Ptewright's own boot image instead of a kernel: each strategy." };

    private readonly Option<string?> _strategy = new("--strategy")
    {
        Description = "With --boot: strategies, separated by commas. With a kernel whose walk was changed: the one that it has now. [default: all; the kernel's own]",
        HelpName = "LIST",
    };

    private readonly Option<bool> _json = new("--json") { Description = "Write JSON." };
    private readonly Terminal _terminal;

    private CountCommand(Terminal terminal) => _terminal = terminal;

    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal)
    {
        CountCommand self = new(terminal);
        DocumentedCommand command = new(
            "count",
            "Counts the instructions, TLBI, DSB and ISB that a real kernel executes in paging_init under QEMU, beside those that are predicted.",
            ("ptewright count --kernel-image vmlinuz --config config -m 64G --cpu cortex-a72", "A real kernel."),
            ("ptewright count --boot -m 1G --granule 4K,64K", "The boot image, strategy by strategy."));
        self._live.AddTo(command);
        self._machine.AddTo(command);
        command.Options.Add(self._boot);
        command.Options.Add(self._strategy);
        command.Options.Add(self._json);
        command.SetAction(self.Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        if (parsed.GetValue(_boot) == _live.IsGiven(parsed))
        {
            throw new UsageException("Name a kernel with --kernel-image, or take --boot for the boot image.");
        }

        if (parsed.GetValue(_boot) && (_machine.Symbols(parsed) ?? _machine.Memory.DeviceTree(parsed) ?? _machine.CommandLine(parsed)) is not null)
        {
            throw new UsageException("The boot image has its own symbols and command line and QEMU's device tree; --symbols, --dtb and --cmdline are a kernel's.");
        }

        CountOutcome outcome = parsed.GetValue(_boot) ? CountBoot(parsed) : CountKernel(parsed);
        CountReport.Write(_terminal, outcome, parsed.GetValue(_json));
        return outcome.IsEqual ? ExitCode.Ok : ExitCode.No;
    }

    private CountOutcome CountKernel(ParseResult parsed)
    {
        StrategyPreset? strategy = parsed.GetValue(_strategy) is { } name ? StrategyOption.Parse(name) : null;
        LiveMachine machine = _live.Machine(parsed, _machine);
        if (!machine.CommandLine.Split(' ').Any(word => word is "nokaslr" or "arm64.nokaslr"))
        {
            // What is counted is found by its address, and with KASLR nobody knows it beforehand.
            machine = machine with { CommandLine = $"{machine.CommandLine} nokaslr".TrimStart() };
            _terminal.Note("'nokaslr' was added to the command line, because counting goes by addresses.");
        }

        KernelFile kernel = _live.Kernel(parsed);
        KernelSymbols symbols = _live.RequireSymbols(parsed, _machine);
        CountedRegion region = CountedRegion.OfFunction(kernel, symbols, Function);
        Qemu qemu = FindQemu();
        using TemporaryFile file = TemporaryFile.Create("tree.dtb");
        string tree = file.Path;

        // Predicted before it is executed: so a kernel that cannot start on this CPU is not waited for.
        LiveDeviceTree.Write(qemu, machine, tree);
        BootedMachine booted = new(tree, kernel.FindVersion());
        DescribedMachine described = _machine.Read(parsed, _terminal, _ => kernel.LoadAddress(_memoryStart), booted, image: _live.Image(parsed));
        KernelPlan plan = described.Profile.Plan(described.Machine, KernelScope.PagingInit);
        plan = strategy is null ? plan : plan with { Strategy = strategy };
        PredictedCounts predicted = _terminal.WithProgress(report =>
        {
            report.Show("predicting");
            using LinearMapSimulation simulation = new(plan.Plan);
            return PredictedCounts.Of(simulation.Build(plan.Strategy.Options).Counts);
        });
        CountedRun run = Count(parsed, qemu, machine, tree, region, passes: 1);
        CountedPass pass = new(Function, GranuleText.NameOf(described.Machine.Config.Granule), run.Passes[0], predicted, null);
        return new CountOutcome(kernel.Name, plan.Profile.Name, machine.Cpu, machine.MemoryBytes, machine.CommandLine, region, [pass], described.Machine);
    }

    private CountOutcome CountBoot(ParseResult parsed)
    {
        KernelSymbols symbols = BootImage.ReadSymbols();
        CountedRegion region = new(symbols.Find("creation_start"), symbols.Find("creation_end"));
        Qemu qemu = FindQemu();
        using BootImage image = BootImage.Unpack();
        LiveMachine machine = new(image.Path, _live.MemoryBytes(parsed, _machine), _machine.QemuCpu(parsed), BootWords(parsed));
        using TemporaryFile file = TemporaryFile.Create("tree.dtb");
        string tree = file.Path;
        LiveDeviceTree.Write(qemu, machine, tree);
        CountedRun run = Count(parsed, qemu, machine, tree, region, passes: 0);
        BootTranscript transcript = BootTranscript.Parse(run.Console, "console");
        List<CountedPass> passes = [];
        foreach (BootRegime regime in transcript.Regimes)
        {
            MemoryLayout memory = BootReference.ReadMemory(File.ReadAllBytes(tree), transcript.Machine, regime.Geometry.Granule);
            foreach (BootComparison comparison in BootReference.Compare(transcript.Machine, regime, memory, null))
            {
                if (passes.Count == run.Passes.Count)
                {
                    throw new BootFailedException("The boot image reports more strategies than were counted.");
                }

                passes.Add(new CountedPass(
                    comparison.Preset.Name,
                    GranuleText.NameOf(regime.Geometry.Granule),
                    run.Passes[passes.Count],
                    PredictedCounts.Of(comparison.Host.Counts),
                    PredictedCounts.Of(comparison.Result.Counts)));
            }
        }

        return passes.Count == run.Passes.Count && passes.Count > 0
            ? new CountOutcome("boot image", null, machine.Cpu, machine.MemoryBytes, machine.CommandLine, region, passes)
            : throw new BootFailedException("The boot image reports fewer strategies than were counted.");
    }

    private static Qemu FindQemu() => Qemu.Find() ?? throw new BootFailedException(LiveOptions.HowToGetQemu);

    private CountedRun Count(ParseResult parsed, Qemu qemu, LiveMachine machine, string tree, CountedRegion region, int passes)
    {
        return _live.Run(parsed, _terminal, timeout =>
        {
            CountedRun CountAs(int version)
            {
                using CountPlugin plugin = CountPlugin.Unpack(version);
                return new InstructionCounter(qemu, plugin.Path, region).Run(machine, tree, passes, timeout, CancellationToken.None);
            }

            try
            {
                return CountAs(CountPlugin.FirstVersion);
            }
            catch (PluginVersionException refusal) when (refusal.Least is > CountPlugin.FirstVersion and <= CountPlugin.LastVersion)
            {
                // Later QEMUs want to hear a higher number; what the plugin uses they have.
                return CountAs(refusal.Least);
            }
        });
    }

    private string BootWords(ParseResult parsed)
    {
        string granule = _machine.Granule(parsed) ?? "4K";
        string[] granules = granule == "all" ? ["all"] : [.. granule.Split(',').Select(name => GranuleText.NameOf(TableOptions.ParseGranule(name)))];
        string words = $"granule={string.Join(',', granules).ToLowerInvariant()} repeat=1 verify=none";
        if (parsed.GetValue(_strategy) is { } list)
        {
            string[] names = [.. StrategyOption.ParseList(list).Select(preset => preset.Name)];
            string? unknown = names.FirstOrDefault(name => !StrategyPresets.All.Any(preset => preset.Name == name));
            words = unknown is null
                ? $"strategies={string.Join(',', names)} {words}"
                : throw new UsageException($"The boot image has only the named strategies, so not '{unknown}'.");
        }

        return _machine.VaBits(parsed) is { } bits ? string.Create(CultureInfo.InvariantCulture, $"{words} va={bits}") : words;
    }
}
