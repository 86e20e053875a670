using System.CommandLine;
using Ptewright.Addressing;
using Ptewright.Cli.Output;
using Ptewright.Firmware;
using Ptewright.Kernels.Configuration;
using Ptewright.Kernels.Versions;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.Cli.Options;

/// <summary>A machine's memory and what came with it.</summary>
/// <param name="Layout">The memory.</param>
/// <param name="Name">What it is called.</param>
/// <param name="CommandLine">The kernel's command line.</param>
/// <param name="KaslrSeed">The random number for address randomisation, if firmware gives one.</param>
/// <param name="Remarks">What was passed over or assumed: one sentence each.</param>
/// <param name="InitialRamdisk">Where the boot loader put the initial ramdisk.</param>
/// <param name="Image">Where the image of the kernel lay that wrote the description.</param>
/// <param name="KernelRemarks">What the description says of the kernel, and what of it is used: one sentence each.</param>
/// <param name="Reservations">What a device tree wants reserved.</param>
internal sealed record MapMemory(
    MemoryLayout Layout,
    string Name,
    KernelCommandLine CommandLine,
    ulong? KaslrSeed,
    IReadOnlyList<string> Remarks,
    (PhysicalAddress Start, ulong Size)? InitialRamdisk = null,
    ImagePlace? Image = null,
    IReadOnlyList<string>? KernelRemarks = null,
    ReservedMemory? Reservations = null)
{
    /// <summary>Whether it was read from a file, whose name it has.</summary>
    public bool IsFile { get; init; } = true;

    /// <summary>Notes on the message side what was passed over or assumed of the memory.</summary>
    public void Note(Terminal terminal)
    {
        foreach (string remark in Remarks)
        {
            terminal.Error.WriteLine($"ptewright: note: {remark}");
        }
    }

    /// <summary>All remarks.</summary>
    public IEnumerable<string> AllRemarks => [.. Remarks, .. KernelRemarks ?? []];
}

/// <summary>The options that say which memory: <c>--memory</c>, <c>--dtb</c>, <c>--iomem</c>, <c>--efi-map</c>, <c>--dmesg</c>, and the command line and the seed with it.</summary>
internal sealed class MapMemoryOptions
{
    private readonly Option<string?> _memory = new("--memory")
    {
        Description = "The memory: a size (decimal), optionally at an address (hexadecimal), as in 64G@80000000; several joined by commas; !SIZE@ADDRESS must not be mapped. "
            + "The address is 1 GiB if none is given.",
        HelpName = "SIZE[@BASE]",
    };

    private readonly Option<string?> _deviceTree = new("--dtb")
    {
        Description = "The memory of a device tree blob; its reservations, bootargs and KASLR seed are used as well. With --memory only these: for blobs whose sizes a boot loader fills in.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _iomem = new("--iomem") { Description = "The memory of a copy of /proc/iomem, read as root.", HelpName = "FILE" };

    private readonly Option<string?> _efiMap = new("--efi-map")
    {
        Description = "The memory of a UEFI memory map, as a kernel with efi=debug prints it: the boot log.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _dmesg = new("--dmesg")
    {
        Description = "The memory of an ordinary boot log, as dmesg or 'journalctl -k -b' prints it; its kernel version, command line and CPU are used as well.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _kaslrSeed = new("--kaslr-seed")
    {
        Description = "The random number for address randomisation that firmware gives the kernel, hexadecimal, as in 1234567812345678; takes the place of a device tree's.",
        HelpName = "VALUE",
    };

    private readonly TextOption _commandLine = new("--cmdline")
    {
        Description = "The kernel's command line, as in \"nokaslr rodata=on\"; takes the place of a device tree's bootargs or a boot log's.",
        HelpName = "TEXT",
    };

    // Debian: linux-image-*-16k; others: kernel-64k.
    private static readonly string[] _pagesInNames = ["16k", "64k"];

    private string? _logText;

    /// <summary>The options that say where memory is, but for a device tree, if any of them is given.</summary>
    public string? OtherThanDeviceTree(ParseResult parsed) =>
        new[] { _memory, _iomem, _efiMap, _dmesg }.FirstOrDefault(option => parsed.GetValue(option) is not null)?.Name;

    /// <summary>The device tree that is given, if any.</summary>
    public string? DeviceTree(ParseResult parsed) => parsed.GetValue(_deviceTree);

    /// <summary>The command line that is given, if any.</summary>
    public string? CommandLine(ParseResult parsed) => parsed.GetValue(_commandLine);

    /// <summary>Gives the options to a command.</summary>
    public void AddTo(Command command)
    {
        AddSourcesTo(command);
        command.Options.Add(_commandLine);
        command.Options.Add(_kaslrSeed);
    }

    /// <summary>Gives the options that say which memory to a command that knows no kernel.</summary>
    public void AddSourcesTo(Command command)
    {
        foreach (Option<string?> source in Sources)
        {
            command.Options.Add(source);
        }
    }

    /// <summary>Whether any option says which memory.</summary>
    public bool IsGiven(ParseResult parsed) => Sources.Any(option => parsed.GetValue(option) is not null);

    /// <summary>The boot log that is given, if any.</summary>
    /// <exception cref="InvalidInputException">It is none, or does not say where memory is.</exception>
    public DmesgInfo? Log(ParseResult parsed, GranuleSize granule = GranuleSize.Size4K)
    {
        if (parsed.GetValue(_dmesg) is not { } path)
        {
            return null;
        }

        // Read once: it may be a pipe.
        _logText ??= DmesgFile.ReadText(path);
        return DmesgFile.Parse(_logText, path, granule);
    }

    private Option<string?>[] Sources => [_memory, _deviceTree, _iomem, _efiMap, _dmesg];

    /// <summary>Reads the memory as a kernel finds it.</summary>
    /// <exception cref="UsageException">Not exactly one source is given; but memory by hand and a device tree go together.</exception>
    /// <exception cref="InvalidInputException">The source is not what it should be.</exception>
    /// <param name="parsed">The command line.</param>
    /// <param name="profile">The kernel.</param>
    /// <param name="config">Its configuration.</param>
    /// <param name="deviceTree">The device tree that the machine is known to have: then no option may say otherwise.</param>
    public MapMemory Read(ParseResult parsed, KernelProfile profile, KernelConfig config, string? deviceTree = null)
    {
        ulong? seed = parsed.GetValue(_kaslrSeed) is { } text ? SourceOptions.ParseNumber(text, _kaslrSeed.Name) : null;
        if (deviceTree is not null)
        {
            return OfDeviceTree(deviceTree, null, null, seed, profile, config) with { Name = "QEMU's device tree" };
        }

        string? commandLine = parsed.GetValue(_commandLine);
        if (GivenTree(parsed) is { } tree)
        {
            return OfDeviceTree(tree, parsed.GetValue(_memory), commandLine, seed, profile, config);
        }

        Option<string?>[] given = [.. Sources.Where(option => parsed.GetValue(option) is not null)];
        if (given.Length != 1)
        {
            throw new UsageException(given.Length == 0
                ? "Say which memory: --memory, --dtb, --iomem, --efi-map or --dmesg."
                : $"Options {string.Join(" and ", given.Select(option => option.Name))} {(given.Length == 2 ? "both" : "all")} say which memory: give one of them.");
        }

        string source = parsed.GetValue(given[0])!;
        if (given[0] == _dmesg)
        {
            return OfLog(Log(parsed, config.Granule)!, Path.GetFileName(source), commandLine, seed, profile, config);
        }

        KernelCommandLine line = KernelCommandLine.Parse(config.CommandLineFor(commandLine));
        if (given[0] == _memory)
        {
            return new MapMemory(MemorySpec.Parse(source, config.Granule), source, line, seed, []) { IsFile = false };
        }

        if (given[0] == _iomem)
        {
            IomemInfo iomem = IomemFile.Read(source, config.Granule);
            return new MapMemory(iomem.Layout, Path.GetFileName(source), line, seed, iomem.Remarks, Image: iomem.Image);
        }

        EfiMapInfo map = EfiMapFile.Read(source, config.Granule, config.EfiSoftReserve && !line.EfiNoSoftReserve);
        return new MapMemory(map.Layout, Path.GetFileName(source), line, seed, map.Remarks);
    }

    /// <summary>Reads the memory where no kernel is named: nothing but the memory and its remarks count.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="geometry">The tables that are wanted.</param>
    /// <param name="usual">The memory when no option says which; null when one must.</param>
    /// <exception cref="UsageException">Not exactly one source is given; but memory by hand and a device tree go together.</exception>
    /// <exception cref="InvalidInputException">The source is not what it should be.</exception>
    public MapMemory ReadAlone(ParseResult parsed, TableGeometry geometry, string? usual = null)
    {
        if (usual is not null && !IsGiven(parsed))
        {
            return new MapMemory(MemorySpec.Parse(usual, geometry.Granule), usual, KernelCommandLine.Empty, null, []) { IsFile = false };
        }

        // Who reserves memory as a device tree wants it is a kernel; the newest one that does so as it was measured is taken.
        KernelProfile profile = KernelProfiles.Find("linux-6.12");
        KernelConfig config = profile.ReadDefaultConfig().WithShape(geometry.Granule, geometry.VirtualAddressBits);
        if (GivenTree(parsed) is not { } tree)
        {
            return Read(parsed, profile, config);
        }

        string? memory = parsed.GetValue(_memory);
        DeviceTreeInfo info = DeviceTreeFile.Read(tree, geometry.Granule, profile.ReservationRules(config, KernelCommandLine.Empty), memory);
        IEnumerable<string> placed = info.PlacedRegions.Where(region => region.Fate == RegionFate.Placed).Select(region =>
            $"Region {ForeignText.Quote(region.Region.Name)} is placed at {region.Start}-{region.End}, as {profile.Name} would{(region.Region.NoMap ? "; it is not mapped" : "")}.");
        return new MapMemory(info.Layout, NameOf(tree, memory), KernelCommandLine.Empty, null, [.. info.Remarks, .. placed]) { IsFile = memory is null };
    }

    // A device tree that says what is reserved, alone or beside memory by hand.
    private string? GivenTree(ParseResult parsed) =>
        parsed.GetValue(_deviceTree) is { } tree && Sources.Count(option => parsed.GetValue(option) is not null) == (parsed.GetValue(_memory) is null ? 1 : 2) ? tree : null;

    // What the log says of the kernel has been used by the time that memory is read; the words about it come with the memory.
    private static MapMemory OfLog(DmesgInfo log, string name, string? commandLine, ulong? seed, KernelProfile profile, KernelConfig config)
    {
        List<string> remarks = [];
        if (commandLine is null)
        {
            remarks.Add(log.CommandLine is { } logged
                ? $"The command line is that of the log: {ForeignText.Quote(logged, 1000)}."
                : "The log does not say the command line: none is assumed.");
        }

        // Linux logs what it made of the boot loader's words and its configuration's.
        KernelCommandLine line = KernelCommandLine.Parse(commandLine is null && log.CommandLine is not null ? log.CommandLine : config.CommandLineFor(commandLine));
        if (log.HasKaslr && seed is null && config.RandomizeBase && !profile.IsKaslrOff(line))
        {
            remarks.Add("The log says that KASLR was in effect, but not its random number: the start of the linear map and nG can differ; give --kaslr-seed.");
        }

        string pages = $"{1 << ((int)config.Granule - 10)}k";
        string? other = _pagesInNames.FirstOrDefault(size => size != pages && (log.Version?.Suffix.Contains(size, StringComparison.OrdinalIgnoreCase) ?? false));
        if (other is not null)
        {
            remarks.Add($"The kernel's name {ForeignText.Quote(log.Version.ToString())} says {other.ToUpperInvariant()} pages, and {pages.ToUpperInvariant()} are reckoned with: give --config, or --granule and --va-bits.");
        }

        return new MapMemory(log.Layout, name, line, seed, log.Remarks, KernelRemarks: remarks);
    }

    // The seed is the machine's, whatever command line the kernel gets.
    private static MapMemory OfDeviceTree(string path, string? memory, string? commandLine, ulong? givenSeed, KernelProfile profile, KernelConfig config)
    {
        DeviceTreeInfo info = DeviceTreeFile.Read(path, config.Granule, memory: memory);
        List<string> remarks = [];
        if (commandLine is null && !string.IsNullOrEmpty(info.BootArguments))
        {
            remarks.Add($"The command line is that of the device tree: '{info.BootArguments}'.");
        }

        KernelCommandLine line = KernelCommandLine.Parse(config.CommandLineFor(commandLine ?? info.BootArguments));
        if (givenSeed is null && info.KaslrSeed is not (null or 0) && config.RandomizeBase && !profile.IsKaslrOff(line))
        {
            remarks.Add($"The KASLR seed is that of the device tree: 0x{info.KaslrSeed:x}; take --cmdline nokaslr to leave it aside.");
        }

        return new MapMemory(
            info.Memory,
            NameOf(path, memory),
            line,
            givenSeed ?? info.KaslrSeed,
            info.ReadingRemarks,
            info.Initrd is { } disk ? (disk.Start, disk.Size) : null,
            KernelRemarks: remarks,
            Reservations: info.Reservations) { IsFile = memory is null };
    }

    /// <summary>What memory of a device tree is called, be it the tree's own or given by hand beside it.</summary>
    internal static string NameOf(string tree, string? memory) => memory is null ? Path.GetFileName(tree) : $"{memory} with {Path.GetFileName(tree)}";
}
