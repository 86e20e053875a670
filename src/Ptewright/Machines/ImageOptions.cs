using System.Buffers.Binary;
using System.Globalization;
using Ptewright.Addressing;
using Ptewright.Kernels.Configuration;
using Ptewright.Kernels.Symbols;
using Ptewright.Texts;

namespace Ptewright.Machines;

/// <summary>The options of its configuration that a kernel's image shows: functions that exist only with an option, texts, and the values of variables that begin with one.</summary>
/// <remarks>
/// Every kernel that has a table of its symbols has all of its functions in it, so that the absence of one says something too; only such functions are asked for whose address is taken or that other
/// files call, so that no compiler dissolves them. Variables are in the table with CONFIG_KALLSYMS_ALL alone.
/// </remarks>
internal static class ImageOptions
{
    private const string Lpa2Check = "has_lpa2";
    private const string WideCheck = "__cpu_secondary_check52bitva";
    private const uint BranchTarget = 0xd503_245f;
    private const int LandingWords = 3;
    private const int FewestFunctions = 1000;

    // An option, and functions of which one exists just when it is set. Linux: the file that the option builds, or its #ifdef around the function.
    private static readonly (string Option, string[] Functions)[] _functions =
    [
        ("RANDOMIZE_BASE", ["kaslr_init", "kaslr_early_init", "__pi_kaslr_early_init"]),
        ("UNMAP_KERNEL_AT_EL0", ["map_entry_trampoline"]),
        ("ARM64_E0PD", ["cpu_enable_e0pd"]),
        ("ARM64_MTE", ["cpu_enable_mte"]),
        ("ARM64_HW_AFDBM", ["has_hw_dbm"]),
        ("KVM", ["kvm_arch_vcpu_load"]),
        ("DEBUG_PAGEALLOC", ["early_debug_pagealloc"]),
        ("KFENCE", ["__kfence_alloc"]),
        ("KEXEC_CORE", ["machine_kexec"]),
        ("BLK_DEV_INITRD", ["retain_initrd_param"]),
        ("CMA", ["cma_alloc"]),
        ("DMA_CMA", ["dma_contiguous_reserve"]),
        ("DMA_DECLARE_COHERENT", ["rmem_dma_setup"]),
        ("DMA_RESTRICTED_POOL", ["rmem_swiotlb_setup"]),
        ("HUGETLB_PAGE", ["hugetlb_reserve_pages"]),
        ("TRANSPARENT_HUGEPAGE", ["do_huge_pmd_anonymous_page"]),
    ];

    // An option, and the variable that begins with its value; 1 byte is yes or no. Linux: mm/kfence/core.c, arch/arm64/mm/pageattr.c, mm/debug_page_alloc.c.
    private static readonly (string Option, string Variable, int Size)[] _variables =
    [
        ("KFENCE_SAMPLE_INTERVAL", "kfence_sample_interval", 8),
        ("RODATA_FULL_DEFAULT_ENABLED", "rodata_full", 1),
        ("DEBUG_PAGEALLOC_ENABLE_DEFAULT", "_debug_pagealloc_enabled_early", 1),
    ];

    /// <summary>Looks for them.</summary>
    /// <param name="image">The image, from its first byte on.</param>
    /// <param name="symbols">Its symbols.</param>
    /// <param name="version">Its version, if it is known: some options are gone where what they decided is always so.</param>
    /// <param name="isRunning">Whether it is the memory of a kernel that ran: its variables may have changed, and its code of boot is overwritten.</param>
    /// <returns>Each option that the image shows to be set or not.</returns>
    public static IReadOnlyList<KernelOption> See(ReadOnlySpan<byte> image, KernelSymbols symbols, LinuxVersion? version, bool isRunning = false)
    {
        List<KernelOption> seen = [];

        // Without its first function, which every kernel has, the table is not that of a kernel's functions.
        if (!symbols.TryFind("start_kernel", out _) || !symbols.TryFind("_text", out VirtualAddress text))
        {
            return seen;
        }

        foreach ((string option, string[] functions) in _functions)
        {
            string? found = functions.FirstOrDefault(function => symbols.TryFind(function, out _));
            seen.Add(new KernelOption(option, found is null ? null : "y", found is null ? $"no function {functions[0]}" : $"function {found}"));
        }

        foreach ((string option, string variable, int size) in isRunning ? [] : _variables)
        {
            bool isGone = option == "RODATA_FULL_DEFAULT_ENABLED" && version is { } own && own.IsAtLeast(6, 18);
            if (!isGone && symbols.TryFind(variable, out VirtualAddress address) && address.Value - text.Value is var at && at <= (ulong)image.Length && (ulong)image.Length - at >= (ulong)size)
            {
                ReadOnlySpan<byte> bytes = image[(int)at..];
                seen.Add(new KernelOption(
                    option,
                    size == 1 ? bytes[0] != 0 ? "y" : null : BinaryPrimitives.ReadUInt64LittleEndian(bytes).ToString(CultureInfo.InvariantCulture),
                    $"variable {variable}"));
            }
        }

        if (SeesLpa2(image, symbols, text) is { } hasLpa2)
        {
            seen.Add(new KernelOption("ARM64_LPA2", hasLpa2 ? "y" : null, hasLpa2 ? $"function {Lpa2Check}" : symbols.TryFind(Lpa2Check, out _) ? $"empty function {Lpa2Check}" : $"no function {Lpa2Check}"));
        }

        SeeZones(image, seen);
        if (!isRunning)
        {
            SeeSoftReserve(image, symbols, text, seen);
        }

        SeeLandingPads(image, symbols, text, seen);
        return seen;
    }

    /// <summary>Whether the kernel is built for addresses of 52 bits, which it is not linked for.</summary>
    /// <param name="image">The image, from its first byte on.</param>
    /// <param name="symbols">Its symbols.</param>
    /// <param name="version">Its version, if it is known.</param>
    /// <param name="known">What shows it.</param>
    /// <returns>Null where that is not seen.</returns>
    /// <remarks>
    /// Linux: <c>__cpu_secondary_check52bitva</c> in <c>arch/arm64/kernel/head.S</c>, which asks CPUs that are started later whether they have them, and without is empty; from 6.4 on it is not among the
    /// functions. From 6.9 on the features that the kernel says it found have a name for them (<c>ARM64_HAS_VA52</c> in <c>arch/arm64/kernel/cpufeature.c</c>).
    /// </remarks>
    public static bool? SeeWideAddresses(ReadOnlySpan<byte> image, KernelSymbols symbols, LinuxVersion? version, out string known)
    {
        known = $"function {WideCheck}";
        if (symbols.TryFind("_text", out VirtualAddress text) && symbols.TryFind(WideCheck, out VirtualAddress function) && DoesSomething(image, function.Value - text.Value) is { } does)
        {
            return does;
        }

        bool hasName = image.IndexOf("52-bit Virtual Addressing (L"u8) >= 0;
        known = $"{(hasName ? "text" : "no text")} 52-bit Virtual Addressing";
        return version is { } own && own.IsAtLeast(6, 9) ? hasName : null;
    }

    // From 6.9 on the function is there with 64K pages and without the option too, and then says no.
    private static bool? SeesLpa2(ReadOnlySpan<byte> image, KernelSymbols symbols, VirtualAddress text) =>
        symbols.TryFind(Lpa2Check, out VirtualAddress function) ? DoesSomething(image, function.Value - text.Value) : false;

    // Whether a function does more than return, or return no. What is patched into it for tracing, and landing pads and signatures of return addresses, is nothing.
    private static bool? DoesSomething(ReadOnlySpan<byte> image, ulong at)
    {
        const int MostWords = 16;
        const uint Return = 0xd65f_03c0;
        const uint HintMask = 0xffff_f01f;
        const uint Hint = 0xd503_201f;
        for (int i = 0; i < MostWords && at <= (ulong)image.Length && (ulong)image.Length - at >= BranchLink.Length; i++, at += BranchLink.Length)
        {
            uint word = BinaryPrimitives.ReadUInt32LittleEndian(image[(int)at..]);
            if (word is Return or 0)
            {
                // Zeros are no instruction: the code is not there.
                return word == 0 ? null : false;
            }

            // MOV W0, #0 in two forms.
            if ((word & HintMask) != Hint && word is not (0x5280_0000 or 0x2a1f_03e0))
            {
                return true;
            }
        }

        return null;
    }

    // Counters of each zone have names. Linux: vmstat_text in mm/vmstat.c, with CONFIG_VM_EVENT_COUNTERS.
    private static void SeeZones(ReadOnlySpan<byte> image, List<KernelOption> seen)
    {
        if (image.IndexOf("pgalloc_normal\0"u8) < 0)
        {
            return;
        }

        bool hasZone = image.IndexOf("pgalloc_dma\0"u8) >= 0;
        bool hasZone32 = image.IndexOf("pgalloc_dma32\0"u8) >= 0;
        seen.Add(new KernelOption("ZONE_DMA", hasZone ? "y" : null, $"{(hasZone ? "text" : "no text")} pgalloc_dma"));
        seen.Add(new KernelOption("ZONE_DMA32", hasZone32 ? "y" : null, $"{(hasZone32 ? "text" : "no text")} pgalloc_dma32"));
    }

    // The function is always there, and is called with the option alone. Linux: efi_soft_reserve_enabled in linux/efi.h.
    private static void SeeSoftReserve(ReadOnlySpan<byte> image, KernelSymbols symbols, VirtualAddress text, List<KernelOption> seen)
    {
        const string Function = "__efi_soft_reserve_enabled";
        if (!symbols.TryFind(Function, out VirtualAddress function))
        {
            return;
        }

        bool isCalled = false;
        ulong target = function.Value - text.Value;
        for (int at = 0; at + (int)BranchLink.Length <= image.Length && !isCalled; at += (int)BranchLink.Length)
        {
            isCalled = BranchLink.TryDecode(BinaryPrimitives.ReadUInt32LittleEndian(image[at..]), new VirtualAddress((ulong)at), out VirtualAddress called) && called.Value == target;
        }

        seen.Add(new KernelOption("EFI_SOFT_RESERVE", isCalled ? "y" : null, $"{(isCalled ? "calls" : "no call")} of {Function}"));
    }

    // With landing pads most functions begin with one (BTI c); without, a few that are written in assembly do.
    private static void SeeLandingPads(ReadOnlySpan<byte> image, KernelSymbols symbols, VirtualAddress text, List<KernelOption> seen)
    {
        if (!symbols.TryFind("_stext", out VirtualAddress start) || !symbols.TryFind("_etext", out VirtualAddress end))
        {
            return;
        }

        int functions = 0;
        int pads = 0;
        foreach ((_, VirtualAddress address) in symbols.All)
        {
            ulong at = address.Value - text.Value;
            if (address < start || address >= end || (at & 3) != 0 || at > (ulong)image.Length || (ulong)image.Length - at < LandingWords * BranchLink.Length)
            {
                continue;
            }

            functions++;
            for (int i = 0; i < LandingWords; i++)
            {
                if (BinaryPrimitives.ReadUInt32LittleEndian(image[((int)at + (i * (int)BranchLink.Length))..]) == BranchTarget)
                {
                    pads++;
                    break;
                }
            }
        }

        // Between a twentieth and a quarter nothing is said.
        if (functions >= FewestFunctions && (pads * 4L > functions || pads * 20L < functions))
        {
            bool has = pads * 4L > functions;
            seen.Add(new KernelOption("ARM64_BTI_KERNEL", has ? "y" : null, $"{(has ? "most" : "few")} functions begin with BTI"));
        }
    }
}
