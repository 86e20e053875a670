using Ptewright.Cpu;
using Ptewright.Firmware;
using Ptewright.LinearMap;

namespace Ptewright.Kernels;

/// <summary>Linux 6.18: as 6.12, but a CPU that can split blocks keeps them under rodata=full; table entries carry the Access flag; the start is not randomised.</summary>
/// <remarks>Linux: <c>force_pte_mapping</c>, <c>linear_map_requires_bbml2</c> in <c>arch/arm64/mm/mmu.c</c>. Splitting itself is not planned.</remarks>
public sealed class Linux618 : Linux612
{
    /// <inheritdoc/>
    public override string Name => "linux-6.18";

    /// <inheritdoc/>
    public override string Summary => "Linux 6.18, blocks under rodata=full where the CPU can split them";

    /// <inheritdoc/>
    public override PtdumpFormat Listing => PtdumpFormat.Linux618;

    /// <inheritdoc/>
    protected override ulong TableBits => TableSettings.TableBitsLinux613;

    /// <inheritdoc/>
    protected override RodataWords RodataWords => RodataWords.OnNoaliasOff;

    /// <inheritdoc/>
    protected override bool RandomizesStart => false;

    // Linux: CONFIG_PAGE_BLOCK_MAX_ORDER (from 6.17)
    /// <inheritdoc/>
    protected override int PageBlockOrder(KernelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return Math.Min(base.PageBlockOrder(config), config.PageBlockMaxOrder ?? int.MaxValue);
    }

    // From 6.18.9 on; a kernel before that gives such regions back.
    /// <inheritdoc/>
    public override ReservedMemoryRules ReservationRules(KernelConfig config, KernelCommandLine commandLine) =>
        base.ReservationRules(config, commandLine) with { SkipsReplacedCma = true };

    /// <inheritdoc/>
    protected override RangeFlush RangeFlushFor(KernelMachine machine) =>
        machine.Cpu.HasRangeInvalidation ? RangeFlush.Ranges : RangeFlush.FewerPages;

    // The option of the configuration is gone.
    /// <inheritdoc/>
    protected override (RodataMode Mode, string Why) DefaultRodata(KernelConfig config) => (RodataMode.Full, "rodata=on, which was rodata=full before, is the default of Linux 6.18");

    // force_pte_mapping
    /// <inheritdoc/>
    public override BlockDecision DecideBlocks(KernelMachine machine, bool hasKfencePool = true)
    {
        BlockDecision decision = base.DecideBlocks(machine, hasKfencePool);
        return machine.Cpu.HasBbml2 && !decision.Allowed && !HasDebugPagealloc(machine)
            ? new BlockDecision(true, [$"{machine.Cpu.Name} can split blocks later (BBML2 without conflict aborts), though {string.Join("; ", decision.Reasons)}"])
            : decision;
    }
}
