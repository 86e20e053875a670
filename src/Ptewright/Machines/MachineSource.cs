using Ptewright.Firmware;
using Ptewright.Kernels.Configuration;
using Ptewright.Kernels.Versions;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.Machines;

/// <summary>Where it is said which memory a machine has: text, or a file of firmware or of a running kernel.</summary>
public sealed partial class MachineSource
{
    private readonly string? _sizes;
    private readonly byte[]? _tree;
    private readonly MemoryLayout? _layout;
    private readonly IReadOnlyList<string> _remarks = [];
    private readonly EfiMapTable? _efi;
    private string? _logText;

    private MachineSource(MachineSourceKind kind, string value, string? sizes = null)
    {
        ArgumentNullException.ThrowIfNull(value);
        Kind = kind;
        Value = value;
        _sizes = sizes;
    }

    private MachineSource(MachineSourceKind kind, string name, byte[]? tree, MemoryLayout? layout, string? log, IReadOnlyList<string> remarks, EfiMapTable? efi = null)
        : this(kind, name)
    {
        _tree = tree;
        _layout = layout;
        _logText = log;
        _remarks = remarks;
        _efi = efi;
    }

    /// <summary>What it is.</summary>
    public MachineSourceKind Kind { get; }

    /// <summary>The text, or the file's path.</summary>
    public string Value { get; }

    /// <summary>What the memory is called.</summary>
    public string Name => Kind is MachineSourceKind.Text or MachineSourceKind.Memory || !IsFile ? Value : _sizes is null ? Path.GetFileName(Value) : $"{_sizes} with {Path.GetFileName(Value)}";

    /// <summary>Memory as a person writes it.</summary>
    /// <param name="memory">For example <c>2G@40000000,6G@880000000</c>: <see cref="MemorySpec"/>.</param>
    public static MachineSource OfText(string memory) => new(MachineSourceKind.Text, memory);

    /// <summary>The memory of a device tree blob, with its reservations, command line and KASLR seed.</summary>
    /// <param name="path">The file.</param>
    /// <param name="memory">The memory by hand, for a blob whose sizes a boot loader fills in; null for the blob's own.</param>
    public static MachineSource OfDeviceTree(string path, string? memory = null) => new(MachineSourceKind.DeviceTree, path, memory);

    /// <summary>The memory of a copy of <c>/proc/iomem</c>, read as root; it also says where its kernel's image lies.</summary>
    /// <param name="path">The file.</param>
    public static MachineSource OfIomem(string path) => new(MachineSourceKind.Iomem, path);

    /// <summary>The memory of a UEFI memory map in a boot log.</summary>
    /// <param name="path">The file.</param>
    public static MachineSource OfEfiMap(string path) => new(MachineSourceKind.EfiMap, path);

    /// <summary>The memory of an ordinary boot log, with its kernel's version, command line and CPU.</summary>
    /// <param name="path">The file; read once, so it may be a pipe.</param>
    public static MachineSource OfBootLog(string path) => new(MachineSourceKind.BootLog, path);

    /// <summary>The memory of a device tree that lies in memory.</summary>
    /// <param name="blob">Its bytes.</param>
    /// <param name="name">What sentences call it.</param>
    /// <param name="efi">EFI's memory map, where the tree names it and the kernel takes its memory from there.</param>
    internal static MachineSource OfDeviceTree(byte[] blob, string name, EfiMapTable? efi) => new(MachineSourceKind.DeviceTree, name, blob, null, null, [], efi);

    /// <summary>The memory of a boot log whose text is here.</summary>
    /// <param name="text">The text.</param>
    /// <param name="name">What sentences call it.</param>
    internal static MachineSource OfBootLog(string text, string name) => new(MachineSourceKind.BootLog, name, null, null, text, []);

    /// <summary>Memory that a kernel's own lists have.</summary>
    /// <param name="layout">The memory.</param>
    /// <param name="name">What sentences call it.</param>
    /// <param name="remarks">What is not known of it: one sentence each.</param>
    internal static MachineSource OfMemory(MemoryLayout layout, string name, IReadOnlyList<string> remarks) => new(MachineSourceKind.Memory, name, null, layout, null, remarks);

    // What was read already is in memory.
    private bool IsFile => _tree is null && _layout is null && (Kind != MachineSourceKind.BootLog || File.Exists(Value));

    /// <summary>Reads the memory as a kernel finds it.</summary>
    /// <param name="profile">The kernel.</param>
    /// <param name="config">Its configuration.</param>
    /// <param name="commandLine">The boot loader's command line; null for the source's own.</param>
    /// <param name="kaslrSeed">The random number for address randomisation; null for the source's own.</param>
    /// <exception cref="InvalidInputException">The source is not what it should be.</exception>
    public MachineMemory Read(KernelProfile profile, KernelConfig config, string? commandLine = null, ulong? kaslrSeed = null)
    {
        ArgumentNullException.ThrowIfNull(profile);
        ArgumentNullException.ThrowIfNull(config);
        if (Kind == MachineSourceKind.DeviceTree)
        {
            return ReadDeviceTree(profile, config, commandLine, kaslrSeed);
        }

        if (Kind == MachineSourceKind.BootLog)
        {
            return ReadLog(profile, config, commandLine, kaslrSeed);
        }

        KernelCommandLine line = KernelCommandLine.Parse(config.CommandLineFor(commandLine));
        if (Kind == MachineSourceKind.Iomem)
        {
            IomemInfo iomem = IomemFile.Read(Value, config.Granule);
            return new MachineMemory(iomem.Layout, Name, line, kaslrSeed, iomem.Remarks) { Image = iomem.Image };
        }

        if (Kind == MachineSourceKind.Memory)
        {
            return new MachineMemory(_layout!, Name, line, kaslrSeed, _remarks) { IsFile = false };
        }

        if (Kind == MachineSourceKind.EfiMap)
        {
            EfiMapInfo map = EfiMapFile.Read(Value, config.Granule, config.EfiSoftReserve && !line.EfiNoSoftReserve);
            return new MachineMemory(map.Layout, Name, line, kaslrSeed, map.Remarks);
        }

        return new MachineMemory(MemorySpec.Parse(Value, config.Granule), Name, line, kaslrSeed, []) { IsFile = false };
    }

    /// <summary>Reads the memory where no kernel is named: nothing but the memory and its remarks count.</summary>
    /// <param name="geometry">The tables that are wanted.</param>
    /// <exception cref="InvalidInputException">The source is not what it should be.</exception>
    public MachineMemory ReadAlone(TableGeometry geometry)
    {
        // Who reserves memory as a device tree wants it is a kernel; the newest one that does so as it was measured is taken.
        KernelProfile profile = KernelProfiles.Default;
        KernelConfig config = profile.ReadDefaultConfig().WithShape(geometry.Granule, geometry.VirtualAddressBits);
        if (Kind != MachineSourceKind.DeviceTree)
        {
            return Read(profile, config);
        }

        DeviceTreeInfo info = DeviceTreeFile.Read(Value, geometry.Granule, profile.ReservationRules(config, KernelCommandLine.Empty), _sizes);
        IEnumerable<string> placed = info.PlacedRegions.Where(region => region.Fate == RegionFate.Placed).Select(region =>
            $"Region {ForeignText.Quote(region.Region.Name)} is placed at {region.Start}-{region.End}, as {profile.Name} would{(region.Region.NoMap ? "; it is not mapped" : "")}.");
        return new MachineMemory(info.Layout, Name, KernelCommandLine.Empty, null, [.. info.Remarks, .. placed]) { IsFile = _sizes is null };
    }

    /// <summary>What a boot log says; null where the source is none.</summary>
    internal DmesgInfo? Log(GranuleSize granule = GranuleSize.Size4K)
    {
        if (Kind != MachineSourceKind.BootLog)
        {
            return null;
        }

        _logText ??= DmesgFile.ReadText(Value);
        return DmesgFile.Parse(_logText, Value, granule);
    }
}
