using System.CommandLine;
using System.Globalization;
using Ptewright.Booting;
using Ptewright.Cli.Options;
using Ptewright.Cli.Output;
using Ptewright.Cli.Parts;
using Ptewright.Firmware;
using Ptewright.Memory;
using Ptewright.Running;
using Ptewright.Simulation;
using Ptewright.Texts;

namespace Ptewright.Cli.Commands.Boot;

/// <summary><c>ptewright boot</c>: the same engine on the bare CPU, at EL1, timed and checked there.</summary>
internal sealed class BootCommand
{
    // Above this, checking every page by an emulated CPU takes longer than anybody waits.
    private const ulong MostFullyVerified = 64UL << 30;
    private const ulong LeastMemory = 64UL << 20;

    private readonly Option<string> _memory = new("--memory", "-m")
    {
        Description = "The machine's memory; only what tables take of it is used here.",
        HelpName = "SIZE",
        DefaultValueFactory = _ => "64G",
    };

    private readonly Option<string?> _cpu = new("--cpu")
    {
        Description = "QEMU's name of a CPU: max, cortex-a72, neoverse-n1, … [default: this computer's own where it is arm64, else max]",
        HelpName = "NAME",
    };

    private readonly Option<string?> _granule = new("--granule")
    {
        Description = "Page sizes, separated by commas, or all. [default: 4K]",
        HelpName = "4K|16K|64K|all",
    };

    private readonly Option<int?> _bits = new("--va-bits")
    {
        Description = "Size of virtual addresses. [default: the largest that the CPU can use]",
        HelpName = "N",
        CustomParser = result => NumberOption.ParseBits(result),
    };

    private readonly Option<string?> _strategy = new("--strategy")
    {
        Description = "Strategies, separated by commas: baseline, map-once, batch-barriers, single-map, lazy-unmap, premapped. [default: all]",
        HelpName = "LIST",
    };

    private readonly Option<string> _scope = new("--scope")
    {
        Description = "How much of a kernel's start: the linear map, or all of the older paging_init, with the CPU on the root that it made.",
        HelpName = "map_mem|paging_init",
        DefaultValueFactory = _ => BootScopes.Name(BootScope.LinearMap),
    };

    private readonly Option<bool> _vectors = new("--vectors") { Description = "Check the cases of the test vectors at EL1 as well." };

    private readonly Option<int> _repeat = new("--repeat")
    {
        Description = "How often each creation is timed.",
        HelpName = "N",
        CustomParser = NumberOption.Parse,
        DefaultValueFactory = _ => 3,
    };

    private readonly Option<string?> _verify = new("--verify")
    {
        Description = "How much the CPU checks: every page (full), or both ends of each table and 100,000 random pages (fast). [default: full up to 64G]",
        HelpName = "full|fast|none",
    };

    private readonly Option<int> _timeout = new("--timeout")
    {
        Description = "After how many seconds the machine is given up.",
        HelpName = "S",
        CustomParser = NumberOption.Parse,
        DefaultValueFactory = _ => 600,
    };

    private readonly Option<bool> _instructions = new("--instructions")
    {
        Description = "Have QEMU count the instructions of each creation, exactly; emulated only, whatever this computer is.",
    };

    private readonly Option<string?> _image = new("--image") { Description = "Only write the boot image to a file, for other machines.", HelpName = "FILE" };

    private readonly Option<string?> _log = new("--log")
    {
        Description = "Boot nothing; compare what a boot elsewhere wrote to its console.",
        HelpName = "FILE",
    };

    private readonly Option<bool> _json = new("--json") { Description = "Write JSON." };

    private readonly Terminal _terminal;

    private BootCommand(Terminal terminal) => _terminal = terminal;

    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal)
    {
        BootCommand self = new(terminal);
        DocumentedCommand command = new(
            "boot",
            "Boots the engine on a bare arm64 CPU, which creates the linear map with each strategy, times it and checks every page; compares with the same done here.",
            ("ptewright boot -m 16G", "All strategies for 16 GiB."),
            ("ptewright boot -m 512G --strategy batch-barriers,single-map --repeat 5", "The seed's step on a large machine."),
            ("ptewright boot -m 1G --granule all --cpu max --json", "Every page size, for a program to read."),
            ("ptewright boot -m 1G --granule all --scope paging_init", "All of the older paging_init, with the switch of roots."),
            ("ptewright boot --image ptewright-boot.img", "For real machines: docs/boot.md."),
            ("ptewright boot --log console.txt", "What came out there."));
        Option[] options =
        [
            self._memory, self._cpu, self._granule, self._bits, self._strategy, self._scope, self._vectors, self._repeat, self._verify, self._timeout, self._instructions, self._image, self._log, self._json,
        ];
        foreach (Option option in options)
        {
            command.Options.Add(option);
        }

        command.SetAction(self.Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        if (parsed.GetValue(_image) is { } path)
        {
            _terminal.Out.WriteLine($"{path}: {Numbers.Bytes((ulong)BootImage.Write(path))}");
            return ExitCode.Ok;
        }

        BootOutcome outcome = parsed.GetValue(_log) is { } log ? ReadLog(log) : Boot(parsed);
        if (parsed.GetValue(_json))
        {
            BootJson.Write(_terminal, outcome);
        }
        else
        {
            new BootReport(_terminal, outcome).Write();
        }

        return outcome.Failed == 0 && outcome.Passed > 0 ? ExitCode.Ok : ExitCode.No;
    }

    private BootOutcome ReadLog(string path)
    {
        BootTranscript transcript = BootTranscript.Parse(File.ReadLines(path), Path.GetFileName(path));
        IReadOnlyList<BootRegimeOutcome> regimes = _terminal.WithProgress(
            report => (IReadOnlyList<BootRegimeOutcome>)[.. transcript.Regimes.Select(regime => Compare(transcript.Machine, regime, regime.Memory, report))]);
        ulong bytes = transcript.Regimes.Select(regime => regime.Memory.TotalBytes).DefaultIfEmpty().Max();
        return new BootOutcome(null, null, bytes, transcript, regimes);
    }

    private BootOutcome Boot(ParseResult parsed)
    {
        QemuMachine machine = ReadMachine(parsed);
        int seconds = parsed.GetValue(_timeout);
        if (seconds < 1)
        {
            throw new UsageException($"{seconds} seconds are no time; --timeout takes 1 or more.");
        }

        Qemu qemu = Qemu.Find() ?? throw new BootFailedException(
            $"{LiveOptions.HowToGetQemu} Or --image FILE writes the image for another machine.");
        using BootImage image = BootImage.Unpack();
        return _terminal.WithProgress(report =>
        {
            report.Show($"booting on {qemu.Accelerator(machine)}");
            IReadOnlyList<string> lines = qemu.Run(
                image.Path, machine, TimeSpan.FromSeconds(seconds), line => ReportLine(line, report), CancellationToken.None);
            BootTranscript transcript = BootTranscript.Parse(lines, "console");
            byte[] tree = qemu.ReadDeviceTree(image.Path, machine);
            List<BootRegimeOutcome> regimes = [];
            foreach (BootRegime regime in transcript.Regimes)
            {
                MemoryLayout memory = BootReference.ReadMemory(tree, transcript.Machine, regime.Geometry.Granule);
                regimes.Add(Compare(transcript.Machine, regime, memory, report));
            }

            return new BootOutcome(qemu.Accelerator(machine), qemu.CpuName(machine), machine.MemoryBytes, transcript, regimes);
        });
    }

    private static BootRegimeOutcome Compare(BootMachine machine, BootRegime regime, MemoryLayout memory, ProgressLine report)
    {
        IReadOnlyList<BootComparison> comparisons = BootReference.Compare(machine, regime, memory, report);
        return new BootRegimeOutcome(regime, comparisons, MeasuredCosts.Solve(machine, comparisons));
    }

    private static void ReportLine(string line, ProgressLine report)
    {
        if (line.Length > 0 && !line.StartsWith('@'))
        {
            report.Show($"the machine says: {line}");
        }
    }

    private QemuMachine ReadMachine(ParseResult parsed)
    {
        ulong bytes = ReadSize(parsed.GetValue(_memory)!);
        List<string> words = [];
        if (parsed.GetValue(_strategy) is { } strategies)
        {
            string[] names = [.. StrategyOption.ParseList(strategies).Select(preset => preset.Name)];
            string? unknown = names.FirstOrDefault(name => !StrategyPresets.All.Any(preset => preset.Name == name));
            words.Add(unknown is null
                ? $"strategies={string.Join(',', names)}"
                : throw new UsageException($"The boot image has only the named strategies, so not '{unknown}'."));
        }

        words.Add($"granule={ReadGranules(parsed.GetValue(_granule) ?? "4K")}");
        if (parsed.GetValue(_bits) is { } bits)
        {
            words.Add(string.Create(CultureInfo.InvariantCulture, $"va={bits}"));
        }

        BootScope scope = Enum.GetValues<BootScope>().Cast<BootScope?>().FirstOrDefault(scope => BootScopes.Name(scope!.Value) == parsed.GetValue(_scope))
            ?? throw new UsageException($"There is no --scope '{parsed.GetValue(_scope)}'; there are {string.Join(", ", Enum.GetValues<BootScope>().Select(BootScopes.Name))}.");
        words.Add($"scope={BootScopes.Name(scope)}");
        if (parsed.GetValue(_vectors))
        {
            words.Add("vectors=yes");
        }

        int repeat = parsed.GetValue(_repeat);
        if (repeat is < 1 or > BootArguments.MaxRepeat)
        {
            throw new UsageException($"{repeat} repetitions cannot be timed; --repeat takes 1 to {BootArguments.MaxRepeat}.");
        }

        words.Add(string.Create(CultureInfo.InvariantCulture, $"repeat={repeat}"));
        string verify = parsed.GetValue(_verify) ?? (bytes > MostFullyVerified ? "fast" : "full");
        words.Add(verify is "full" or "fast" or "none" ? $"verify={verify}" : throw new UsageException($"There is no --verify '{verify}'; there are full, fast, none."));
        return new QemuMachine(bytes, parsed.GetValue(_cpu), string.Join(' ', words), parsed.GetValue(_instructions));
    }

    private static string ReadGranules(string text) => text == "all"
        ? text
        : string.Join(',', text.Split(',').Select(name => GranuleText.NameOf(TableOptions.ParseGranule(name)))).ToLowerInvariant();

    private static ulong ReadSize(string text)
    {
        // One range without an address; QEMU says where it begins.
        MemoryLayout layout = MemorySpec.Parse(text);
        return text.Contains('@', StringComparison.Ordinal) || layout.Memory.Count != 1 || layout.TotalBytes < LeastMemory || layout.TotalBytes % (1 << 20) != 0
            ? throw new UsageException($"'{text}' is no memory for a machine here: one size in whole MiB, at least 64M, without an address.")
            : layout.TotalBytes;
    }
}
