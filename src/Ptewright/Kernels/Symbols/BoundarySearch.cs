using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Ptewright.Kernels.Symbols;

/// <summary>Finds the symbols that bound the parts of a kernel's image where its own table has only functions (without CONFIG_KALLSYMS_ALL): in the instructions that use them.</summary>
/// <remarks>
/// Linux, from 5.10 on: <c>arch/arm64/kernel/vmlinux.lds.S</c> for what lies at one place and what comes behind what; <c>arch/arm64/mm/mmu.c: map_kernel, declare_kernel_vmas, create_idmap, mark_rodata_ro,
/// map_entry_trampoline</c>; <c>arch/arm64/mm/init.c: free_initmem</c>; <c>arch/arm64/kernel/cpufeature.c: kpti_install_ng_mappings</c>; <c>arch/arm64/kernel/head.S</c>;
/// <c>arch/arm64/mm/proc.S: idmap_kpti_install_ng_mappings</c>; <c>arch/arm64/kernel/entry.S: tramp_map_kernel</c>. Code of boot is overwritten in a kernel that runs; then its list of areas is
/// there. See docs/kernels.md.
/// </remarks>
internal readonly ref struct BoundarySearch
{
    private const string Flag = "__idmap_kpti_flag";
    private const string IdentityStart = "__idmap_text_start";
    private const string IdentityEnd = "__idmap_text_end";
    private const string Swapper = "swapper_pg_dir";
    private const string Identity = "idmap_pg_dir";
    private const string Reserved = "reserved_pg_dir";
    private const string Trampoline = "tramp_pg_dir";
    private const string KernelTable = "kallsyms";
    private const string Areas = "the list of areas";
    private const string Order = "the linker script's order";

    // What the linker script puts at 64 KiB. Linux: SEGMENT_ALIGN.
    private const ulong SegmentAlignment = 64 << 10;

    // Root tables and what belongs to them end the read-only data.
    private const ulong MostTables = 1 << 20;

    private const int SizeOffset = 16;
    private const ulong UsualPage = 4096;

    private static readonly string[] _initStart = ["__init_begin", "__inittext_begin"];
    private static readonly string[] _initMiddle = ["__inittext_end", "__initdata_begin"];
    private static readonly string[] _initEnd = ["__initdata_end", "__init_end", "_data"];

    private readonly ReadOnlySpan<byte> _image;
    private readonly FunctionTable _functions;
    private readonly SymbolEvidence _evidence;
    private readonly ulong _page;

    private BoundarySearch(ReadOnlySpan<byte> image, FunctionTable functions, SymbolEvidence evidence)
    {
        _image = image;
        _functions = functions;
        _evidence = evidence;
        _page = KernelFileKind.IsImage(image) && KernelFileKind.GranuleOf(image) is { } granule ? 1UL << (int)granule : UsualPage;
    }

    /// <summary>Searches.</summary>
    /// <param name="image">The image, from its first byte on.</param>
    /// <param name="functions">Its functions.</param>
    /// <param name="text">The virtual address of its first byte.</param>
    public static SymbolEvidence Find(ReadOnlySpan<byte> image, FunctionTable functions, ulong text)
    {
        SymbolEvidence evidence = new();
        BoundarySearch search = new(image, functions, evidence);
        search.FindParts(text);
        if (evidence.TryProve(_initStart[0], out ulong initStart, out _))
        {
            search.FindTables(initStart);
            search.FindFlag();
            search.FindFullReadOnly();
        }

        return evidence;
    }

    private void FindParts(ulong text)
    {
        if (_functions.Find("_stext") is not { } start || _functions.Find("_etext") is not { } end || _functions.Find("_sinittext") is not { } init)
        {
            return;
        }

        if (KernelFileKind.IsImage(_image))
        {
            _evidence.Claim("_end", BinaryPrimitives.ReadUInt64LittleEndian(_image[SizeOffset..]), "the header");
        }

        if (end % SegmentAlignment == 0)
        {
            _evidence.Claim("__start_rodata", end, Order);
        }

        _evidence.Claim(_initStart, init, KernelTable);
        foreach (string name in (ReadOnlySpan<string>)["paging_init", "map_kernel"])
        {
            Take(_functions.Read(name) is { } reading ? ImageSegments.Of(reading.Calls) : null, start, end, init, name);
        }

        ImageSegments? areas = ImageSegments.OfAreas(_image, text, [start, 0], end, _page);
        Take(areas, start, end, init, Areas);
        if (_functions.Read("mark_rodata_ro") is { } readOnly)
        {
            _evidence.Confirm([.. _initStart, "__start_rodata"], readOnly.Addresses, "mark_rodata_ro");
        }

        if (_functions.Read("free_initmem") is { } freed)
        {
            _evidence.Confirm([.. _initStart, .. _initEnd], freed.Addresses, "free_initmem");
        }

        // Where the heap of a program would begin, the kernel's own description of itself has its end. Linux: setup_initial_init_mm in arch/arm64/kernel/setup.c.
        if (areas is { Data.End: var last } && MemoryMarshal.Cast<byte, ulong>(_image).Contains(text + last))
        {
            _evidence.Confirm(["_end"], new HashSet<ulong> { last }, "init_mm");
        }
    }

    // The table of functions says where three of the ends have to be. What two parts share, each of them says.
    private void Take(ImageSegments? found, ulong start, ulong end, ulong init, string source)
    {
        if (found is not { } parts || parts.Code.End != end || (parts.Code.Start != start && parts.Code.Start != 0) || parts.InitCode.Start != init
            || parts.ReadOnlyData.End != init || parts.InitCode.End < (_functions.Find("_einittext") ?? init))
        {
            return;
        }

        _evidence.Claim("__start_rodata", parts.ReadOnlyData.Start, source);
        _evidence.Claim(_initStart, parts.InitCode.Start, source);
        _evidence.Claim(_initMiddle, parts.InitCode.End, source);
        _evidence.Claim(_initMiddle, parts.InitData.Start, $"{source}, next part");
        _evidence.Claim(_initEnd, parts.InitData.End, source);
        _evidence.Claim(_initEnd, parts.Data.Start, $"{source}, next part");
        _evidence.Claim("_end", parts.Data.End, source);
    }

    // In this order: identity map, trampoline, the empty one, the kernel's; behind it the read-only data ends.
    private void FindTables(ulong initStart)
    {
        ulong page = _page;
        bool IsTable(ulong place) => place < initStart && initStart - place <= MostTables && place % page == 0;

        CodeReading? boot = _functions.Read("paging_init");
        if (boot?.Calls.Select(call => call.Arguments[1]).FirstOrDefault(argument => argument.IsMoved) is { IsMoved: true } mapped && IsTable(mapped.Value))
        {
            _evidence.Claim(Swapper, mapped.Value, "paging_init");
        }

        ClaimIdentity(boot, "paging_init", IsTable);
        ClaimIdentity(_functions.Read("create_idmap"), "create_idmap", IsTable);
        FindIdentityCode(boot, IsTable);

        // The start of a CPU names the kernel's root and, in the same function or in the one it calls, the identity map's.
        HashSet<ulong> started = [];
        foreach (string name in (ReadOnlySpan<string>)["secondary_startup", "__enable_mmu"])
        {
            started.UnionWith(_functions.Read(name)?.Pages.Where(IsTable) ?? []);
        }

        if (started.Count == 2)
        {
            _evidence.Claim(Identity, started.Min(), "secondary_startup");
            _evidence.Claim(Swapper, started.Max(), "secondary_startup");
        }

        ClaimReserved(boot, "paging_init", IsTable);
        foreach (string name in (ReadOnlySpan<string>)["kpti_install_ng_mappings", "__kpti_install_ng_mappings"])
        {
            CodeReading? install = _functions.Read(name);
            ClaimReserved(install, name, IsTable);

            // With 52 bits, what is written has its high bits moved down, and is no address any more.
            ulong[] all = [.. (install?.Addresses ?? []).Where(IsTable).Order()];
            if (all.Length == 3 && (install!.Roots.Count == 0 || install.Roots.Contains(all[1])))
            {
                _evidence.Claim(Identity, all[0], name);
                _evidence.Claim(Reserved, all[1], name);
                _evidence.Claim(Swapper, all[2], name);
            }
        }

        if (_evidence.TryProve(Swapper, out ulong swapper, out _) && swapper >= 2 * page && initStart - swapper is var rest && rest >= page && rest - page < SegmentAlignment)
        {
            _evidence.Claim(Reserved, swapper - page, Order);
            FindTrampoline(swapper, IsTable);
        }
    }

    private void ClaimIdentity(CodeReading? reading, string name, Func<ulong, bool> isTable)
    {
        foreach (CodeCall call in reading?.Calls ?? [])
        {
            CodeValue table = call.Arguments[0];
            if (table.IsAddress && isTable(table.Value) && call.Arguments[1] is { IsMoved: true } mapped && call.Arguments[2] == mapped)
            {
                _evidence.Claim(Identity, table.Value, name);
                if (call.Arguments[3].Is(sizeof(uint)))
                {
                    _evidence.Claim(Flag, mapped.Value, name);
                }
            }
        }
    }

    // From 6.9 on: map_range(&memory, start, end, physical, protection, level, table, ...). The code that runs there has no symbols among the functions any more, because it lies in read-only data.
    private void FindIdentityCode(CodeReading? boot, Func<ulong, bool> isTable)
    {
        const string Name = "the identity map's code";
        foreach (CodeCall call in boot?.Calls ?? [])
        {
            if (call.Arguments[1] is not { IsMoved: true } start || call.Arguments[3] != start || call.Arguments[2] is not { IsMoved: true } end || end.Value <= start.Value)
            {
                continue;
            }

            if (end.Value - start.Value == sizeof(uint))
            {
                _evidence.Claim(Flag, start.Value, "paging_init");
                continue;
            }

            if (call.Arguments[6] is not { IsAddress: true } table || !isTable(table.Value))
            {
                continue;
            }

            _evidence.Claim(Identity, table.Value, "paging_init");

            // What runs there names three roots, and is all of it there if it does.
            CodeReading code = CodeReader.Read(_image, start.Value, end.Value);
            ulong[] roots = [.. code.Pages.Where(isTable).Order()];
            if (roots.Length != 3)
            {
                continue;
            }

            _evidence.Claim(Identity, roots[0], Name);
            _evidence.Claim(Reserved, roots[1], Name);
            _evidence.Claim(Swapper, roots[2], Name);
            foreach ((string symbol, ulong place) in ((string, ulong)[])[(IdentityStart, start.Value), (IdentityEnd, end.Value)])
            {
                if (_functions.Find(symbol) is null)
                {
                    _evidence.Claim(symbol, place, "paging_init");
                    _evidence.Claim(symbol, place, "the code between them");
                }
            }

            foreach (ulong flag in code.Exclusive)
            {
                _evidence.Claim(Flag, flag, Name);
            }
        }
    }

    private void ClaimReserved(CodeReading? reading, string name, Func<ulong, bool> isTable)
    {
        ulong[] roots = [.. (reading?.Roots ?? []).Where(isTable).Distinct()];
        if (roots.Length == 1)
        {
            _evidence.Claim(Reserved, roots[0], name);
        }
    }

    // Only a kernel that can be unmapped has one: its code clears it, and the trampoline adds its distance to get at the kernel's root.
    private void FindTrampoline(ulong swapper, Func<ulong, bool> isTable)
    {
        ulong page = _page;
        foreach (CodeCall call in _functions.Read("map_entry_trampoline")?.Calls ?? [])
        {
            if (call.Arguments[0] is { IsAddress: true } table && isTable(table.Value) && call.Arguments[1].Is(0)
                && call.Arguments[2] is { Kind: CodeValueKind.Number, Value: > 0 and var size } && size <= page)
            {
                _evidence.Claim(Trampoline, table.Value, "map_entry_trampoline");
            }
        }

        for (ulong at = 0; at + 8 <= Math.Min(swapper, (ulong)_image.Length); at += 4)
        {
            uint read = BinaryPrimitives.ReadUInt32LittleEndian(_image[(int)at..]);
            uint add = BinaryPrimitives.ReadUInt32LittleEndian(_image[((int)at + 4)..]);

            // MRS Xt, TTBR1_EL1; ADD Xt, Xt, #imm12, LSL #12.
            uint register = read & 31;
            if ((read & ~31u) == 0xd538_2020 && (add & 0xffc0_03ff) == (0x9140_0000 | (register << 5) | register) && (ulong)(add >> 10 & 0xfff) << 12 is var distance && distance < swapper)
            {
                _evidence.Claim(Trampoline, swapper - distance, "the trampoline's code");
            }
        }

        if (_evidence.TryProve(Reserved, out ulong reserved, out _))
        {
            _evidence.Confirm([Trampoline], new HashSet<ulong> { reserved - page }, Order);
        }
    }

    // Where it is not among the functions, it is data that one function alone waits for.
    private void FindFlag()
    {
        if (_functions.Find(Flag) is null && _functions.Read("idmap_kpti_install_ng_mappings") is { Exclusive: { Count: 1 } waited } code
            && _evidence.TryProve("_data", out ulong data, out _) && waited.First() is var flag && flag > data && code.Addresses.Contains(flag))
        {
            _evidence.Claim(Flag, flag, "idmap_kpti_install_ng_mappings");
            _evidence.Claim(Flag, flag, "it is data");
        }
    }

    // The only byte that both ask for. Until 5.12 the first is a part of its callers.
    private void FindFullReadOnly()
    {
        const string Setter = "change_memory_common";
        HashSet<ulong> asked = _functions.Read(Setter)?.Bytes ?? [];
        foreach (string name in (ReadOnlySpan<string>)["can_set_direct_map", "set_direct_map_invalid_noflush"])
        {
            if (_functions.Read(name)?.Bytes is { } bytes && bytes.Intersect(asked).ToArray() is [var place])
            {
                _evidence.Claim("rodata_full", place, Setter);
                _evidence.Claim("rodata_full", place, name);
            }
        }
    }
}
