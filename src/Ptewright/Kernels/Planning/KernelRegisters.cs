using Ptewright.Images;
using Ptewright.Kernels.Configuration;
using Ptewright.Translation;

namespace Ptewright.Kernels.Planning;

/// <summary>The registers that say how a kernel's tables are read, as they are when <c>paging_init</c> ends.</summary>
/// <param name="Ttbr0">TTBR0_EL1: the root of the lower half; <c>reserved_pg_dir</c>, which is empty, or 0 without an image.</param>
/// <param name="Ttbr1">TTBR1_EL1: the root of the kernel's half, without ASID and CnP.</param>
/// <param name="Tcr">TCR_EL1: granules, sizes, cacheability.</param>
/// <param name="Mair">MAIR_EL1: the memory types that descriptors choose from.</param>
public sealed record KernelRegisters(ulong Ttbr0, ulong Ttbr1, ulong Tcr, ulong Mair)
{
    // MAIR_EL1 by AttrIndx: 0 normal 0xff, 1 tagged (0xff until MTE is enabled, later than the linear map), 2 non-cacheable 0x44,
    // 3 Device-nGnRnE 0x00, 4 Device-nGnRE 0x04. Linux: MAIR_EL1_SET in arch/arm64/mm/proc.S, from v5.14 on.
    internal const ulong UsualMair = 0x0000_0004_0044_ffff;

    private const ulong TcrAlways = TranslationControl.LowerTopByteIgnored | TranslationControl.WideAsids | TranslationControl.AsidOfUpperHalf;
    private const ulong TaggedUpperHalf = TranslationControl.UpperTopByteIgnored | TranslationControl.UpperTopByteIgnoredForDataAlone;

    /// <summary>The registers of a kernel on a machine.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="plan">What the kernel does there.</param>
    /// <param name="root">Where the kernel's root lies.</param>
    /// <remarks>Linux: <c>__cpu_setup</c> in <c>arch/arm64/mm/proc.S</c>; T0SZ as <c>cpu_uninstall_idmap</c> leaves it; <c>phys_to_ttbr</c>, <c>offset_ttbr1</c>.</remarks>
    public static KernelRegisters Of(KernelMachine machine, KernelPlan plan, Addressing.PhysicalAddress root)
    {
        TableGeometry geometry = plan.Geometry;
        ulong empty = machine.Image is { } image ? TranslationTableBase.Encode(image.Physical(image.ReservedTable)) : 0;
        return new KernelRegisters(empty, TranslationTableBase.Encode(root + geometry.Ttbr1Offset), TcrOf(machine, geometry, plan.Plan.Settings.Format), plan.Profile.Facts.MairAtBoot);
    }

    /// <summary>The same as a source of memory has them.</summary>
    public ImageRegisters ForImage() => new(Ttbr0, Ttbr1, Tcr, Mair);

    private static ulong TcrOf(KernelMachine machine, TableGeometry geometry, OutputAddressFormat format)
    {
        KernelConfig config = machine.Config;
        int addressBits = Math.Min(machine.Cpu.PhysicalAddressBits, format.AddressBits);
        ulong others = TcrAlways
            | (config.IsEnabled("ARM64_MTE") ? TaggedUpperHalf : 0)
            | (config.IsEnabled("ARM64_HW_AFDBM") && machine.Cpu.HasAccessFlagUpdate ? TranslationControl.AccessFlagUpdate : 0)
            | (config.RandomizeBase ? TranslationControl.NoFaultingWalksInUpperHalf : 0);
        return new TranslationControl(others)
            .WithCacheableWalks()
            .WithHalf(AddressHalf.Lower, geometry.Granule, geometry.ActualVirtualAddressBits)
            .WithHalf(AddressHalf.Upper, geometry.Granule, geometry.ActualVirtualAddressBits)
            .WithOutput(TranslationControl.AddressSizeOf(addressBits), format.IsLpa2)
            .Value;
    }
}
