using System.Globalization;
using Ptewright.Addressing;
using Ptewright.Firmware;
using Ptewright.Images;
using Ptewright.Kernels.Cpus;
using Ptewright.Kernels.Symbols;
using Ptewright.Machines;
using Ptewright.Memory;

namespace Ptewright.Discovery;

/// <summary>Finds the machine of a kernel in the kernel's memory: its image and symbols, its memory, its command line, its CPU.</summary>
/// <remarks>
/// Of each the source that says best how it was when the linear map was made is taken, the others are compared with it. For memory that is the device tree, which the kernel keeps as it got it; the
/// kernel's own list (memblock) has changed since. docs/verify.md has the order for each.
/// </remarks>
public sealed class MachineDiscovery : IDisposable
{
    private const int LongestCommandLine = 16 << 10;
    private const ulong LeastMove = 2 << 20;
    private const int MostTrees = 8;

    // Segments of an image begin at multiples of 64 KiB (SEGMENT_ALIGN).
    private const ulong ImageAlignment = 64 << 10;
    private const ulong MostInFront = 2 << 20;

    private readonly MemoryImage _image;
    private readonly FoundKernel _kernel;
    private readonly CancellationToken _stop;
    private readonly KernelMemory _memory;
    private readonly List<string> _remarks = [];
    private readonly VmCoreInfo? _info;
    private readonly KernelSymbols? _symbols;
    private readonly KernelSymbols? _given;
    private readonly ulong _givenMove;
    private readonly PhysicalAddress? _imageBase;
    private readonly string? _noSymbols;
    private readonly string? _configuration;
    private readonly string _imageEvidence = "the kernel's image in memory";

    private MachineDiscovery(MemoryImage image, FoundKernel kernel, KernelSymbols? given, CancellationToken stop)
    {
        _image = image;
        _kernel = kernel;
        _stop = stop;
        _memory = new KernelMemory(image, kernel);
        if (kernel is not { ImageStart: { } start, ImageSize: { } size, ImageAddress: { } address })
        {
            _noSymbols = "where the kernel's image lies is not known";
        }
        else if (size.Value > KernelFile.MaxLength)
        {
            _noSymbols = $"the kernel's image has {size.Value >> 20} MiB, and no more than {KernelFile.MaxLength >> 20} are read";
        }
        else
        {
            byte[] bytes = ReadImage(start.Value, (int)size.Value, out string absent);
            (_symbols, _noSymbols) = ReadSymbols(bytes, start.By == KnownBy.Image ? address.Value : null, absent);
            _configuration = ReadConfiguration(bytes);
            _imageEvidence += $" at {start.Value}{absent}";
        }

        _imageBase = _noSymbols is null ? BaseOf(_symbols!) : null;
        if (_noSymbols is null && _imageBase is null)
        {
            _noSymbols = "the table of symbols in the kernel's image is not that of this kernel: its root table lies elsewhere";
            _symbols = null;
        }

        if (given is not null && kernel.ImageOffset is { } offset)
        {
            // Of another kernel they would lead anywhere.
            if (BaseOf(given) is { } from)
            {
                _given = given;
                _givenMove = from.Value + offset.Value - given.Find("_text").Value;
            }
            else
            {
                _remarks.Add("The symbols that are given are not those of the kernel in memory: its root table does not lie where they say.");
            }
        }

        _info = kernel.CoreInfo ?? ReadCoreInfo();
    }

    /// <summary>Finds the machine of a kernel.</summary>
    /// <param name="image">The source.</param>
    /// <param name="kernel">The kernel, as <see cref="KernelDiscovery"/> found it there.</param>
    /// <param name="symbols">The kernel's symbols from elsewhere: those that the image in memory does not have are taken from there.</param>
    /// <param name="stop">Ends the work, with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="InvalidInputException">The source cannot be read any more.</exception>
    public static FoundMachine Find(MemoryImage image, FoundKernel kernel, KernelSymbols? symbols = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(kernel);
        using MachineDiscovery discovery = new(image, kernel, symbols, stop);
        return discovery.Run();
    }

    /// <inheritdoc/>
    public void Dispose() => _memory.Dispose();

    private FoundMachine Run()
    {
        string? log = ReadLog();
        DmesgLines? lines = log is null ? null : ReadLines(log);
        Memblock? own = ReadOwnMemory();
        MemoryTree? tree = FindTree(lines, out string treeEvidence);
        Known<string>? line = FindCommandLine(tree, lines);
        (Known<uint>? id, Known<CpuModel>? cpu) = FindCpu(lines);
        (Known<MemoryLayout> layout, MachineSource source) = ChooseMemory(tree, treeEvidence, own, log, lines);
        Known<ulong>? start = FindMemoryStart();
        Known<bool>? random = FindRandomness();
        return new FoundMachine
        {
            Kernel = _kernel,
            Symbols = _symbols is null || _noSymbols is not null ? null : new(_symbols, KnownBy.Image, $"the kernel's own table of symbols, in {_imageEvidence}"),
            NoSymbols = _noSymbols,
            Configuration = _configuration is null ? null : new(_configuration, KnownBy.Image, $"IKCONFIG in {_imageEvidence}"),
            Memory = layout,
            DeviceTree = tree is null ? null : new(tree.At, KnownBy.Data, treeEvidence),
            CommandLine = line,
            CpuId = id,
            Cpu = cpu,
            IsRandomized = random,
            MemoryStart = start,
            OwnMemory = own is null ? null : new(own.Memory, KnownBy.Data, "the kernel's own list of memory (memblock)"),
            Remarks = _remarks,
            Parts = new MachineInMemory
            {
                Kernel = _kernel.Profile,
                Symbols = _noSymbols is null ? _symbols : null,
                ImageBase = _imageBase,
                Configuration = _configuration,
                Granule = _kernel.Granule.Value,
                BuiltBits = _kernel.BuiltBits?.Value,
                Cpu = cpu?.Value,
                Source = source,
                DeviceTree = tree is null ? null : (tree.At, (ulong)tree.Blob.Length),
                CommandLine = line?.Value,
                IsRandomized = random?.Value ?? false,
                MemoryStart = start?.Value,
            },
        };
    }

    private byte[] ReadImage(PhysicalAddress start, int size, out string absent)
    {
        byte[] bytes = new byte[size];
        Span<int> pages = stackalloc int[Enum.GetValues<MemoryPresence>().Length];
        pages.Clear();
        using (MemoryReader reader = _image.OpenSweep())
        {
            ImageFacts.ReadWhatIsThere(reader, start, bytes, pages);
        }

        (MemoryPresence Why, string Words)[] kinds = [(MemoryPresence.Excluded, "left out of the dump"), (MemoryPresence.Missing, "not in it"), (MemoryPresence.Lost, "damaged")];
        List<string> said = [];
        foreach ((MemoryPresence why, string words) in kinds)
        {
            if (pages[(int)why] > 0)
            {
                said.Add(string.Create(CultureInfo.InvariantCulture, $"{pages[(int)why]} of its pages are {words}"));
            }
        }

        absent = said.Count == 0 ? string.Empty : $" ({string.Join(", ", said)})";
        return bytes;
    }

    // A table without what a plan needs is still good to find variables by.
    private static (KernelSymbols? Symbols, string? Why) ReadSymbols(byte[] bytes, VirtualAddress? text, string absent)
    {
        KernelSymbols? symbols;
        try
        {
            symbols = Kallsyms.Read(bytes, "the kernel's image in memory", text);
        }
        catch (InvalidInputException refused)
        {
            return (null, refused.Message);
        }

        if (symbols is null)
        {
            return (null, $"the kernel's image in memory has no table of its symbols that can be read{absent}");
        }

        try
        {
            _ = symbols.ImageAt(default);
            return (symbols, null);
        }
        catch (InvalidInputException lacks)
        {
            return (symbols, lacks.Message);
        }
    }

    // Where the image with these symbols begins, by where its root table lies; null where that is not where the image lies. The header, and what is in front of the code, may be given back after
    // boot and left out of a dump: then only what is mapped shows where the image lies.
    private PhysicalAddress? BaseOf(KernelSymbols symbols)
    {
        if (_kernel.ImageStart is not { } seen || !symbols.TryFind("_text", out VirtualAddress text) || !symbols.TryFind("swapper_pg_dir", out VirtualAddress root))
        {
            return null;
        }

        ulong page = _kernel.Root.Table.Value & ~((1UL << (int)_kernel.Granule.Value) - 1);
        PhysicalAddress from = new(page - (root.Value - text.Value));
        ulong front = seen.Value.Value - from.Value;
        return front == 0 || (seen.By != KnownBy.Image && front <= MostInFront && from.IsAligned(ImageAlignment)) ? from : null;
    }

    private string? ReadConfiguration(byte[] bytes)
    {
        try
        {
            return KernelFile.FindConfiguration(bytes, "the kernel's image in memory");
        }
        catch (InvalidInputException damaged)
        {
            _remarks.Add($"The configuration in the image is not used: {damaged.Message}");
            return null;
        }
    }

    private VirtualAddress? Variable(string name) =>
        _symbols is not null && _symbols.TryFind(name, out VirtualAddress address) ? address
        : _given is not null && _given.TryFind(name, out address) ? address + _givenMove
        : _kernel.CoreInfo?.Symbol(name);

    private VmCoreInfo? ReadCoreInfo() =>
        Variable("vmcoreinfo_data") is { } pointer && _memory.Word(pointer) is { } at && _memory.Text(new VirtualAddress(at), PageKinds.PageBytes) is { } text ? VmCoreInfo.Parse(text) : null;

    private string? ReadLog()
    {
        if (_info is null)
        {
            _remarks.Add("The kernel's log cannot be read: no VMCOREINFO says how it is laid out.");
            return null;
        }

        string? log = KernelLog.Read(_memory, _info, out string why);
        if (log is null)
        {
            _remarks.Add($"The kernel's log cannot be read: {why}.");
        }

        return log;
    }

    private DmesgLines? ReadLines(string log)
    {
        try
        {
            return DmesgLines.ReadSome(log, "the kernel's log");
        }
        catch (InvalidInputException damaged)
        {
            _remarks.Add($"The kernel's log is not used: {damaged.Message}");
            return null;
        }
    }

    private Memblock? ReadOwnMemory()
    {
        if (Variable("memblock") is not { } address)
        {
            return null;
        }

        Memblock? own = Memblock.Read(_memory, address, out string why);
        if (own is null)
        {
            _remarks.Add($"The kernel's own list of memory cannot be read: {why}.");
        }

        return own;
    }

    // The boot loader's registers name it; where they cannot be read, where the kernel has mapped it does; at last it is looked for.
    private MemoryTree? FindTree(DmesgLines? lines, out string evidence)
    {
        using MemoryReader reader = _image.OpenReader();
        PhysicalAddress? mapped = Variable("initial_boot_params") is { } pointer && _memory.Word(pointer) is { } address and not 0 ? _memory.PhysicalOf(new VirtualAddress(address)) : null;
        PhysicalAddress? loaded = Variable("boot_args") is { } registers && _memory.Word(registers) is { } first ? new PhysicalAddress(first) : null;
        foreach ((PhysicalAddress? at, string name) in ((PhysicalAddress?, string)[])[(loaded, "boot_args"), (mapped, "initial_boot_params")])
        {
            if (at is { } place && MemoryTree.Read(reader, place) is { } tree)
            {
                if (loaded is not null && mapped is not null && loaded != mapped)
                {
                    _remarks.Add($"The boot loader's device tree lies at {loaded}, and the kernel's at {mapped}: that at {place} is taken.");
                }

                evidence = $"{MemoryTree.NameOf(place)} ({name})";
                return tree;
            }
        }

        if (loaded is not null || mapped is not null)
        {
            _remarks.Add($"The device tree that the kernel was given at {loaded ?? mapped} is not in the source, or damaged.");
        }

        // A tree may also lie there as a file, or be left from an earlier kernel.
        List<MemoryTree> found = MemoryTree.Search(_image, MostTrees, _stop);
        MemoryTree[] fit = [.. found.Where(tree => Fits(tree, lines))];
        evidence = fit.Length == 0 ? string.Empty : $"{MemoryTree.NameOf(fit[0].At)} (looked for in memory)";
        if (fit.Length != 1 && found.Count > 0)
        {
            _remarks.Add($"{(found.Count == 1 ? "A device tree lies" : "Device trees lie")} at {string.Join(", ", found.Select(tree => tree.At))}, and "
                + $"{(fit.Length == 0 ? "it is not that of a machine whose memory has this kernel and its command line" : "nothing says which the kernel was given")}: none is taken.");
        }

        return fit.Length == 1 ? fit[0] : null;
    }

    private bool Fits(MemoryTree tree, DmesgLines? lines) =>
        (_kernel.ImageStart is not { } start || tree.Info.Memory.Memory.Any(region => region.Start <= start.Value && region.End > start.Value))
        && (lines?.CommandLine is not { } logged || string.IsNullOrEmpty(tree.Info.BootArguments) || IsPart(logged, tree.Info.BootArguments));

    // The kernel adds to what it got, and a line of the log may be cut off.
    private static bool IsPart(string left, string right) => left.Contains(right.Trim(), StringComparison.Ordinal) || right.Contains(left.Trim(), StringComparison.Ordinal);

    private Known<string>? FindCommandLine(MemoryTree? tree, DmesgLines? lines)
    {
        string? saved = Variable("saved_command_line") is { } pointer && _memory.Word(pointer) is { } at and not 0 ? _memory.Text(new VirtualAddress(at), LongestCommandLine) : null;
        Known<string>?[] said =
        [
            saved is null ? null : new(saved, KnownBy.Data, "saved_command_line"),
            string.IsNullOrEmpty(tree?.Info.BootArguments) ? null : new(tree.Info.BootArguments, KnownBy.DeviceTree, MemoryTree.NameOf(tree.At)),
            lines?.CommandLine is { } logged ? new(logged, KnownBy.Log, "the kernel's log") : null,
        ];
        Known<string>? taken = Array.Find(said, known => known is not null);
        foreach (Known<string>? other in said)
        {
            if (taken is not null && other is not null && !IsPart(taken.Value, other.Value))
            {
                _remarks.Add($"The command line by {taken.Evidence} is {ForeignText.Quote(taken.Value, 1000)}, by {other.Evidence} {ForeignText.Quote(other.Value, 1000)}: the first is taken.");
            }
        }

        return taken;
    }

    private (Known<uint>? Id, Known<CpuModel>? Cpu) FindCpu(DmesgLines? lines)
    {
        Known<uint>? id = lines?.CpuId is { } logged ? new(logged, KnownBy.Log, "the kernel's log") : null;
        string? name = id is null ? null : MainIdRegister.NameOf(id.Value);
        CpuModel? model = name is null ? null : CpuModel.All.FirstOrDefault(known => known.Name == name);
        string? midr = id is null ? null : string.Create(CultureInfo.InvariantCulture, $"MIDR 0x{id.Value:x8} in the kernel's log");
        if (Variable("arm64_ftr_regs") is not { } table || FeatureRegisters.Read(_memory, table) is not { IsKnown: true } registers)
        {
            return (id, model is null ? null : new(model, KnownBy.Log, midr!));
        }

        const string Noted = "what the kernel noted of its registers";
        CpuModel shown = registers.Model(name ?? (midr is null ? "CPU" : $"CPU-{id!.Value:x8}"), Noted) with { QemuName = null, HasBbml2 = model?.HasBbml2 ?? false };
        if (model is null)
        {
            return (id, new(shown, KnownBy.Data, midr is null ? Noted : $"{midr}; {Noted}"));
        }

        // The registers are those of this machine, the command line's overrides heeded.
        return model with { QemuName = null, Source = shown.Source, Unknown = shown.Unknown } == shown
            ? (id, new(model, KnownBy.Log, $"{midr}; {Noted} says the same"))
            : (id, new(shown, KnownBy.Data, $"{midr}; {Noted}, which differs from a {model.Name} as it is known"));
    }

    // Without its header the image's beginning is known by the symbols alone.
    private Known<bool>? FindRandomness()
    {
        if (_kernel.KaslrOffset is { } offset)
        {
            return new(offset.Value >= LeastMove, offset.By, offset.Evidence);
        }

        return _imageBase is { } from && _kernel is { ImageOffset: { } distance, Profile: { } match, BuiltBits: { } built }
            && KernelDescription.LinkedAt(match.Profile, _kernel.Granule.Value, built.Value, _kernel.InputBits.Value) is { } linked
            ? new(from.Value + distance.Value - linked >= LeastMove, KnownBy.Tables, $"the image's address, less 0x{linked:x16} where {match.Profile.Name} is linked")
            : null;
    }

    private Known<ulong>? FindMemoryStart()
    {
        ulong? own = Variable("memstart_addr") is { } variable ? _memory.Word(variable) : null;
        if (own is { } value)
        {
            if (_kernel.PhysicalOffset is { } other && other.Value != value)
            {
                _remarks.Add($"memstart_addr is 0x{value:x}, and by {other.Evidence} it is 0x{other.Value:x}: the first is taken.");
            }

            return new(value, KnownBy.Data, "memstart_addr");
        }

        return _kernel.PhysicalOffset;
    }

    private (Known<MemoryLayout> Layout, MachineSource Source) ChooseMemory(MemoryTree? tree, string treeEvidence, Memblock? own, string? log, DmesgLines? lines)
    {
        if (tree is { Info.UefiTables: null })
        {
            return (new(tree.Info.Memory, KnownBy.DeviceTree, treeEvidence), MachineSource.OfDeviceTree(tree.Blob, MemoryTree.NameOf(tree.At), null));
        }

        if (tree is { EfiMap: { } map, Info.UefiTables: { } tables })
        {
            return (new(tree.Info.Memory, KnownBy.EfiMap, $"the EFI memory map at {tables.MapStart}, which {treeEvidence} names"),
                MachineSource.OfDeviceTree(tree.Blob, MemoryTree.NameOf(tree.At), new EfiTables(_memory, lines).Complete(map)));
        }

        if (own is not null)
        {
            const string Lists = "the kernel's own list of memory (memblock)";
            MemoryLayout layout = LayoutOf(own.Memory);
            return (new(layout, KnownBy.Data, Lists), MachineSource.OfMemory(layout, Lists,
                ["The memory is that of the kernel's own list (memblock); what was reserved before the linear map was made is not known from there, so tables and a KFENCE pool can lie elsewhere."]));
        }

        if (log is not null)
        {
            try
            {
                const string Said = "the kernel's log";
                return (new(DmesgFile.Parse(log, Said, _kernel.Granule.Value).Layout, KnownBy.Log, Said), MachineSource.OfBootLog(log, Said));
            }
            catch (InvalidInputException lacks)
            {
                _remarks.Add($"The kernel's log does not say the memory: {lacks.Message}");
            }
        }

        const string Ranges = "the source's own ranges";
        MemoryLayout all = new();
        foreach (MemorySegment segment in _image.Segments)
        {
            all.Add(segment.Start, segment.End);
        }

        return (new(all, KnownBy.Ranges, Ranges), MachineSource.OfMemory(all, Ranges,
            ["Nothing in memory says which memory the machine has: the source's own ranges are taken, where nothing is known of reservations and no-map memory."]));
    }

    private static MemoryLayout LayoutOf(IReadOnlyList<MemoryRegion> regions)
    {
        MemoryLayout layout = new();
        foreach (MemoryRegion region in regions)
        {
            layout.Add(region.Start, region.End);
            if (region.NoMap)
            {
                layout.MarkNoMap(region.Start, region.End);
            }
        }

        return layout;
    }
}
