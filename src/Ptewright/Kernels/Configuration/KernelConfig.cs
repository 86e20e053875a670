using System.Globalization;
using Ptewright.Texts;
using Ptewright.Translation;

namespace Ptewright.Kernels.Configuration;

/// <summary>The configuration of an arm64 kernel, as in <c>/boot/config-*</c> or <c>/proc/config.gz</c>: what of it decides about tables.</summary>
/// <remarks>
/// Options are named without their <c>CONFIG_</c>. An option that is not set, or that the kernel's version does not know, is off. Where
/// one is set twice, the last counts, as for the kernel's own build (<c>scripts/kconfig/confdata.c: conf_read_simple</c>).
/// </remarks>
public sealed class KernelConfig
{
    private static readonly int[] KnownVaBits = [36, 39, 42, 47, 48, 52];
    private static readonly int[] KnownPaBits = [48, 52];

    // The default of NR_CPUS in arch/arm64/Kconfig of 6.12 to 7.3.
    private const int UsualMostCpus = 512;

    // What decides about tables besides page size and address sizes.
    private static readonly string[] _deciding =
    [
        "ARM64_LPA2", "RANDOMIZE_BASE", "RODATA_FULL_DEFAULT_ENABLED", "UNMAP_KERNEL_AT_EL0", "ARM64_E0PD", "ARM64_BTI_KERNEL", "ARM64_MTE", "ARM64_HW_AFDBM", "KVM", "DEBUG_PAGEALLOC",
        "DEBUG_PAGEALLOC_ENABLE_DEFAULT", "KFENCE", "KFENCE_SAMPLE_INTERVAL", "KFENCE_NUM_OBJECTS", "KEXEC_CORE", "ZONE_DMA", "ZONE_DMA32", "BLK_DEV_INITRD", "EFI_SOFT_RESERVE", "CMA",
        "CMA_AREAS", "DMA_CMA", "DMA_DECLARE_COHERENT", "DMA_RESTRICTED_POOL", "HUGETLB_PAGE", "TRANSPARENT_HUGEPAGE", "ARCH_FORCE_MAX_ORDER", "FORCE_MAX_ZONEORDER", "PAGE_BLOCK_MAX_ORDER",
        "CMDLINE", "CMDLINE_FORCE",
    ];

    // Options that say nothing without another.
    private static readonly (string Option, string Needed)[] _dependent =
    [
        ("DEBUG_PAGEALLOC_ENABLE_DEFAULT", "DEBUG_PAGEALLOC"), ("KFENCE_SAMPLE_INTERVAL", "KFENCE"), ("KFENCE_NUM_OBJECTS", "KFENCE"), ("CMA_AREAS", "CMA"), ("DMA_CMA", "CMA"),
    ];

    private readonly Dictionary<string, string> _options;
    private readonly string _known;
    private readonly Dictionary<string, string> _knownOtherwise = new(StringComparer.Ordinal);

    internal KernelConfig(string name, LinuxVersion? version, Dictionary<string, string> options, string? known = null)
    {
        Name = name;
        Version = version;
        _known = known ?? name;
        _options = options;
        Granule = FindGranule();
        VaBits = FindBits("ARM64_VA_BITS", KnownVaBits);
        PaBits = FindBits("ARM64_PA_BITS", KnownPaBits);
    }

    /// <summary>The name of the file, as it was given.</summary>
    public string Name { get; }

    /// <summary>The kernel's version, from the comment at the top; null when the file does not have it.</summary>
    public LinuxVersion? Version { get; }

    /// <summary>The page size: CONFIG_ARM64_4K_PAGES, _16K_PAGES or _64K_PAGES.</summary>
    public GranuleSize Granule { get; }

    /// <summary>The bits of a virtual address that the kernel is built for: 36, 39, 42, 47, 48 or 52 (CONFIG_ARM64_VA_BITS).</summary>
    public int VaBits { get; }

    /// <summary>The bits of a physical address that the kernel is built for: 48 or 52 (CONFIG_ARM64_PA_BITS).</summary>
    public int PaBits { get; }

    /// <summary>Whether tables can have the format of FEAT_LPA2 (CONFIG_ARM64_LPA2, from Linux 6.9 on).</summary>
    public bool Lpa2 => IsEnabled("ARM64_LPA2");

    /// <summary>Whether the kernel samples allocations for memory errors, in a pool of pages of its own (CONFIG_KFENCE).</summary>
    public bool Kfence => IsEnabled("KFENCE");

    /// <summary>Every how many milliseconds KFENCE samples, unless the command line says; 0, or no KFENCE: it is off at boot.</summary>
    public ulong KfenceSampleInterval => Kfence ? Number("KFENCE_SAMPLE_INTERVAL") ?? 0 : 0;

    /// <summary>How many objects KFENCE's pool holds, each with two pages, and two pages besides; 0 without KFENCE.</summary>
    public ulong KfenceNumObjects => Kfence ? Number("KFENCE_NUM_OBJECTS") ?? 0 : 0;

    /// <summary>Whether kexec, and in 6.1 with it the crash kernel, is built in (CONFIG_KEXEC_CORE).</summary>
    public bool KexecCore => IsEnabled("KEXEC_CORE");

    /// <summary>Whether there is a zone for devices with few address bits (CONFIG_ZONE_DMA): it defers the crash kernel's reservation.</summary>
    public bool ZoneDma => IsEnabled("ZONE_DMA");

    /// <summary>Whether there is a zone for devices with 32 address bits (CONFIG_ZONE_DMA32): it defers the crash kernel's reservation.</summary>
    public bool ZoneDma32 => IsEnabled("ZONE_DMA32");

    /// <summary>Whether <c>rodata=full</c> is the default (CONFIG_RODATA_FULL_DEFAULT_ENABLED; gone in Linux 6.18, where it always is).</summary>
    public bool RodataFullDefault => IsEnabled("RODATA_FULL_DEFAULT_ENABLED");

    /// <summary>Whether the kernel chooses random addresses, given a seed (CONFIG_RANDOMIZE_BASE).</summary>
    public bool RandomizeBase => IsEnabled("RANDOMIZE_BASE");

    /// <summary>Whether the kernel can be unmapped while user code runs, "KPTI" (CONFIG_UNMAP_KERNEL_AT_EL0).</summary>
    public bool UnmapKernelAtEl0 => IsEnabled("UNMAP_KERNEL_AT_EL0");

    /// <summary>Whether FEAT_E0PD is used in its stead (CONFIG_ARM64_E0PD).</summary>
    public bool E0pd => IsEnabled("ARM64_E0PD");

    /// <summary>Whether free pages can be unmapped (CONFIG_DEBUG_PAGEALLOC).</summary>
    public bool DebugPagealloc => IsEnabled("DEBUG_PAGEALLOC");

    /// <summary>Whether they are, unless the command line says (CONFIG_DEBUG_PAGEALLOC_ENABLE_DEFAULT).</summary>
    public bool DebugPageallocDefault => DebugPagealloc && IsEnabled("DEBUG_PAGEALLOC_ENABLE_DEFAULT");

    /// <summary>Whether kernel code is mapped as guarded where the CPU has FEAT_BTI (CONFIG_ARM64_BTI_KERNEL).</summary>
    public bool BtiKernel => IsEnabled("ARM64_BTI_KERNEL");

    /// <summary>Whether the kernel can be a hypervisor (CONFIG_KVM), which may halve a linear map of 52 bits.</summary>
    public bool Kvm => IsEnabled("KVM");

    /// <summary>Whether special-purpose memory of EFI is set aside (CONFIG_EFI_SOFT_RESERVE): see <see cref="Firmware.EfiMapFile"/>.</summary>
    public bool EfiSoftReserve => IsEnabled("EFI_SOFT_RESERVE");

    /// <summary>Whether there is an allocator of contiguous memory (CONFIG_CMA).</summary>
    public bool Cma => IsEnabled("CMA");

    /// <summary>Whether devices get memory from it (CONFIG_DMA_CMA): with it come regions of a device tree and <c>cma=</c>.</summary>
    public bool DmaCma => Cma && IsEnabled("DMA_CMA");

    /// <summary>How many areas it can have (CONFIG_CMA_AREAS); until 6.2 there is one more, for the default area.</summary>
    public ulong CmaAreas => Number("CMA_AREAS") ?? 0;

    /// <summary>Whether pools of coherent memory in a device tree are known (CONFIG_DMA_DECLARE_COHERENT).</summary>
    public bool DmaDeclareCoherent => IsEnabled("DMA_DECLARE_COHERENT");

    /// <summary>Whether restricted pools in a device tree are known (CONFIG_DMA_RESTRICTED_POOL).</summary>
    public bool DmaRestrictedPool => IsEnabled("DMA_RESTRICTED_POOL");

    /// <summary>Whether there are huge pages of hugetlbfs (CONFIG_HUGETLB_PAGE).</summary>
    public bool HugetlbPage => IsEnabled("HUGETLB_PAGE");

    /// <summary>Whether there are transparent huge pages (CONFIG_TRANSPARENT_HUGEPAGE).</summary>
    public bool TransparentHugepage => IsEnabled("TRANSPARENT_HUGEPAGE");

    /// <summary>The order of the page allocator's largest block (CONFIG_ARCH_FORCE_MAX_ORDER; before 6.1 CONFIG_FORCE_MAX_ZONEORDER); until 6.3 that order and one.</summary>
    public int? ForceMaxOrder => Order("ARCH_FORCE_MAX_ORDER") ?? Order("FORCE_MAX_ZONEORDER");

    /// <summary>The largest order of a page block (CONFIG_PAGE_BLOCK_MAX_ORDER, from 6.17).</summary>
    public int? PageBlockMaxOrder => Order("PAGE_BLOCK_MAX_ORDER");

    /// <summary>How many CPUs the kernel can have (CONFIG_NR_CPUS); where it does not say so, as many as a kernel usually can.</summary>
    /// <exception cref="InvalidInputException">It is not a number from 2 to 4096, which is what there is to choose. Linux: <c>arch/arm64/Kconfig</c>.</exception>
    internal int MostCpus => Number("NR_CPUS") is not { } cpus ? UsualMostCpus
        : cpus is >= 2 and <= 4096 ? (int)cpus
        : throw TextFile.Error(Name, $"CONFIG_NR_CPUS is {cpus}, but arm64 kernels are for 2 to 4096 CPUs");

    /// <summary>Whether an initial ramdisk is known (CONFIG_BLK_DEV_INITRD).</summary>
    public bool InitialRamdisk => IsEnabled("BLK_DEV_INITRD");

    /// <summary>The names of all options that are set.</summary>
    public IReadOnlyCollection<string> Options => _options.Keys;

    /// <summary>The value of an option: <c>y</c>, <c>m</c>, a number as written, or a string without its quotes; null when it is not set.</summary>
    /// <param name="option">Its name without <c>CONFIG_</c>.</param>
    public string? this[string option] => _options.GetValueOrDefault(option);

    /// <summary>Reads the configuration in a file, packed by gzip or not.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidInputException">It is something else, or not the configuration of an arm64 kernel.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static KernelConfig Read(string path) => Parse(TextFile.Read(path, KernelConfigText.MaxLength), path);

    /// <summary>Reads the configuration in a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="name">The name that errors call it by.</param>
    /// <exception cref="InvalidInputException">It is something else, or not the configuration of an arm64 kernel.</exception>
    public static KernelConfig Parse(ReadOnlySpan<char> text, string name) => KernelConfigText.Parse(text, name);

    /// <summary>The same configuration with another page size or size of addresses, and what follows from that.</summary>
    /// <param name="granule">The page size.</param>
    /// <param name="virtualAddressBits">The bits of a virtual address.</param>
    /// <remarks>
    /// With 52 bits physical addresses have 52 as well, with 4K and 16K pages by FEAT_LPA2; with fewer only 64K pages keep 52, if they had.
    /// Linux: <c>ARM64_PA_BITS_52</c>, <c>ARM64_LPA2</c> in <c>arch/arm64/Kconfig</c>.
    /// </remarks>
    public KernelConfig WithShape(GranuleSize granule, int virtualAddressBits)
    {
        Dictionary<string, string> options = new(_options, StringComparer.Ordinal);
        string[] shape = ["ARM64_4K_PAGES", "ARM64_16K_PAGES", "ARM64_64K_PAGES", "ARM64_VA_BITS", "ARM64_PA_BITS", "ARM64_LPA2", "PGTABLE_LEVELS", "ARCH_FORCE_MAX_ORDER", "FORCE_MAX_ZONEORDER", "PAGE_BLOCK_MAX_ORDER"];
        foreach (string option in options.Keys.Where(key => shape.Contains(key) || key.StartsWith("ARM64_VA_BITS_", StringComparison.Ordinal)
            || key.StartsWith("ARM64_PA_BITS_", StringComparison.Ordinal)).ToArray())
        {
            _ = options.Remove(option);
        }

        bool wide = virtualAddressBits == 52 || (granule == GranuleSize.Size64K && PaBits == 52);
        options[$"ARM64_{(1 << (int)granule) >> 10}K_PAGES"] = "y";
        options["ARM64_VA_BITS"] = virtualAddressBits.ToString(CultureInfo.InvariantCulture);
        options["ARM64_PA_BITS"] = wide ? "52" : "48";
        if (wide && granule != GranuleSize.Size64K)
        {
            options["ARM64_LPA2"] = "y";
        }

        return new KernelConfig(Name, Version, options, _known).WithKnown(_knownOtherwise);
    }

    /// <summary>The options that decide about tables, each with how its value is known.</summary>
    internal IReadOnlyList<KernelOption> Deciding =>
    [
        .. _deciding.Prepend("ARM64_PA_BITS").Prepend("ARM64_VA_BITS").Prepend($"ARM64_{(1 << (int)Granule) >> 10}K_PAGES")
            .Where(option => !_dependent.Any(pair => pair.Option == option && !IsEnabled(pair.Needed)))
            .Select(option => new KernelOption(option, this[option], _knownOtherwise.GetValueOrDefault(option, _known))),
    ];

    /// <summary>The same configuration with options that are known in another way, whose values take the place of its own.</summary>
    /// <param name="options">The options.</param>
    internal KernelConfig With(IEnumerable<KernelOption> options)
    {
        Dictionary<string, string> all = new(_options, StringComparer.Ordinal);
        Dictionary<string, string> known = new(_knownOtherwise, StringComparer.Ordinal);
        foreach (KernelOption option in options)
        {
            known[option.Name] = option.Known;
            if (option.Value is null)
            {
                _ = all.Remove(option.Name);
            }
            else
            {
                all[option.Name] = option.Value;
            }
        }

        return new KernelConfig(Name, Version, all, _known).WithKnown(known);
    }

    /// <summary>The same configuration, whose options are only usual.</summary>
    internal KernelConfig AsUsual() => new(Name, Version, _options, KernelOption.Usual);

    /// <summary>Whether an option is built in, or a module.</summary>
    /// <param name="option">Its name without <c>CONFIG_</c>.</param>
    public bool IsEnabled(string option) => this[option] is "y" or "m";

    /// <summary>The number that an option is set to.</summary>
    /// <param name="option">Its name without <c>CONFIG_</c>.</param>
    /// <returns>Null when the option is not set.</returns>
    /// <exception cref="InvalidInputException">It is set to something else than a number that is not negative.</exception>
    public ulong? Number(string option) =>
        this[option] is not { } value ? null
        : FileNumber.TryEither(value, out ulong number) ? number
        : throw TextFile.Error(Name, $"CONFIG_{option} is {TextFile.Quote(value)}, not a number");

    /// <summary>The command line that the kernel uses when it is started with another.</summary>
    /// <param name="given">The command line from the boot loader; null or empty when it gives none.</param>
    /// <remarks>
    /// CONFIG_CMDLINE stands in for a missing one, or with CONFIG_CMDLINE_FORCE replaces any. Linux: <c>drivers/of/fdt.c:
    /// early_init_dt_scan_chosen</c>.
    /// </remarks>
    public string CommandLineFor(string? given) =>
        IsEnabled("CMDLINE_FORCE") || string.IsNullOrEmpty(given) ? this["CMDLINE"] ?? "" : given;

    private KernelConfig WithKnown(Dictionary<string, string> known)
    {
        foreach ((string option, string how) in known)
        {
            _knownOtherwise[option] = how;
        }

        return this;
    }

    // A block of 2^30 pages is more than any memory; an order above that would shift everything out.
    private int? Order(string option) => Number(option) is not { } order ? null
        : order is >= 1 and <= 30 ? (int)order
        : throw TextFile.Error(Name, $"CONFIG_{option} is {order}, and no page allocator has such blocks");

    private GranuleSize FindGranule()
    {
        (string Option, GranuleSize Granule)[] choices =
        [
            ("ARM64_4K_PAGES", GranuleSize.Size4K), ("ARM64_16K_PAGES", GranuleSize.Size16K), ("ARM64_64K_PAGES", GranuleSize.Size64K),
        ];
        (string Option, GranuleSize Granule)[] chosen = [.. choices.Where(choice => IsEnabled(choice.Option))];
        return chosen.Length switch
        {
            1 => chosen[0].Granule,
            0 => throw TextFile.Error(Name, $"it sets none of {string.Join(", ", choices.Select(choice => $"CONFIG_{choice.Option}"))}: the page size is unknown"),
            _ => throw TextFile.Error(Name, $"it sets both CONFIG_{chosen[0].Option} and CONFIG_{chosen[1].Option}, but a kernel has one page size"),
        };
    }

    private int FindBits(string option, int[] known)
    {
        ulong bits = Number(option) ?? throw TextFile.Error(Name, $"it does not set CONFIG_{option}");
        return Array.Exists(known, value => (ulong)value == bits)
            ? (int)bits
            : throw TextFile.Error(Name, $"CONFIG_{option} is {bits}, but arm64 kernels have {string.Join(", ", known)}");
    }
}
