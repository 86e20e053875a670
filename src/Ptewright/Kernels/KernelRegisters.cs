using Ptewright.Translation;

namespace Ptewright.Kernels;

/// <summary>The registers that say how a kernel's tables are read, as they are when <c>paging_init</c> ends.</summary>
/// <param name="Ttbr0">TTBR0_EL1: the root of the lower half; <c>reserved_pg_dir</c>, which is empty, or 0 without an image.</param>
/// <param name="Ttbr1">TTBR1_EL1: the root of the kernel's half, without ASID and CnP.</param>
/// <param name="Tcr">TCR_EL1: granules, sizes, cacheability.</param>
/// <param name="Mair">MAIR_EL1: the memory types that descriptors choose from.</param>
public sealed record KernelRegisters(ulong Ttbr0, ulong Ttbr1, ulong Tcr, ulong Mair)
{
    // MAIR_EL1 by AttrIndx: 0 normal 0xff, 1 tagged (0xff until MTE is enabled, later than the linear map), 2 non-cacheable 0x44,
    // 3 Device-nGnRnE 0x00, 4 Device-nGnRE 0x04. Linux: MAIR_EL1_SET in arch/arm64/mm/proc.S.
    private const ulong MairAtBoot = 0x0000_0004_0044_ffff;

    // TCR_EL1:  DS 59 | NFD1 54 | TBID1 52 | HA 39 | TBI1 38 | TBI0 37 | AS 36 | IPS 34:32 | TG1 31:30 | SH1 29:28 | ORGN1 27:26
    //           | IRGN1 25:24 | A1 22 | T1SZ 21:16 | TG0 15:14 | SH0 13:12 | ORGN0 11:10 | IRGN0 9:8 | T0SZ 5:0
    // Both halves inner shareable, write-back write-allocate, 16-bit ASIDs from TTBR1, the lower half's top byte ignored.
    private const ulong TcrAlways =
        (1UL << 37) | (1UL << 36) | (3UL << 28) | (1UL << 26) | (1UL << 24) | (1UL << 22) | (3UL << 12) | (1UL << 10) | (1UL << 8);

    private const ulong TaggedUpperHalf = (1UL << 38) | (1UL << 52);
    private const ulong AccessFlagUpdate = 1UL << 39;
    private const ulong NoFaultingWalksInUpperHalf = 1UL << 54;
    private const ulong WideDescriptors = 1UL << 59;

    private static readonly int[] AddressSizes = [32, 36, 40, 42, 44, 48, 52];

    /// <summary>The registers of a kernel on a machine.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="plan">What the kernel does there.</param>
    /// <param name="root">Where the kernel's root lies.</param>
    /// <remarks>Linux: <c>__cpu_setup</c> in <c>arch/arm64/mm/proc.S</c>; T0SZ as <c>cpu_uninstall_idmap</c> leaves it; <c>phys_to_ttbr</c>, <c>offset_ttbr1</c>.</remarks>
    public static KernelRegisters Of(KernelMachine machine, KernelPlan plan, Addressing.PhysicalAddress root)
    {
        TableGeometry geometry = plan.Geometry;
        ulong empty = machine.Image is { } image ? TranslationTableBase.Encode(image.Physical(image.ReservedTable)) : 0;
        return new KernelRegisters(empty, TranslationTableBase.Encode(root + geometry.Ttbr1Offset), TcrOf(machine, geometry, plan.Plan.Settings.Format), MairAtBoot);
    }

    private static ulong TcrOf(KernelMachine machine, TableGeometry geometry, OutputAddressFormat format)
    {
        KernelConfig config = machine.Config;
        int addressBits = Math.Min(machine.Cpu.PhysicalAddressBits, format.AddressBits);
        ulong size = (ulong)Array.FindLastIndex(AddressSizes, bits => bits <= addressBits);
        (ulong lower, ulong upper) = geometry.Granule switch
        {
            GranuleSize.Size4K => (0UL, 2UL),
            GranuleSize.Size16K => (2UL, 1UL),
            _ => (1UL, 3UL),
        };
        ulong unused = (ulong)(64 - geometry.ActualVirtualAddressBits);
        return TcrAlways | (size << 32) | (upper << 30) | (lower << 14) | (unused << 16) | unused
            | (config.IsEnabled("ARM64_MTE") ? TaggedUpperHalf : 0)
            | (config.IsEnabled("ARM64_HW_AFDBM") && machine.Cpu.HasAccessFlagUpdate ? AccessFlagUpdate : 0)
            | (config.RandomizeBase ? NoFaultingWalksInUpperHalf : 0)
            | (format.IsLpa2 ? WideDescriptors : 0);
    }
}
