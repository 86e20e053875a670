using System.Buffers.Binary;
using Ptewright.Kernels.Symbols;
using Ptewright.Texts;

namespace Ptewright.Fuzz;

/// <summary>Makes small kernel images whose table of symbols has only functions, with the code that uses what the table lacks: as in a file, or as in memory when the kernel runs.</summary>
/// <remarks>The code is not a kernel's: it is the fewest instructions that hand over the same addresses in the same registers.</remarks>
internal sealed class FunctionsOnlyImage
{
    /// <summary>Where images are linked.</summary>
    public const ulong Text = 0xffff_8000_0800_0000;

    /// <summary>Where the first vector of the list of areas lies.</summary>
    public const int Areas = 0x7_1000;

    private const int Fillers = 300;
    private const int Start = 0x1_0000;
    private const int CodeEnd = 0x3_0000;
    private const int Tables = 0x3_1000;
    private const int InitStart = 0x5_0000;
    private const int InitMiddle = 0x6_0000;
    private const int InitEnd = 0x7_0000;
    private const int FileEnd = 0x8_0000;
    private const int End = 0x9_0000;
    private const int Page = 0x1000;

    /// <summary>Where the code of the identity map lies in newer images.</summary>
    public const int IdentityCode = 0x4_8000;

    /// <summary>How many bytes it has.</summary>
    public const int IdentityLength = 8 * 4;

    private static readonly Lazy<byte[][]> _samples = new(() => [new FunctionsOnlyImage(isInMemory: false).Image, new FunctionsOnlyImage(isInMemory: true).Image, new FunctionsOnlyImage(isInMemory: false, isNewer: true).Image]);

    private readonly byte[] _image = new byte[FileEnd];
    private readonly Dictionary<string, int> _functions = [];
    private readonly bool _isNewer;
    private int _at = Start;

    /// <summary>Makes one.</summary>
    /// <param name="isInMemory">Whether the kernel runs: its table says where it is, the code of boot is overwritten, and there is the list of areas.</param>
    /// <param name="text">Where the image lies.</param>
    /// <param name="isNewer">As from Linux 6.9 on: the code of the identity map is in read-only data, and mapped by another function.</param>
    public FunctionsOnlyImage(bool isInMemory, ulong text = Text, bool isNewer = false)
    {
        _isNewer = isNewer;
        WriteHeader();
        WriteCode();
        (string Name, ulong Place)[] symbols = [.. _functions.OrderBy(function => function.Value).ThenBy(function => function.Key, StringComparer.Ordinal).Select(function => ("T" + function.Key, (ulong)function.Value))];

        // What is relative is so to the first symbol.
        (string Name, ulong Place)[] relative = [.. symbols.Select(symbol => (symbol.Name, symbol.Place - Start))];
        KallsymsImage.WriteTables(_image, Tables, KallsymsOrder.WithNameOrder, KallsymsForm.Base, isInMemory ? text + Start : 0, text + Start, relative);
        if (isInMemory)
        {
            _image.AsSpan(InitStart, InitEnd - InitStart).Fill(0xcc);
            WriteAreas(text);
        }
        else
        {
            WriteRelocations(text, symbols);
        }
    }

    /// <summary>The bytes of the image.</summary>
    public byte[] Image => _image;

    /// <summary>Where each function is, and each symbol that the table lacks.</summary>
    public IReadOnlyDictionary<string, int> Functions => _functions;

    /// <summary>What the table lacks: each symbol's distance from the image's first byte.</summary>
    public static IReadOnlyDictionary<string, ulong> Lacking { get; } = new Dictionary<string, ulong>
    {
        ["_text"] = 0, ["__start_rodata"] = CodeEnd, ["__init_begin"] = InitStart, ["__inittext_begin"] = InitStart, ["__inittext_end"] = InitMiddle, ["__initdata_begin"] = InitMiddle,
        ["__initdata_end"] = InitEnd, ["__init_end"] = InitEnd, ["_data"] = InitEnd, ["_end"] = End, ["idmap_pg_dir"] = InitStart - (4 * Page), ["tramp_pg_dir"] = InitStart - (3 * Page),
        ["reserved_pg_dir"] = InitStart - (2 * Page), ["swapper_pg_dir"] = InitStart - Page, ["__idmap_kpti_flag"] = 0x7_2468, ["rodata_full"] = 0x4_a058,
    };

    /// <summary>A damaged image.</summary>
    public static byte[] Make(Random random)
    {
        byte[] sample = _samples.Value[random.Next(_samples.Value.Length)];
        if (random.Next(4) == 0)
        {
            return ByteMutator.Damage(sample, random);
        }

        // Where the instructions are, one is changed.
        byte[] damaged = (byte[])sample.Clone();
        for (int i = random.Next(1, 6); i > 0; i--)
        {
            int at = random.Next(3) == 0 ? InitStart + (random.Next(256) * 4) : Start + (random.Next(1024) * 4);
            BinaryPrimitives.WriteUInt32LittleEndian(damaged.AsSpan(at), random.Next(2) == 0 ? (uint)random.NextInt64(1L << 32) : BinaryPrimitives.ReadUInt32LittleEndian(damaged.AsSpan(at)) ^ (1u << random.Next(32)));
        }

        return damaged;
    }

    /// <summary>Reads an image's symbols, and what of its options it shows.</summary>
    public static void Check(ReadOnlySpan<byte> image)
    {
        KernelSymbols symbols = Kallsyms.Read(image, "input") ?? throw new InvalidInputException("It has none.");
        foreach ((string symbol, string sources) in symbols.Found)
        {
            FuzzTarget.Require(symbol == "_text" || sources.Contains(", ", StringComparison.Ordinal), $"{symbol} counts by one source alone: {sources}");
        }

        _ = Machines.ImageOptions.See(image, symbols, null);
        _ = Machines.ImageOptions.SeeWideAddresses(image, symbols, new LinuxVersion(6, 12), out _);
        _ = symbols.ImageAt(new Addressing.PhysicalAddress(1 << 30));
    }

    private void WriteHeader()
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_image.AsSpan(16), End);
        _image[24] = 0xa;
        "ARM\u0064"u8.CopyTo(_image.AsSpan(56));
    }

    private void WriteCode()
    {
        int Place(string symbol) => (int)Lacking[symbol];
        Function("_stext");

        // Calls say where the functions are.
        Random random = new(7);
        for (int i = 0; i < Fillers; i++)
        {
            Function($"sys_{i}_call");
            if (i > 0)
            {
                Call($"sys_{random.Next(i)}_call");
            }

            _at += 4 * random.Next(1, 40);
        }

        Function("memset");
        Return();
        Function("__set_fixmap");
        Return();
        Function("__create_pgd_mapping");
        Return();
        Function("map_range");
        Return();
        Function("start_kernel");
        Return();
        Function("mark_rodata_ro");
        Address(19, CodeEnd);
        Address(20, InitStart);
        Return();
        Function("free_initmem");
        Address(0, InitStart);
        Address(1, InitEnd);
        Return();
        foreach (string name in (string[])["change_memory_common", "can_set_direct_map"])
        {
            Function(name);
            PageOf(0, Place("rodata_full"));
            Word(0x3940_0000 | (((uint)Place("rodata_full") & 0xfff) << 10));
            Return();
        }

        Function("kpti_install_ng_mappings");
        Address(20, Place("reserved_pg_dir"));
        LessOffset(0, 20);
        Word(0xd518_2000);
        Address(1, Place("idmap_pg_dir"));
        Address(28, Place("swapper_pg_dir"));
        LessOffset(1, 1);
        Return();
        Function("tramp_vectors");
        Word(0xd538_203e);
        Word(0x9140_0bde);
        Return();
        if (_isNewer)
        {
            // Nothing of it is a function.
            _at = IdentityCode;
            WriteIdentityCode(Place, isNamed: false);
        }
        else
        {
            Function("__idmap_text_start");
            WriteIdentityCode(Place, isNamed: true);
            Function("__idmap_text_end");
        }

        _at = CodeEnd;
        Function("_etext");
        _at = InitStart;
        Function("_sinittext");
        Function("map_kernel_segment");
        Return();
        WriteBoot(Place);
        Function("_einittext");
    }

    private void WriteIdentityCode(Func<string, int> place, bool isNamed)
    {
        if (isNamed)
        {
            Function("idmap_kpti_install_ng_mappings");
        }

        Address(4, place("__idmap_kpti_flag"));
        Word(0x885f_fc91);
        if (_isNewer)
        {
            PageOf(8, place("reserved_pg_dir"));
        }

        Return();
        if (isNamed)
        {
            Function("secondary_startup");
        }

        PageOf(1, place("swapper_pg_dir"));
        PageOf(2, place("idmap_pg_dir"));
        Return();
    }

    // map_range(&memory, start, end, physical, protection, level, table): all moved but the table.
    private void MapRange(int start, int length, int table)
    {
        Address(3, start);
        LessOffset(3, 3);
        Copy(1, 3);
        Word(0x9100_0000 | ((uint)length << 10) | (3 << 5) | 2);
        Address(6, table);
        Call("map_range");
    }

    private void WriteBoot(Func<string, int> place)
    {
        Function("map_entry_trampoline");
        Address(0, place("tramp_pg_dir"));
        Number(1, 0);
        Number(2, Page);
        Call("memset");
        Return();
        Function("paging_init");
        Address(20, place("swapper_pg_dir"));
        Number(0, 1493);
        LessOffset(1, 20);
        Call("__set_fixmap");
        foreach ((int start, int end) in ((int, int)[])[(Start, CodeEnd), (CodeEnd, InitStart), (InitStart, InitMiddle), (InitMiddle, InitEnd), (InitEnd, End)])
        {
            // The newer one hands over an area first, and the first beginning comes from the stack.
            if (_isNewer)
            {
                Address(0, 0x7_1008 + (start >> 12));
            }

            if (_isNewer && start == Start)
            {
                Word(0xf940_53e1);
            }
            else
            {
                Address(1, start);
            }

            Address(2, end);
            Call("map_kernel_segment");
        }

        if (_isNewer)
        {
            MapRange(IdentityCode, IdentityLength, place("idmap_pg_dir"));
            MapRange(place("__idmap_kpti_flag"), 4, place("idmap_pg_dir"));
            Return();
            return;
        }

        Address(19, place("idmap_pg_dir"));
        Address(2, place("__idmap_kpti_flag"));
        LessOffset(2, 2);
        Copy(1, 2);
        Copy(0, 19);
        Number(3, 4);
        Call("__create_pgd_mapping");
        Return();
    }

    // Five areas, each leading to the next: next, address, size. The last one's size has a page more.
    private void WriteAreas(ulong text)
    {
        (int Start, int End)[] parts = [(Start, CodeEnd), (CodeEnd, InitStart), (InitStart, InitMiddle), (InitMiddle, InitEnd), (InitEnd, End + Page)];
        for (int i = 0; i < parts.Length; i++)
        {
            int at = Areas + (i * 0x100);
            BinaryPrimitives.WriteUInt64LittleEndian(_image.AsSpan(at), i + 1 < parts.Length ? text + (ulong)at + 0x100 : 0);
            BinaryPrimitives.WriteUInt64LittleEndian(_image.AsSpan(at + 8), text + (ulong)parts[i].Start);
            BinaryPrimitives.WriteUInt64LittleEndian(_image.AsSpan(at + 16), (ulong)(parts[i].End - parts[i].Start));
        }

        BinaryPrimitives.WriteUInt64LittleEndian(_image.AsSpan(Areas + 0x800), text + End);
    }

    private void WriteRelocations(ulong text, (string Name, ulong Place)[] symbols)
    {
        for (int i = 0; i < 160; i++)
        {
            Span<byte> entry = _image.AsSpan(InitMiddle + 0x1000 + (i * 24));
            BinaryPrimitives.WriteUInt64LittleEndian(entry, text + InitEnd + ((ulong)i * 8));
            BinaryPrimitives.WriteUInt64LittleEndian(entry[8..], 0x403);
            BinaryPrimitives.WriteUInt64LittleEndian(entry[16..], text + symbols[i * (symbols.Length - 1) / 160].Place);
        }
    }

    private void Function(string name) => _functions[name] = _at;

    private void Address(int register, int place)
    {
        PageOf(register, place);
        Word(0x9100_0000 | ((uint)(place & 0xfff) << 10) | ((uint)register << 5) | (uint)register);
    }

    private void PageOf(int register, int place)
    {
        uint pages = (uint)((place >> 12) - (_at >> 12)) & 0x1f_ffff;
        Word(0x9000_0000 | ((pages & 3) << 29) | ((pages >> 2) << 5) | (uint)register);
    }

    // What is subtracted was loaded.
    private void LessOffset(int register, int of)
    {
        Word(0xf940_2368 | 8);
        Word(0xcb08_0000 | ((uint)of << 5) | (uint)register);
    }

    private void Copy(int register, int of) => Word(0xaa00_03e0 | ((uint)of << 16) | (uint)register);

    private void Number(int register, int number) => Word(0xd280_0000 | ((uint)number << 5) | (uint)register);

    private void Call(string function) => Word(0x9400_0000 | ((uint)((_functions[function] - _at) >> 2) & 0x3ff_ffff));

    private void Return() => Word(0xd65f_03c0);

    private void Word(uint word)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_image.AsSpan(_at), word);
        _at += 4;
    }
}
