using Ptewright.Addressing;
using Ptewright.Firmware;
using Ptewright.Texts;

namespace Ptewright.Kernels.Symbols;

/// <summary>A kernel image in memory: where its parts begin and end, as it is linked and as it is loaded.</summary>
/// <remarks>
/// All virtual addresses are those of the symbol file: without KASLR, unless it is a running kernel's <c>/proc/kallsyms</c>. The image lies
/// in one piece, so a distance between symbols is the same in physical memory. Linux: <c>arch/arm64/kernel/vmlinux.lds.S</c>.
/// </remarks>
public sealed record KernelImage
{
    /// <summary>The largest image that is taken for one: 2 GiB, the reach of modules and of relative addresses.</summary>
    public const ulong MaxSize = 2UL << 30;

    private const int AddressBits = 52;
    private readonly KernelSymbols _symbols;

    private KernelImage(KernelSymbols symbols, PhysicalAddress imageBase)
    {
        _symbols = symbols;
        Base = imageBase;
    }

    /// <summary>Where the image is loaded: the physical address of <see cref="Text"/>.</summary>
    public PhysicalAddress Base { get; }

    /// <summary>The first byte: <c>_text</c>, the header and the start-up code.</summary>
    public required VirtualAddress Text { get; init; }

    /// <summary>The first byte of the code: <c>_stext</c>.</summary>
    public required VirtualAddress CodeStart { get; init; }

    /// <summary>The first byte behind the code: <c>_etext</c>.</summary>
    public required VirtualAddress CodeEnd { get; init; }

    /// <summary>The first byte of read-only data: <c>__start_rodata</c>. It reaches to <see cref="InitStart"/>.</summary>
    public required VirtualAddress ReadOnlyDataStart { get; init; }

    /// <summary>The first byte of what is freed after boot: <c>__init_begin</c>.</summary>
    public required VirtualAddress InitStart { get; init; }

    /// <summary>The first byte of the code of boot: <c>__inittext_begin</c>.</summary>
    public required VirtualAddress InitCodeStart { get; init; }

    /// <summary>The first byte behind the code of boot: <c>__inittext_end</c>.</summary>
    public required VirtualAddress InitCodeEnd { get; init; }

    /// <summary>The first byte of the data of boot: <c>__initdata_begin</c>.</summary>
    public required VirtualAddress InitDataStart { get; init; }

    /// <summary>The first byte behind the data of boot: <c>__initdata_end</c>.</summary>
    public required VirtualAddress InitDataEnd { get; init; }

    /// <summary>The first byte behind what is freed after boot: <c>__init_end</c>.</summary>
    public required VirtualAddress InitEnd { get; init; }

    /// <summary>The first byte of data: <c>_data</c>.</summary>
    public required VirtualAddress DataStart { get; init; }

    /// <summary>The first byte behind bss: <c>__bss_stop</c>; null where the symbols do not say it.</summary>
    public VirtualAddress? BssEnd { get; init; }

    /// <summary>The first byte behind the image, bss included: <c>_end</c>.</summary>
    public required VirtualAddress End { get; init; }

    /// <summary>The first byte of the code that runs through the identity map: <c>__idmap_text_start</c>.</summary>
    public required VirtualAddress IdentityCodeStart { get; init; }

    /// <summary>The first byte behind it: <c>__idmap_text_end</c>.</summary>
    public required VirtualAddress IdentityCodeEnd { get; init; }

    /// <summary>The kernel's root table: <c>swapper_pg_dir</c>.</summary>
    public required VirtualAddress SwapperTable { get; init; }

    /// <summary>The root table of the identity map: <c>idmap_pg_dir</c>.</summary>
    public required VirtualAddress IdentityTable { get; init; }

    /// <summary>The empty root table: <c>reserved_pg_dir</c>.</summary>
    public required VirtualAddress ReservedTable { get; init; }

    /// <summary>The root table while user code runs: <c>tramp_pg_dir</c>; null without CONFIG_UNMAP_KERNEL_AT_EL0.</summary>
    public VirtualAddress? TrampolineTable { get; init; }

    /// <summary>The flag that the identity map has to reach while non-global mappings are made: <c>__idmap_kpti_flag</c>; null in kernels without.</summary>
    public VirtualAddress? KptiFlag { get; init; }

    /// <summary>The symbols that the kernel's own table lacks and that were found in its code, each with what shows it.</summary>
    internal IReadOnlyDictionary<string, string> FoundSymbols => _symbols.Found;

    /// <summary>The length of the image in bytes, bss included.</summary>
    public ulong Size => End.Value - Text.Value;

    /// <summary>The first physical byte behind the image.</summary>
    public PhysicalAddress PhysicalEnd => Base + Size;

    /// <summary>The physical address of a symbol of the image, whatever its kind.</summary>
    /// <param name="symbol">Its name.</param>
    /// <exception cref="InvalidInputException">There is none of that name, or it does not lie in the image.</exception>
    public PhysicalAddress Physical(string symbol)
    {
        VirtualAddress address = _symbols.Find(symbol);
        return address >= Text && address <= End
            ? Physical(address)
            : throw TextFile.Error(_symbols.Name, $"symbol '{symbol}' at 0x{address.Value:x} does not lie in the kernel's image");
    }

    /// <summary>The physical address of a byte of the image, or of the first byte behind it.</summary>
    /// <param name="address">Its virtual address.</param>
    /// <exception cref="ArgumentOutOfRangeException">It does not lie there.</exception>
    public PhysicalAddress Physical(VirtualAddress address) =>
        address >= Text && address <= End
            ? Base + (address.Value - Text.Value)
            : throw new ArgumentOutOfRangeException(nameof(address), $"0x{address.Value:x} does not lie in the kernel's image.");

    internal static KernelImage Create(KernelSymbols symbols, PhysicalAddress imageBase)
    {
        KernelImage image = new(symbols, imageBase)
        {
            Text = symbols.Find("_text"),
            CodeStart = symbols.Find("_stext"),
            CodeEnd = symbols.Find("_etext"),
            ReadOnlyDataStart = symbols.Find("__start_rodata"),
            InitStart = symbols.Find("__init_begin"),
            InitCodeStart = symbols.Find("__inittext_begin"),
            InitCodeEnd = symbols.Find("__inittext_end"),
            InitDataStart = symbols.Find("__initdata_begin"),
            InitDataEnd = symbols.Find("__initdata_end"),
            InitEnd = symbols.Find("__init_end"),
            DataStart = symbols.Find("_data"),
            End = symbols.Find("_end"),
            IdentityCodeStart = symbols.Find("__idmap_text_start"),
            IdentityCodeEnd = symbols.Find("__idmap_text_end"),
            SwapperTable = symbols.Find("swapper_pg_dir"),
            IdentityTable = symbols.Find("idmap_pg_dir"),
            ReservedTable = symbols.Find("reserved_pg_dir"),
            TrampolineTable = symbols.TryFind("tramp_pg_dir", out VirtualAddress trampoline) ? trampoline : null,
            KptiFlag = symbols.TryFind("__idmap_kpti_flag", out VirtualAddress flag) ? flag : null,
            BssEnd = symbols.TryFind("__bss_stop", out VirtualAddress bss) ? bss : null,
        };
        image.Check();
        return image;
    }

    // A plan trusts these addresses to be one image: in the linker script's order, within it, of a size that can be mapped.
    private void Check()
    {
        (string Symbol, VirtualAddress Address)[] inOrder =
        [
            ("_text", Text), ("_stext", CodeStart), ("_etext", CodeEnd), ("__start_rodata", ReadOnlyDataStart), ("__init_begin", InitStart),
            ("__inittext_begin", InitCodeStart), ("__inittext_end", InitCodeEnd), ("__initdata_begin", InitDataStart),
            ("__initdata_end", InitDataEnd), ("__init_end", InitEnd), ("_data", DataStart), ("_end", End),
        ];
        for (int i = 1; i < inOrder.Length; i++)
        {
            if (inOrder[i].Address < inOrder[i - 1].Address)
            {
                throw TextFile.Error(_symbols.Name, $"symbol '{inOrder[i].Symbol}' lies below '{inOrder[i - 1].Symbol}', so this is no arm64 kernel");
            }
        }

        (string Symbol, VirtualAddress Address)[] within =
        [
            ("__idmap_text_start", IdentityCodeStart), ("__idmap_text_end", IdentityCodeEnd), ("swapper_pg_dir", SwapperTable),
            ("idmap_pg_dir", IdentityTable), ("reserved_pg_dir", ReservedTable), ("tramp_pg_dir", TrampolineTable ?? Text),
            ("__idmap_kpti_flag", KptiFlag ?? Text), ("__bss_stop", BssEnd ?? Text),
        ];
        foreach ((string symbol, VirtualAddress address) in within)
        {
            if (address < Text || address > End)
            {
                throw TextFile.Error(_symbols.Name, $"symbol '{symbol}' does not lie between '_text' and '_end', so this is no arm64 kernel");
            }
        }

        if (BssEnd < InitEnd)
        {
            throw TextFile.Error(_symbols.Name, "symbol '__bss_stop' lies below '__init_end', so this is no arm64 kernel");
        }

        if (Size is 0 or > MaxSize)
        {
            throw TextFile.Error(_symbols.Name, $"the image from '_text' to '_end' has {Size} bytes, and a kernel has at most {MaxSize}");
        }

        if (!Base.IsAligned(ImagePlace.Alignment))
        {
            throw new InvalidInputException($"Image base {Base} is not a multiple of 64 KiB, to which every kernel image is aligned.");
        }

        if (Base.Value > (1UL << AddressBits) - Size)
        {
            throw new InvalidInputException($"A kernel image at {Base} reaches beyond the {AddressBits} bits of a physical address.");
        }
    }
}
