using System.Globalization;
using Ptewright.Addressing;
using Ptewright.Firmware;
using Ptewright.Images;
using Ptewright.Kernels.Cpus;
using Ptewright.Kernels.Symbols;
using Ptewright.Machines;
using Ptewright.Memory;

namespace Ptewright.Discovery;

/// <summary>What <see cref="MachineDiscovery"/> does: first the image with its symbols, by which variables are found, then what they hold.</summary>
internal sealed partial class MachineFinder : IDisposable
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
    private readonly byte[] _imageBytes = [];
    private readonly string _imageEvidence = "the kernel's image in memory";

    /// <summary>Reads the image, and by what symbols variables are found.</summary>
    public MachineFinder(MemoryImage image, FoundKernel kernel, KernelSymbols? given, CancellationToken stop)
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
            byte[] bytes = _imageBytes = ReadImage(start.Value, (int)size.Value, out string absent);
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

    /// <inheritdoc/>
    public void Dispose() => _memory.Dispose();

    /// <summary>Finds all of it.</summary>
    public FoundMachine Run()
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
                Release = _kernel.Release?.Value,
                Kernel = _kernel.Profile?.AsShownBy(_imageBytes),
                Image = _imageBytes,
                Symbols = _noSymbols is null ? _symbols : null,
                ImageBase = _imageBase,
                Configuration = _configuration,
                Granule = _kernel.Granule.Value,
                BuiltBits = _kernel.BuiltBits?.Value,
                GranuleKnown = _kernel.Granule.Evidence,
                BuiltBitsKnown = _kernel.BuiltBits is { By: not KnownBy.Usual } bits ? bits.Evidence : null,
                Cpu = cpu?.Value,
                Source = source,
                DeviceTree = tree is null ? null : (tree.At, (ulong)tree.Blob.Length),
                CommandLine = line?.Value,
                IsRandomized = random?.Value ?? false,
                MemoryStart = start?.Value,
                ImageMove = _kernel.KaslrOffset?.Value,
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
            ImageBytes.Read(reader, start, bytes, _stop, pages);
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
}
