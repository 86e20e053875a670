using System.CommandLine;
using System.Numerics;
using Ptewright.Addressing;
using Ptewright.Cli.Output;
using Ptewright.Discovery;
using Ptewright.Firmware;
using Ptewright.Kernels.Cpus;
using Ptewright.Kernels.Planning;
using Ptewright.Kernels.Symbols;
using Ptewright.Kernels.Versions;
using Ptewright.Machines;
using Ptewright.Texts;
using Ptewright.Translation;

namespace Ptewright.Cli.Options;

/// <summary>The options that describe a kernel and its machine: memory, profile, symbols, configuration, CPU, command line.</summary>
internal sealed class MachineOptions
{
    private readonly MemoryOptions _memory = new();
    private readonly Option<string?> _kernel;
    private readonly Option<string?> _cpu;
    private readonly Option<string?> _granule;
    private readonly Option<int?> _bits;

    private readonly Option<string?> _symbols = new("--symbols")
    {
        Description = "The kernel's symbols: its System.map, its vmlinux, or its vmlinuz, which has them too; --image-base says where it is loaded.",
        HelpName = "FILE",
    };

    private readonly Option<string?>? _image;

    private readonly Option<string?> _imageBase = new("--image-base")
    {
        Description = "The physical address of the image's first byte (_text), hexadecimal, as in 40200000. [default with --iomem: where its kernel lay; without --symbols its alias alone]",
        HelpName = "ADDRESS",
    };

    private readonly Option<string?> _config = new("--config")
    {
        Description = "The kernel's configuration, as in /boot/config-*. [default: a distribution's of that version]",
        HelpName = "FILE",
    };

    private readonly TextOption _commandLine = new("--cmdline")
    {
        Description = "The kernel's command line, as in \"nokaslr rodata=on\"; takes the place of a device tree's bootargs or a boot log's.",
        HelpName = "TEXT",
    };

    private readonly Option<string?> _kaslrSeed = new("--kaslr-seed")
    {
        Description = "The random number for address randomisation that firmware gives the kernel, hexadecimal, as in 1234567812345678; takes the place of a device tree's.",
        HelpName = "VALUE",
    };

    /// <summary>Makes the options.</summary>
    /// <param name="kernelIsOptional">Whether the command also does without a kernel: then no kernel and no CPU is taken unless one is named.</param>
    /// <param name="hasImage">Whether the kernel's file can be given, which is not booted.</param>
    public MachineOptions(bool kernelIsOptional = false, bool hasImage = false)
    {
        _image = !hasImage ? null : new Option<string?>("--kernel-image")
        {
            Description = "The kernel's file (Image, Image.gz, vmlinuz): its version, page size and symbols are taken from there, where no other option gives them.",
            HelpName = "FILE",
        };
        Func<System.CommandLine.Parsing.ArgumentResult, string?>? Usual(string name) => kernelIsOptional ? null : _ => name;
        _kernel = new Option<string?>("--kernel", "--profile")
        {
            Description = $"The kernel: {KernelNames.Profiles}."
                + (kernelIsOptional ? $" Without it and the other options of a kernel, memory alone counts. [default with these: {KernelProfiles.Default.Name}, or what --dmesg says]" : ""),
            HelpName = "PROFILE",
            DefaultValueFactory = Usual(KernelProfiles.Default.Name)!,
        };
        _cpu = new Option<string?>("--cpu")
        {
            Description = $"The CPU: {KernelNames.Cpus}. Features can be added, as in cortex-a76+bbml2: {string.Join(", ", CpuModel.Features)}."
                + (kernelIsOptional ? $" [default with a kernel: {MachineDescription.DefaultCpu}, or what --dmesg says]" : ""),
            HelpName = "NAME",
            DefaultValueFactory = Usual(MachineDescription.DefaultCpu)!,
        };
        _granule = new Option<string?>("--granule")
        {
            Description = kernelIsOptional ? "Page size of the tables. [default: 4K; with a kernel, its configuration's]" : "Another page size than the configuration's.",
            HelpName = "4K|16K|64K",
        };
        _bits = new Option<int?>("--va-bits")
        {
            Description = kernelIsOptional
                ? $"{TableOptions.BitsDescription} [default: {TableOptions.UsualBits}; with a kernel, its configuration's]"
                : "Another size of virtual addresses than the configuration's; with 52 come 52-bit descriptors (LPA, LPA2).",
            HelpName = "N",
            CustomParser = result => NumberOption.ParseBits(result),
        };
    }

    /// <summary>Gives the options to a command.</summary>
    public void AddTo(Command command)
    {
        _kernel.CompletionSources.Add([.. KernelProfiles.All.Select(profile => profile.Name)]);
        _cpu.CompletionSources.Add([.. CpuModel.All.Select(model => model.Name)]);
        _granule.CompletionSources.Add(TableOptions.Granules);
        _memory.AddTo(command);
        if (_image is not null)
        {
            command.Options.Add(_image);
        }

        foreach (Option option in new Option[] { _commandLine, _kaslrSeed, _kernel, _symbols, _imageBase, _config, _cpu, _granule, _bits })
        {
            command.Options.Add(option);
        }
    }

    /// <summary>The memory's options.</summary>
    public MemoryOptions Memory => _memory;

    /// <summary>The first option that is given and that only a kernel has; null when there is none.</summary>
    public string? OfKernel(ParseResult parsed) =>
        new Option[] { _kernel, _symbols, _imageBase, _config, _cpu, _commandLine, _kaslrSeed }.FirstOrDefault(option => IsGiven(parsed, option))?.Name;

    /// <summary>What QEMU calls the CPU.</summary>
    /// <exception cref="UsageException">There is no such CPU, or QEMU has no such model.</exception>
    public string QemuCpu(ParseResult parsed) => KernelNames.QemuCpu(parsed.GetValue(_cpu)!);

    /// <summary>Refuses a CPU on which a kernel does not start, so that it is not waited for.</summary>
    /// <exception cref="UsageException">There is no such CPU.</exception>
    /// <exception cref="InvalidInputException">It does not have the kernel's pages.</exception>
    public void RequirePages(ParseResult parsed, KernelFile kernel)
    {
        if (kernel.PageSize != 0)
        {
            KernelPlanning.RequireGranule(KernelNames.Cpu(parsed.GetValue(_cpu)!), (GranuleSize)BitOperations.Log2((uint)kernel.PageSize));
        }
    }

    /// <summary>The symbols' file, if it is given.</summary>
    public string? Symbols(ParseResult parsed) => parsed.GetValue(_symbols);

    /// <summary>The command line that is given, if any.</summary>
    public string? CommandLine(ParseResult parsed) => parsed.GetValue(_commandLine);

    /// <summary>The options that decide about a kernel's tables and were neither given nor found, as words of a sentence.</summary>
    public string Assumed(ParseResult parsed, FoundMachine? found) => string.Join(", ", new (Option Option, bool IsFound)[]
        {
            (_config, found?.Configuration is not null), (_cpu, found?.Cpu is not null), (_commandLine, found?.CommandLine is not null),
        }
        .Where(option => !option.IsFound && !IsGiven(parsed, option.Option)).Select(option => option.Option.Name));

    /// <summary>Whether everything is given that a kernel's memory could show.</summary>
    public bool IsComplete(ParseResult parsed) =>
        Symbols(parsed) is not null && _memory.Source(parsed) is not null && new Option[] { _kernel, _config, _cpu, _commandLine }.All(option => IsGiven(parsed, option));

    /// <summary>The page size, if it is given.</summary>
    public string? Granule(ParseResult parsed) => parsed.GetValue(_granule);

    /// <summary>The size of virtual addresses, if it is given.</summary>
    public int? VaBits(ParseResult parsed) => parsed.GetValue(_bits);

    /// <summary>Reads all of it, and notes on the message side what was assumed or passed over.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="terminal">Takes the notes.</param>
    /// <param name="findBase">Where the image lies when the command line does not say; null when nobody knows.</param>
    /// <param name="booted">What was booted, if the machine is one that this program made.</param>
    /// <param name="usual">The memory when no option says which; null when one must.</param>
    /// <param name="image">The kernel's file, where another option names it.</param>
    /// <param name="found">What the kernel's memory shows, if that was looked at; what is given goes before.</param>
    /// <exception cref="UsageException">Options do not go together or name what does not exist.</exception>
    /// <exception cref="InvalidInputException">A file is not what it should be.</exception>
    public DescribedMachine Read(
        ParseResult parsed, Terminal terminal, Func<KernelSymbols, PhysicalAddress?>? findBase = null, BootedMachine? booted = null, string? usual = null,
        string? image = null, FoundMachine? found = null)
    {
        MachineDescription description = Describe(parsed, terminal, booted, usual, found) with { ImageFile = image ?? (_image is null ? null : parsed.GetValue(_image)) };
        if (description.ImageBase is not null && (description.Symbols ?? description.ImageFile) is null)
        {
            throw new UsageException("Options --image-base and --symbols belong together: where the image lies, and what it has.");
        }

        if (description is { Symbols: not null, ImageFile: null, ImageBase: null, Source.Kind: not MachineSourceKind.Iomem } && findBase is null)
        {
            throw new UsageException("Options --symbols and --image-base belong together: what the image has, and where it lies (only --iomem knows that).");
        }

        if (found is not null)
        {
            MachineFinding.Say(found, (description.Symbols is not null, description.Source is not null, description.CommandLine is not null, description.Cpu is not null), terminal);
            terminal.Note([.. found.Remarks, .. found.Contradictions(description)]);
            description = found.Complete(description);
        }

        DescribedMachine described = description.Read(findBase);
        terminal.Note(described.Remarks);
        return described;
    }

    private MachineDescription Describe(ParseResult parsed, Terminal terminal, BootedMachine? booted, string? usual, FoundMachine? found)
    {
        MachineSource? source = booted is not null ? null
            : found is not null ? _memory.Source(parsed)
            : usual is null ? _memory.RequiredSource(parsed)
            : _memory.Source(parsed) ?? MachineSource.OfText(usual);
        string? name = IsGiven(parsed, _kernel) ? parsed.GetValue(_kernel) : null;

        // "auto": what was booted or logged, which says what it is.
        bool isFound = name == "auto" && (booted is not null || found is not null || source is { Kind: MachineSourceKind.BootLog });
        KernelMatch? kernel = name is null || isFound ? null : KernelNames.Match(name, terminal);
        return new MachineDescription
        {
            Source = source,
            Kernel = kernel?.Profile,
            KernelVersion = kernel?.Version,
            Cpu = IsGiven(parsed, _cpu) ? KernelNames.Cpu(parsed.GetValue(_cpu)!) : null,
            Config = parsed.GetValue(_config),
            Granule = Granule(parsed) is { } granule ? TableOptions.ParseGranule(granule) : null,
            VirtualAddressBits = VaBits(parsed),
            Symbols = Symbols(parsed),
            ImageBase = parsed.GetValue(_imageBase) is { } text ? new PhysicalAddress(SourceOptions.ParseNumber(text, _imageBase.Name)) : null,
            CommandLine = CommandLine(parsed),
            KaslrSeed = parsed.GetValue(_kaslrSeed) is { } seed ? SourceOptions.ParseNumber(seed, _kaslrSeed.Name) : null,
            Booted = booted,
        };
    }

    private static bool IsGiven(ParseResult parsed, Option option) => parsed.GetResult(option) is { Implicit: false };
}
