using System.CommandLine;
using System.Globalization;
using Ptewright.Addressing;
using Ptewright.Booting;
using Ptewright.Costs;
using Ptewright.Images;
using Ptewright.Kernels;
using Ptewright.LinearMap;
using Ptewright.Translation;

namespace Ptewright.Cli;

/// <summary><c>ptewright map</c>: the tables that one kernel makes on one machine.</summary>
internal sealed class MapCommand
{
    private static readonly KernelScope[] _scopes = [KernelScope.MapMem, KernelScope.PagingInit];

    private readonly MapMemoryOptions _memory = new();

    private readonly Option<string> _kernel = new("--kernel")
    {
        Description = $"The kernel: {string.Join(", ", KernelProfiles.All.Select(profile => profile.Name))}.",
        HelpName = "PROFILE",
        DefaultValueFactory = _ => "linux-6.12",
    };

    private readonly Option<string?> _symbols = new("--symbols") { Description = "The kernel's System.map; --image-base says where it is loaded.", HelpName = "FILE" };

    private readonly Option<string?> _imageBase = new("--image-base")
    {
        Description = "The physical address of the image's first byte (_text), as in 0x40200000.",
        HelpName = "ADDRESS",
    };

    private readonly Option<string?> _config = new("--config")
    {
        Description = "The kernel's configuration, as in /boot/config-*. [default: a distribution's of that version]",
        HelpName = "FILE",
    };

    private readonly Option<string> _cpu = new("--cpu")
    {
        Description = $"The CPU: {string.Join(", ", CpuModel.All.Select(model => model.Name))}.",
        HelpName = "NAME",
        DefaultValueFactory = _ => "cortex-a72",
    };

    private readonly Option<string?> _granule = new("--granule") { Description = "Another page size than the configuration's.", HelpName = "4K|16K|64K" };

    private readonly Option<int?> _bits = new("--va-bits")
    {
        Description = "Another size of virtual addresses than the configuration's; with 52 come 52-bit descriptors (LPA, LPA2).",
        HelpName = "N",
        CustomParser = result => TableOptions.ParseBits(result),
    };

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
        self._kernel.CompletionSources.Add([.. KernelProfiles.All.Select(profile => profile.Name)]);
        self._cpu.CompletionSources.Add([.. CpuModel.All.Select(model => model.Name)]);
        self._scope.CompletionSources.Add([.. _scopes.Select(MapOutcome.NameOf)]);
        DocumentedCommand command = new(
            "map",
            "Builds the tables that one kernel makes on one machine, and counts what that takes.",
            ("ptewright map --memory 2G --cmdline nokaslr", "Linux 6.12 on 2 GiB, without its image."),
            (
                "ptewright map --memory 2G --kernel linux-6.1 --symbols System.map --image-base 0x40200000 --scope paging_init",
                "All that Linux 6.1 does in paging_init, with the image where QEMU loads it."),
            ("ptewright map --dtb board.dtb --cpu max --cmdline \"nokaslr rodata=on\" -o tables", "A board's memory, blocks where they fit; the tables in a folder."),
            ("ptewright map --iomem iomem.txt --config config-6.12 --trace trace.txt --json", "Memory copied from a running machine, every operation in a file."));
        self._memory.AddTo(command);
        Option[] others =
        [
            self._kernel, self._symbols, self._imageBase, self._config, self._cpu, self._granule, self._bits, self._strategy, self._scope, self._trace,
            self._output, self._calibrate, self._json,
        ];
        foreach (Option option in others)
        {
            command.Options.Add(option);
        }

        command.SetAction(self.Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        KernelProfile profile = Named(KernelProfiles.All, known => known.Name, parsed.GetValue(_kernel)!, "kernel profile");
        CpuModel cpu = Named(CpuModel.All, known => known.Name, parsed.GetValue(_cpu)!, "CPU");
        KernelScope scope = Named(_scopes, MapOutcome.NameOf, parsed.GetValue(_scope)!, "scope");
        StrategyPreset strategy = parsed.GetValue(_strategy) is { } name ? StrategyOption.Parse(name) : profile.Strategy;
        PhysicalAddress? imageBase = ParseImageBase(parsed);

        KernelConfig config = ReadConfig(parsed, profile);
        MapMemory memory = _memory.Read(parsed, profile, config);
        foreach (string remark in memory.Remarks)
        {
            _terminal.Error.WriteLine($"ptewright: note: {remark}");
        }

        KernelImage? image = imageBase is { } at ? SystemMap.Read(parsed.GetValue(_symbols)!).ImageAt(at) : null;
        KernelMachine machine = new(memory.Layout, cpu, config, memory.CommandLine, image, memory.KaslrSeed);
        KernelPlan plan = profile.Plan(machine, scope);
        RefuseTooMuch(plan);
        RefuseMissingFolder(parsed.GetValue(_trace));
        if (parsed.GetValue(_output) is { } taken && File.Exists(taken))
        {
            throw new InvalidInputException($"'{taken}' is a file, so the tables cannot be saved in a folder of that name.");
        }

        MapOutcome outcome = _terminal.WithProgress(report => Build(parsed, report, memory, machine, plan, scope, strategy));
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

    private MapOutcome Build(
        ParseResult parsed, Action<string> report, MapMemory memory, KernelMachine machine, KernelPlan plan, KernelScope scope, StrategyPreset strategy)
    {
        report("building");
        using LinearMapSimulation simulation = new(plan.Plan, machine.Cpu.HasRangeInvalidation);
        BuildResult result = simulation.Build(strategy.Options);
        if (parsed.GetValue(_output) is { } folder)
        {
            report("saving");
            TableFolder.Save(folder, machine, plan, simulation);
        }

        if (parsed.GetValue(_trace) is { } path)
        {
            report("tracing");
            using Trace trace = Trace.Record(plan.Plan, strategy, machine.Cpu.HasRangeInvalidation);
            using StreamWriter writer = new(path);
            TraceText.Write(writer, trace);
        }

        double? modelled = parsed.GetValue(_calibrate) is { } measured
            ? MeasuredCosts.Read(measured, plan.Geometry.Granule).Milliseconds(CostDrivers.Of(strategy.Options, result))
            : null;
        return new MapOutcome(memory, machine, plan, scope, strategy, result, simulation.Digest(), modelled);
    }

    private KernelConfig ReadConfig(ParseResult parsed, KernelProfile profile)
    {
        KernelConfig config = parsed.GetValue(_config) is { } path ? KernelConfig.Read(path) : profile.ReadDefaultConfig();
        string? granule = parsed.GetValue(_granule);
        int? bits = parsed.GetValue(_bits);
        if (granule is null && bits is null)
        {
            return config;
        }

        TableGeometry wanted = TableOptions.Geometry(granule is null ? config.Granule : TableOptions.ParseGranule(granule), bits ?? config.VaBits);
        return config.WithShape(wanted.Granule, wanted.VirtualAddressBits);
    }

    private PhysicalAddress? ParseImageBase(ParseResult parsed)
    {
        string? text = parsed.GetValue(_imageBase);
        if (text is null != parsed.GetValue(_symbols) is null)
        {
            throw new UsageException("Options --symbols and --image-base belong together: what the image has, and where it lies.");
        }

        if (text is null)
        {
            return null;
        }

        bool isHexadecimal = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        NumberStyles style = isHexadecimal ? NumberStyles.AllowHexSpecifier : NumberStyles.None;
        return ulong.TryParse(isHexadecimal ? text[2..] : text, style, CultureInfo.InvariantCulture, out ulong address)
            ? new PhysicalAddress(address)
            : throw new UsageException($"'{text}' is no address for --image-base, such as 0x40200000.");
    }

    private static T Named<T>(IEnumerable<T> all, Func<T, string> nameOf, string name, string what)
    {
        foreach (T known in all)
        {
            if (nameOf(known) == name)
            {
                return known;
            }
        }

        throw new UsageException($"There is no {what} '{name}'; there are {string.Join(", ", all.Select(nameOf))}.");
    }

    // Single pages take 8 bytes each; the rest of the tables is small beside that.
    private static void RefuseTooMuch(KernelPlan plan)
    {
        ulong needed = plan.Plan.Requests
            .Where(request => request.Flags.HasFlag(MapFlags.NoBlock))
            .Aggregate(0UL, (sum, request) => sum + (request.Size >> plan.Geometry.PageShift << 3));
        ulong available = (ulong)GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (needed > available - (available / 4))
        {
            throw new InvalidInputException(
                $"The tables take {needed >> 30} GiB and this computer has {available >> 30} GiB; take less memory, a larger --granule, or a command line that allows blocks.");
        }
    }

    private static void RefuseMissingFolder(string? path)
    {
        if (path is not null && Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder && !Directory.Exists(folder))
        {
            throw new InvalidInputException($"There is no folder '{folder}' for the trace.");
        }
    }
}
