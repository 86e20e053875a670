using System.CommandLine;
using Ptewright.Addressing;
using Ptewright.Firmware;
using Ptewright.Kernels;
using Ptewright.Memory;

namespace Ptewright.Cli;

/// <summary>A machine's memory and what came with it.</summary>
/// <param name="Layout">The memory.</param>
/// <param name="Name">What it is called.</param>
/// <param name="CommandLine">The kernel's command line.</param>
/// <param name="KaslrSeed">The random number for address randomisation, if firmware gives one.</param>
/// <param name="Remarks">What was passed over or assumed: one sentence each.</param>
/// <param name="InitialRamdisk">Where the boot loader put the initial ramdisk.</param>
/// <param name="KernelCode">Where the code of the kernel lay that wrote the description.</param>
/// <param name="Reservations">What a device tree wants reserved.</param>
internal sealed record MapMemory(
    MemoryLayout Layout,
    string Name,
    KernelCommandLine CommandLine,
    ulong? KaslrSeed,
    IReadOnlyList<string> Remarks,
    (PhysicalAddress Start, ulong Size)? InitialRamdisk = null,
    PhysicalAddress? KernelCode = null,
    ReservedMemory? Reservations = null);

/// <summary>The options that say which memory: <c>--memory</c>, <c>--dtb</c>, <c>--iomem</c>, <c>--efi-map</c>, and the command line with it.</summary>
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

    private readonly TextOption _commandLine = new("--cmdline")
    {
        Description = "The kernel's command line, as in \"nokaslr rodata=on\"; takes the place of a device tree's bootargs.",
        HelpName = "TEXT",
    };

    /// <summary>The options that say where memory is, but for a device tree, if any of them is given.</summary>
    public string? OtherThanDeviceTree(ParseResult parsed) =>
        new[] { _memory, _iomem, _efiMap }.FirstOrDefault(option => parsed.GetValue(option) is not null)?.Name;

    /// <summary>The device tree that is given, if any.</summary>
    public string? DeviceTree(ParseResult parsed) => parsed.GetValue(_deviceTree);

    /// <summary>The command line that is given, if any.</summary>
    public string? CommandLine(ParseResult parsed) => parsed.GetValue(_commandLine);

    /// <summary>Gives the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_memory);
        command.Options.Add(_deviceTree);
        command.Options.Add(_iomem);
        command.Options.Add(_efiMap);
        command.Options.Add(_commandLine);
    }

    /// <summary>Reads the memory as a kernel finds it.</summary>
    /// <exception cref="UsageException">Not exactly one source is given; but memory by hand and a device tree go together.</exception>
    /// <exception cref="InvalidInputException">The source is not what it should be.</exception>
    /// <param name="parsed">The command line.</param>
    /// <param name="profile">The kernel.</param>
    /// <param name="config">Its configuration.</param>
    /// <param name="deviceTree">The device tree that the machine is known to have: then no option may say otherwise.</param>
    public MapMemory Read(ParseResult parsed, KernelProfile profile, KernelConfig config, string? deviceTree = null)
    {
        if (deviceTree is not null)
        {
            return OfDeviceTree(deviceTree, null, null, profile, config) with { Name = "QEMU's device tree" };
        }

        string? commandLine = parsed.GetValue(_commandLine);
        if (parsed.GetValue(_deviceTree) is { } tree && parsed.GetValue(_iomem) is null && parsed.GetValue(_efiMap) is null)
        {
            return OfDeviceTree(tree, parsed.GetValue(_memory), commandLine, profile, config);
        }

        Option<string?>[] given = [.. new[] { _memory, _deviceTree, _iomem, _efiMap }.Where(option => parsed.GetValue(option) is not null)];
        if (given.Length != 1)
        {
            throw new UsageException(given.Length == 0
                ? "Say which memory: --memory, --dtb, --iomem or --efi-map."
                : $"Options {string.Join(" and ", given.Select(option => option.Name))} all say which memory: give one of them.");
        }

        string source = parsed.GetValue(given[0])!;
        KernelCommandLine line = KernelCommandLine.Parse(config.CommandLineFor(commandLine));
        if (given[0] == _memory)
        {
            return new MapMemory(MemorySpec.Parse(source, config.Granule), source, line, null, []);
        }

        if (given[0] == _iomem)
        {
            IomemInfo iomem = IomemFile.Read(source, config.Granule);
            return new MapMemory(iomem.Layout, Path.GetFileName(source), line, null, iomem.Remarks, KernelCode: iomem.KernelCodeStart);
        }

        EfiMapInfo map = EfiMapFile.Read(source, config.Granule, config.EfiSoftReserve && !line.EfiNoSoftReserve);
        return new MapMemory(map.Layout, Path.GetFileName(source), line, null, map.Remarks);
    }

    // The seed is the machine's, whatever command line the kernel gets.
    private static MapMemory OfDeviceTree(string path, string? memory, string? commandLine, KernelProfile profile, KernelConfig config)
    {
        DeviceTreeInfo info = DeviceTreeFile.Read(path, config.Granule, memory: memory);
        List<string> remarks = [.. info.ReadingRemarks];
        if (commandLine is null && !string.IsNullOrEmpty(info.BootArguments))
        {
            remarks.Add($"The command line is that of the device tree: '{info.BootArguments}'.");
        }

        KernelCommandLine line = KernelCommandLine.Parse(config.CommandLineFor(commandLine ?? info.BootArguments));
        if (info.KaslrSeed is not (null or 0) && config.RandomizeBase && !profile.IsKaslrOff(line))
        {
            remarks.Add($"The KASLR seed is that of the device tree: 0x{info.KaslrSeed:x}; take --cmdline nokaslr to leave it aside.");
        }

        return new MapMemory(
            info.Memory,
            NameOf(path, memory),
            line,
            info.KaslrSeed,
            remarks,
            info.Initrd is { } disk ? (disk.Start, disk.Size) : null,
            Reservations: info.Reservations);
    }

    /// <summary>What memory of a device tree is called, be it the tree's own or given by hand beside it.</summary>
    internal static string NameOf(string tree, string? memory) => memory is null ? Path.GetFileName(tree) : $"{memory} with {Path.GetFileName(tree)}";
}
