using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.Firmware;
using Ptewright.Kernels.AddressSpace;
using Ptewright.Kernels.Configuration;
using Ptewright.Kernels.Planning;
using Ptewright.Kernels.Symbols;
using Ptewright.LinearMap;
using Ptewright.Simulation;
using Ptewright.Texts;
using Ptewright.Translation;

namespace Ptewright.Kernels.Versions;

/// <summary>Every fact of one kernel version that decides about its tables; only the order of steps is code. Where each is from, the version's own file says.</summary>
internal sealed record KernelFacts
{
    /// <summary>The versions without a profile that this one is the nearest to, newest first, and what is otherwise in them.</summary>
    public required IReadOnlyList<VersionDifference> Nearest { get; init; }

    /// <summary>Where the regions of its half of the address space lie, and in the fixmap the slots of its tables, as distributions configure it.</summary>
    public required RegionRules Regions { get; init; }

    /// <summary>How it lists its tables. Linux: <c>arch/arm64/mm/ptdump.c</c>.</summary>
    public required PtdumpFormat Listing { get; init; }

    /// <summary>Whether 52-bit addresses go with 4K and 16K pages too, by FEAT_LPA2; otherwise with 64K pages only. Linux: <c>ARM64_LPA2</c> in <c>arch/arm64/Kconfig</c>.</summary>
    public required bool HasLpa2 { get; init; }

    /// <summary>Bits of every table descriptor besides the address. Linux: <c>__pmd_populate</c> and the like in <c>asm/pgalloc.h</c>.</summary>
    public required ulong TableBits { get; init; }

    /// <summary>The memory types that MAIR_EL1 has at boot. Linux: <c>MAIR_EL1_SET</c> in <c>arch/arm64/mm/proc.S</c>.</summary>
    public ulong MairAtBoot { get; init; } = KernelRegisters.UsualMair;

    /// <summary>Which live entries may change. Linux: <c>pgattr_change_is_safe</c>.</summary>
    public required ChangeSafety ChangeSafety { get; init; }

    /// <summary>What is mapped besides the linear map, and when.</summary>
    public required StepOrder Order { get; init; }

    /// <summary>In which order <c>map_mem</c> maps.</summary>
    public required MapMemOrder MapMemOrder { get; init; }

    /// <summary>What becomes of the alias of data and bss.</summary>
    public required DataAlias DataAlias { get; init; }

    /// <summary>Whether kernel leaves have bit 55, <c>PTE_DIRTY</c>. Linux: <c>PAGE_KERNEL</c> in <c>asm/pgtable-prot.h</c>.</summary>
    public required bool MarksDirty { get; init; }

    /// <summary>Whether a kernel page that becomes invalid gets bit 11, by which software knows that it is still present. Linux: <c>PTE_PRESENT_INVALID</c> in <c>set_memory_valid</c>.</summary>
    public required bool MarksInvalid { get; init; }

    /// <summary>Whether programs may have memory that is taken out of the linear map. Linux: <c>memfd_secret</c>, from 5.14 on.</summary>
    public required bool HasSecretMemory { get; init; }

    /// <summary>Whether the walk makes the identity map too; otherwise it was made before, without barriers. Linux: <c>create_idmap</c>.</summary>
    public required bool MakesIdentityMap { get; init; }

    /// <summary>Whether a bank that does not consist of whole pages is cut to them; otherwise the walk widens it.</summary>
    public required bool CutsBanksToPages { get; init; }

    /// <summary>Where the part of the image begins that is reserved and that becomes read-only in the linear map. Linux: <c>arm64_memblock_init</c>,
    /// <c>mark_linear_text_alias_ro</c>.</summary>
    public required ImageBeginning Image { get; init; }

    /// <summary>How the start of the linear map is randomised with KASLR. Linux: <c>memstart_offset_seed</c> in <c>arm64_memblock_init</c>.</summary>
    public required RandomStart RandomStart { get; init; }

    /// <summary>Which 16 bits of the seed choose it: those from this one on. Linux: <c>kaslr_early_init</c> in <c>arch/arm64/kernel/kaslr.c</c>, from v6.0 on in <c>arch/arm64/kernel/pi/kaslr_early.c</c>.</summary>
    public int StartSeedBit { get; init; }

    /// <summary>Whether a CPU's own random numbers (FEAT_RNG) are mixed into the seed, so that nobody can predict what comes of it. Linux: <c>kaslr_early_init</c>, until v5.19.</summary>
    public bool MixesRandomNumbers { get; init; }

    /// <summary>Whether tables of the linear map forbid execution to all below them. Linux: <c>NO_EXEC_MAPPINGS</c>, from v5.13 on.</summary>
    public required bool HasTableRights { get; init; }

    /// <summary>Where <c>nokaslr</c> counts.</summary>
    public required NoKaslrPlace NoKaslr { get; init; }

    /// <summary>The words that <c>rodata=</c> understands.</summary>
    public required RodataWords RodataWords { get; init; }

    /// <summary>Whether the configuration says what <c>rodata=</c> is when the command line does not; otherwise everything becomes read-only. Linux:
    /// <c>CONFIG_RODATA_FULL_DEFAULT_ENABLED</c>.</summary>
    public required bool HasRodataOption { get; init; }

    /// <summary>Whether <c>arm64.nolva</c> counts.</summary>
    public required bool HeedsNoLva { get; init; }

    /// <summary>Whether <c>arm64.nobti</c> counts when the image is mapped; otherwise the CPU's register alone does.</summary>
    public required bool HeedsNoBti { get; init; }

    /// <summary>Whether a KFENCE that samples from boot on gets its pool before the linear map is made; otherwise it comes out of it later. Linux: <c>kfence_early_init</c>.</summary>
    public required bool HasEarlyKfence { get; init; }

    /// <summary>Whether memory for a crash kernel is taken out of the linear map later, which forbids blocks. Linux: <c>enable_crash_mem_map</c>.</summary>
    public required bool CutsCrashMemoryOut { get; init; }

    /// <summary>Whether banks keep their blocks on a CPU that splits them without conflict aborts (FEAT_BBML2), whatever else speaks for pages. Linux: <c>force_pte_mapping</c>.</summary>
    public required bool SplitsBlocks { get; init; }

    /// <summary>How it reserves what a device tree wants reserved.</summary>
    public required ReservationFacts Reservations { get; init; }

    /// <summary>From where to where a walk of a running kernel keeps other walks away from the fixmap slots. Linux: <c>fixmap_lock</c>.</summary>
    public required FixmapLock FixmapLock { get; init; }

    /// <summary>When the translations of removed memory are invalidated. Linux: <c>unmap_hotplug_range</c>.</summary>
    public required RemovalFlush RemovalFlush { get; init; }

    /// <summary>How the translations of several pages are forgotten. Linux: <c>flush_tlb_kernel_range</c>.</summary>
    public required RangeFlush RangeFlush { get; init; }

    /// <summary>The same on a CPU with FEAT_TLBIRANGE.</summary>
    public required RangeFlush RangeFlushWithRanges { get; init; }
}
