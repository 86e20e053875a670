using Ptewright.Addressing;
using Ptewright.Firmware;
using Ptewright.Kernels.Configuration;
using Ptewright.Kernels.Cpus;
using Ptewright.Kernels.Planning;
using Ptewright.Kernels.Symbols;
using Ptewright.Kernels.Versions;
using Ptewright.LinearMap;
using Ptewright.Texts;
using Ptewright.Translation;

namespace Ptewright.Machines;

/// <summary>What people have of a machine and its kernel: files and options. What is not given is taken from the source of the memory, or is usual.</summary>
/// <example>
/// <code>
/// MachineDescription description = new() { Source = MachineSource.OfIomem("iomem.txt"), Symbols = "System.map", CommandLine = "nokaslr" };
/// DescribedMachine described = description.Read();
/// using LinearMapSimulation simulation = new(described.Plan().Plan);
/// </code>
/// </example>
public sealed record MachineDescription
{
    /// <summary>The CPU that is taken where nothing says which.</summary>
    public const string DefaultCpu = "cortex-a72";

    /// <summary>Where it is said which memory there is; not needed for a machine that was booted.</summary>
    public MachineSource? Source { get; init; }

    /// <summary>The kernel; null for that of the boot log or of the booted machine, else <see cref="KernelProfiles.Default"/>.</summary>
    public KernelProfile? Kernel { get; init; }

    /// <summary>The version that <see cref="Kernel"/> was chosen for; null when a profile was named.</summary>
    internal LinuxVersion? KernelVersion { get; init; }

    /// <summary>The CPU; null for that of the boot log, else <see cref="DefaultCpu"/>.</summary>
    public CpuModel? Cpu { get; init; }

    /// <summary>The kernel's configuration, a file as <c>/boot/config-*</c>; null for a distribution's of that version.</summary>
    public string? Config { get; init; }

    /// <summary>Another page size than the configuration's.</summary>
    public GranuleSize? Granule { get; init; }

    /// <summary>Another size of virtual addresses than the configuration's, in bits; with 52 come 52-bit descriptors (LPA, LPA2).</summary>
    public int? VirtualAddressBits { get; init; }

    /// <summary>The kernel's symbols, a file as <c>System.map</c>; null for those of <see cref="ImageFile"/>. Without either there is no image, but for what <c>/proc/iomem</c> says of its place.</summary>
    public string? Symbols { get; init; }

    /// <summary>The kernel's image, a file as <c>vmlinuz</c>: what is not given of the kernel itself, its version, its symbols, its configuration, is taken from there as far as it is there.</summary>
    public string? ImageFile { get; init; }

    /// <summary>Where the image's first byte (<c>_text</c>) lies; null for where <c>/proc/iomem</c> says that the kernel lay.</summary>
    public PhysicalAddress? ImageBase { get; init; }

    /// <summary>The boot loader's command line; null for that of the source.</summary>
    public string? CommandLine { get; init; }

    /// <summary>The random number for address randomisation; null for that of a device tree.</summary>
    public ulong? KaslrSeed { get; init; }

    /// <summary>The machine that was booted, if it was; then <see cref="Source"/> and <see cref="CommandLine"/> do not count.</summary>
    public BootedMachine? Booted { get; init; }

    /// <summary>What the kernel's memory shows: it takes the place of what is not given.</summary>
    internal MachineInMemory? InMemory { get; init; }

    /// <summary>Reads the files.</summary>
    /// <param name="findBase">Says where the image of these symbols lies when <see cref="ImageBase"/> does not; null when nobody knows.</param>
    /// <exception cref="InvalidRequestException">Parts of the description do not go together.</exception>
    /// <exception cref="InvalidInputException">A file is not what it should be.</exception>
    public DescribedMachine Read(Func<KernelSymbols, PhysicalAddress?>? findBase = null)
    {
        if (ImageBase is not null && (Symbols ?? ImageFile) is null)
        {
            throw new InvalidRequestException("Where the image lies says nothing without its symbols, which say what it has.");
        }

        List<string> ofKernel = [];
        DmesgInfo? log = Booted is null ? Source?.Log() : null;
        KernelFile? file = ImageFile is null ? null : KernelFile.Read(ImageFile);
        LinuxVersion? ofFile = file?.FindVersion();
        KernelMatch? match = FindMatch(file, Booted is null ? ofFile : Booted.Version, log);
        KernelProfile profile = Kernel ?? match?.Profile ?? ProfileOf(log, ofKernel);
        CpuModel cpu = Cpu ?? (log?.CpuId is { } id ? CpuOf(id, ofKernel) : null) ?? InMemory?.Cpu ?? CpuModel.Parse(DefaultCpu);
        KernelSymbols? symbols = Symbols is not null ? KernelSymbols.Read(Symbols) : file?.ReadSymbols() ?? InMemory?.Symbols;
        if (symbols is { Found.Count: > 0 and var found })
        {
            ofKernel.Add($"The kernel's own table has only functions; {found} symbols that bound its image were found in its code.");
        }

        LinuxVersion? said = ofFile ?? Booted?.Version ?? log?.Version ?? InMemory?.Kernel?.Version;
        LinuxVersion? version = Kernel is null ? said : KernelVersion;
        KernelConfig config = ReadConfig(profile, file, symbols, ofKernel);
        ofKernel.AddRange(new[]
        {
            Kernel is not null && InMemory is null ? VersionMix.Of(file is not null ? $"The kernel in {ForeignText.QuoteName(file.Name)}" : Booted is not null ? "The kernel that was booted" : "The log's kernel", said, profile, version, "is") : null,
            Config is not null ? VersionMix.Of($"The configuration in {ForeignText.QuoteName(Config)}", config.Version, profile, version) : null,
            Symbols is not null && symbols is not null ? VersionMix.Of(symbols, profile, version) : null,
        }.OfType<string>());
        MachineMemory memory = ReadMemory(profile, config);
        memory = memory with { KernelRemarks = [.. ofKernel, .. memory.KernelRemarks] };
        if (symbols is not null && findBase is null && file is not null && ImageBase is null && memory.Image is null)
        {
            // The first memory is where all of the machines that QEMU makes have their kernel.
            PhysicalAddress usual = file.LoadAddress(memory.Layout.Memory[0].Start);
            memory = memory with { KernelRemarks = [.. memory.KernelRemarks, $"Nothing says where the image lies: {usual} is taken, where QEMU would load it."] };
            findBase = _ => usual;
        }

        if (ReferenceEquals(symbols, InMemory?.Symbols) && InMemory?.ImageBase is { } lies && ImageBase is null)
        {
            findBase = _ => lies;
        }

        KernelImage? image = FindImage(symbols, memory.Image?.AliasStart, profile, findBase);
        KernelMachine machine = new(
            memory.Layout,
            cpu,
            config,
            memory.CommandLine,
            image,
            memory.KaslrSeed,
            memory.InitialRamdisk,
            memory.Reservations,
            Booted?.Tree ?? InMemory?.DeviceTree,
            image is null ? memory.Image : null);
        if (InMemory is { IsRandomized: true } random && machine.KaslrSeed is null or 0)
        {
            machine = machine with { KaslrSeed = profile.SeedFor(machine, random.MemoryStart, random.ImageMove) };
        }

        return new DescribedMachine(profile, machine, memory, [.. match?.Remark is { } remark ? (string[])[remark] : [], .. memory.AllRemarks]);
    }

    // The profile of a kernel that was booted, is in a file or in memory, which is never taken for the usual one; null for one that is named, or only in a log, if there.
    private KernelMatch? FindMatch(KernelFile? file, LinuxVersion? version, DmesgInfo? log)
    {
        if (Kernel is not null)
        {
            return null;
        }

        if (file is not null || Booted is not null)
        {
            KernelMatch match = KernelProfiles.For(version ?? throw new InvalidInputException($"The kernel's file does not say its version; {InputWords.Profile}."));
            return file is null ? match : match.AsShownBy(file.Image);
        }

        return InMemory is not { } memory || log?.Version is not null ? null
            : memory.Kernel ?? (memory.Release is null ? null : KernelProfiles.ForRelease(memory.Release))
            ?? throw new InvalidInputException($"The kernel in memory does not say its version; {InputWords.Profile}.");
    }

    private static KernelProfile ProfileOf(DmesgInfo? log, List<string> remarks)
    {
        if (log?.Version is { } version)
        {
            KernelMatch match = KernelProfiles.For(version);
            remarks.Add($"The kernel is that of the log, Linux {ForeignText.Clean(version.ToString())}.");
            if (match.Remark is not null)
            {
                remarks.Add(match.Remark);
            }

            return match.Profile;
        }

        KernelProfile usual = KernelProfiles.Default;
        if (log is not null)
        {
            remarks.Add($"The log does not say which kernel it is of: {usual.Name} is taken for it.");
        }

        return usual;
    }

    private static CpuModel? CpuOf(uint id, List<string> remarks)
    {
        string? name = MainIdRegister.NameOf(id);
        CpuModel? model = CpuModel.All.FirstOrDefault(known => known.Name == name);
        remarks.Add(model is not null ? $"The CPU is that of the log, {model.Name} (MIDR 0x{id:x8})."
            : $"The log's CPU, {name ?? "one that is not known here"} (MIDR 0x{id:x8}), is {InputWords.Cpu}: give the one that is most like it.");
        return model;
    }

    // What a person gives, what the image holds, what the image shows, what a distribution's kernel has: in this order.
    private KernelConfig ReadConfig(KernelProfile profile, KernelFile? file, KernelSymbols? symbols, List<string> remarks)
    {
        KernelConfig config;
        if (Config is not null)
        {
            config = KernelConfig.Read(Config);
            if (file is not null)
            {
                ImageShape.Compare(config, file, symbols, remarks);
            }
        }
        else if ((file is null ? InMemory?.Configuration : file.FindConfiguration()) is { } own)
        {
            remarks.Add("The configuration is the one that the kernel's image holds (IKCONFIG).");
            config = KernelConfig.Parse(own, file is null ? "the configuration in memory" : $"the configuration in {file.Name}");
        }
        else
        {
            config = profile.ReadDefaultConfig();
            config = file is not null ? ImageShape.Apply(config, file, symbols, remarks) : InMemory is { } memory ? Shown(config, memory, symbols) : config;
        }

        if (Granule is null && VirtualAddressBits is null)
        {
            return config;
        }

        TableGeometry wanted = TableSizes.Geometry(Granule ?? config.Granule, VirtualAddressBits ?? config.VaBits);
        KernelConfig shaped = config.WithShape(wanted.Granule, wanted.VirtualAddressBits);
        string pages = $"ARM64_{(1 << (int)wanted.Granule) >> 10}K_PAGES";
        return shaped.With(new[] { pages, "ARM64_VA_BITS", "ARM64_PA_BITS", "ARM64_LPA2" }.Select(option => new KernelOption(option, shaped[option], "asked for")));
    }

    // Page size and size of addresses are not those of a distribution's configuration but what memory shows; with its own symbols the image shows more.
    private static KernelConfig Shown(KernelConfig config, MachineInMemory found, KernelSymbols? symbols)
    {
        if (found is { Granule: { } size, BuiltBits: { } bits } && TableGeometry.TryCreate(size, bits, bits, out _))
        {
            KernelConfig shaped = config.WithShape(size, bits);
            (string Option, string? Known)[] shown = [($"ARM64_{(1 << (int)shaped.Granule) >> 10}K_PAGES", found.GranuleKnown), ("ARM64_VA_BITS", found.BuiltBitsKnown)];
            config = shaped.With(shown.Where(option => option.Known is not null).Select(option => new KernelOption(option.Option, shaped[option.Option], option.Known!)));
        }

        return symbols is not null && ReferenceEquals(symbols, found.Symbols) ? ImageShape.ApplyRunning(config, found.Image.Span, symbols, found.Kernel?.Version) : config;
    }

    private MachineMemory ReadMemory(KernelProfile profile, KernelConfig config)
    {
        if (Booted is not null)
        {
            return MachineSource.OfDeviceTree(Booted.DeviceTree).Read(profile, config, null, KaslrSeed) with { Name = "QEMU's device tree" };
        }

        MachineSource source = Source ?? InMemory?.Source ?? throw new InvalidRequestException("Nothing says which memory the machine has.");

        // A device tree and a log that somebody gives say the command line too.
        bool saysLine = Source?.Kind is MachineSourceKind.DeviceTree or MachineSourceKind.BootLog;
        return source.Read(profile, config, CommandLine ?? (saysLine ? null : InMemory?.CommandLine), KaslrSeed);
    }

    // A copy of /proc/iomem says where the code of its kernel begins, with the same symbol that the read-only alias begins with.
    private KernelImage? FindImage(KernelSymbols? map, PhysicalAddress? code, KernelProfile profile, Func<KernelSymbols, PhysicalAddress?>? findBase)
    {
        if (map is null)
        {
            return null;
        }

        if (ImageBase is null && code is null && findBase is null)
        {
            throw new InvalidRequestException("The symbols say what the kernel's image has, but nothing says where it lies; only /proc/iomem knows that, else its base has to be given.");
        }

        if ((ImageBase ?? findBase?.Invoke(map)) is { } known)
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
