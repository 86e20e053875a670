using System.CommandLine;
using Ptewright.Addressing;
using Ptewright.Cli.Output;
using Ptewright.Firmware;
using Ptewright.Kernels.Configuration;
using Ptewright.Kernels.Cpus;
using Ptewright.Kernels.Planning;
using Ptewright.Kernels.Symbols;
using Ptewright.Kernels.Versions;
using Ptewright.Texts;
using Ptewright.Translation;

namespace Ptewright.Cli.Options;

/// <summary>A kernel and what it runs on, as a command line describes them.</summary>
/// <param name="Profile">The kernel.</param>
/// <param name="Machine">The machine.</param>
/// <param name="Memory">Its memory, as it was given.</param>
internal sealed record DescribedMachine(KernelProfile Profile, KernelMachine Machine, MapMemory Memory);

/// <summary>A machine that was booted to be read.</summary>
/// <param name="DeviceTree">The device tree that its kernel got.</param>
/// <param name="Version">What its kernel says it is; null when it does not say.</param>
/// <param name="Tree">Where that tree lies in its memory; null when that is not known.</param>
internal sealed record BootedMachine(string DeviceTree, LinuxVersion? Version, (PhysicalAddress Start, ulong Size)? Tree = null);

/// <summary>The options that describe a kernel and its machine: memory, profile, symbols, configuration, CPU, command line.</summary>
internal sealed class MachineOptions
{
    private readonly MapMemoryOptions _memory = new();

    private readonly Option<string> _kernel = new("--kernel", "--profile")
    {
        Description = $"The kernel: {KernelNames.Profiles}.",
        HelpName = "PROFILE",
        DefaultValueFactory = _ => "linux-6.12",
    };

    private readonly Option<string?> _symbols = new("--symbols") { Description = "The kernel's System.map; --image-base says where it is loaded.", HelpName = "FILE" };

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

    private readonly Option<string> _cpu = new("--cpu")
    {
        Description = $"The CPU: {KernelNames.Cpus}. Features can be added, as in cortex-a76+bbml2: {string.Join(", ", CpuModel.Features)}.",
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

    /// <summary>Gives the options to a command.</summary>
    public void AddTo(Command command)
    {
        _kernel.CompletionSources.Add([.. KernelProfiles.All.Select(profile => profile.Name)]);
        _cpu.CompletionSources.Add([.. CpuModel.All.Select(model => model.Name)]);
        _memory.AddTo(command);
        foreach (Option option in new Option[] { _kernel, _symbols, _imageBase, _config, _cpu, _granule, _bits })
        {
            command.Options.Add(option);
        }
    }

    /// <summary>The memory's options.</summary>
    public MapMemoryOptions Memory => _memory;

    /// <summary>What QEMU calls the CPU.</summary>
    /// <exception cref="UsageException">There is no such CPU, or QEMU has no such model.</exception>
    public string QemuCpu(ParseResult parsed) => KernelNames.QemuCpu(parsed.GetValue(_cpu)!);

    /// <summary>The symbols' file, if it is given.</summary>
    public string? Symbols(ParseResult parsed) => parsed.GetValue(_symbols);

    /// <summary>The options that decide about a kernel's tables and were not given, as words of a sentence.</summary>
    public string Assumed(ParseResult parsed) => string.Join(", ", new (string Name, bool IsGiven)[]
    {
        (_config.Name, parsed.GetValue(_config) is not null),
        (_cpu.Name, parsed.GetResult(_cpu) is { Implicit: false }),
        ("--cmdline", _memory.CommandLine(parsed) is not null),
    }.Where(option => !option.IsGiven).Select(option => option.Name));

    /// <summary>The page size, if it is given.</summary>
    public string? Granule(ParseResult parsed) => parsed.GetValue(_granule);

    /// <summary>The size of virtual addresses, if it is given.</summary>
    public int? VaBits(ParseResult parsed) => parsed.GetValue(_bits);

    /// <summary>Reads all of it, and notes on the message side what was passed over.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="terminal">Takes the notes.</param>
    /// <param name="findBase">Where the image lies when the command line does not say; null when nobody knows.</param>
    /// <param name="booted">What was booted, if the machine is one that this program made.</param>
    /// <exception cref="UsageException">Options do not go together or name what does not exist.</exception>
    /// <exception cref="InvalidInputException">A file is not what it should be.</exception>
    public DescribedMachine Read(ParseResult parsed, Terminal terminal, Func<SystemMap, PhysicalAddress?>? findBase = null, BootedMachine? booted = null)
    {
        string name = parsed.GetValue(_kernel)!;
        bool isOpen = name == "auto" || parsed.GetResult(_kernel) is null or { Implicit: true };
        List<string> remarks = [];
        DmesgInfo? log = booted is null ? _memory.Log(parsed) : null;
        KernelProfile profile = isOpen && booted is not null
            ? KernelNames.Profile(
                KernelProfiles.For(booted.Version ?? throw new InvalidInputException("The kernel's file does not say its version; name a profile with --profile.")), terminal)
            : isOpen && log?.Version is { } version ? ProfileOf(version, remarks)
            : KernelNames.Profile(name, terminal);
        bool isAnyCpu = parsed.GetResult(_cpu) is null or { Implicit: true };
        if (isOpen && log is { Version: null })
        {
            remarks.Add($"The log does not say which kernel it is of: {profile.Name} is taken for it.");
        }

        CpuModel cpu = isAnyCpu && log?.CpuId is { } id && CpuOf(id, remarks) is { } model ? model : KernelNames.Cpu(parsed.GetValue(_cpu)!);
        PhysicalAddress? imageBase = ParseImageBase(parsed);
        KernelConfig config = ReadConfig(parsed, profile);
        MapMemory memory = _memory.Read(parsed, profile, config, booted?.DeviceTree);
        memory = memory with { KernelRemarks = [.. remarks, .. memory.KernelRemarks ?? []] };
        foreach (string remark in memory.AllRemarks)
        {
            terminal.Error.WriteLine($"ptewright: note: {remark}");
        }

        KernelImage? image = FindImage(parsed.GetValue(_symbols), imageBase, memory.Image?.AliasStart, profile, findBase);
        ImagePlace? place = image is null ? memory.Image : null;
        KernelMachine machine = new(memory.Layout, cpu, config, memory.CommandLine, image, memory.KaslrSeed, memory.InitialRamdisk, memory.Reservations, booted?.Tree, place);
        return new DescribedMachine(profile, machine, memory);
    }

    private static KernelProfile ProfileOf(LinuxVersion version, List<string> remarks)
    {
        KernelMatch match = KernelProfiles.For(version);
        remarks.Add(match.Remark ?? $"The kernel is that of the log, Linux {ForeignText.Clean(version.ToString())}.");
        return match.Profile;
    }

    private static CpuModel? CpuOf(uint id, List<string> remarks)
    {
        string? name = MainIdRegister.NameOf(id);
        CpuModel? model = CpuModel.All.FirstOrDefault(known => known.Name == name);
        remarks.Add(model is not null ? $"The CPU is that of the log, {model.Name} (MIDR 0x{id:x8})."
            : $"The log's CPU, {name ?? "one that is not known here"} (MIDR 0x{id:x8}), is none of those that --cpu has: give the one that is most like it.");
        return model;
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
        if (text is null)
        {
            return null;
        }

        if (parsed.GetValue(_symbols) is null)
        {
            throw new UsageException("Options --image-base and --symbols belong together: where the image lies, and what it has.");
        }

        return new PhysicalAddress(SourceOptions.ParseNumber(text, _imageBase.Name));
    }

    // A copy of /proc/iomem says where the code of its kernel begins, with the same symbol that the read-only alias begins with.
    private static KernelImage? FindImage(string? symbols, PhysicalAddress? imageBase, PhysicalAddress? code, KernelProfile profile, Func<SystemMap, PhysicalAddress?>? findBase)
    {
        if (symbols is null)
        {
            return null;
        }

        if (imageBase is null && code is null && findBase is null)
        {
            throw new UsageException("Options --symbols and --image-base belong together: what the image has, and where it lies (only --iomem knows that).");
        }

        SystemMap map = SystemMap.Read(symbols);
        if ((imageBase ?? findBase?.Invoke(map)) is { } known)
        {
            return map.ImageAt(known);
        }

        if (code is null)
        {
            return null;
        }

        KernelImage shifted = map.ImageAt(code.Value);
        return map.ImageAt(code.Value - (profile.ReadOnlyAlias(shifted).Start.Value - shifted.Base.Value));
    }
}
