using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.Firmware;
using Ptewright.LinearMap;
using Ptewright.Simulation;
using Ptewright.Translation;

namespace Ptewright.Kernels;

/// <summary>What one Linux version maps at its start, in which order, with which bits.</summary>
/// <remarks>A new profile is a class of its own that says what differs; it is listed in <see cref="KernelProfiles"/>. See docs/kernels.md.</remarks>
public abstract partial class KernelProfile
{
    /// <summary>The name on the command line: <c>linux-6.12</c>.</summary>
    public abstract string Name { get; }

    /// <summary>What it is, in one line.</summary>
    public abstract string Summary { get; }

    /// <summary>The strategy that this kernel has.</summary>
    public abstract StrategyPreset Strategy { get; }

    /// <summary>The configuration that is assumed when none is given: a distribution's, as text.</summary>
    public abstract string DefaultConfig { get; }

    /// <summary>How it lists its tables. Linux: <c>arch/arm64/mm/ptdump.c</c>.</summary>
    public abstract PtdumpFormat Listing { get; }

    /// <summary>Where the fixmap slots of a kernel of this version lie, as distributions configure it: two markers of its listing depend on it.</summary>
    /// <param name="geometry">The shape of its tables.</param>
    public abstract FixmapLayout ListingFixmap(TableGeometry geometry);

    /// <summary>The shape of tables that a kernel of this version built, of which the registers show only what is in use.</summary>
    /// <param name="granule">The granule in use.</param>
    /// <param name="actualBits">The size of virtual addresses in use: 64 - TCR_EL1.T1SZ.</param>
    /// <param name="builtBits">The size that the kernel was built for, if it is known. Otherwise 52 where this version's usual configuration has 52 and the kernel would fall
    /// back to what is in use; else what is in use.</param>
    /// <exception cref="InvalidInputException">This version has no such kernels.</exception>
    public TableGeometry ListingGeometry(GranuleSize granule, int actualBits, int? builtBits = null)
    {
        bool mayFallBack = ReadDefaultConfig().VaBits == 52 && CanBeBuilt(granule, 52) && TableGeometry.TryCreate(granule, 52, actualBits, out _);
        int built = builtBits ?? (mayFallBack ? 52 : actualBits);
        return CanBeBuilt(granule, built) && TableGeometry.TryCreate(granule, built, actualBits, out TableGeometry geometry)
            ? geometry
            : throw new InvalidInputException(
                $"No kernel of {Name} is built for {built}-bit addresses with {1 << ((int)granule - 10)}K pages and uses {actualBits} bits, as these tables do.");
    }

    /// <summary>From where to where a walk of a running kernel keeps other walks away from the fixmap slots. Linux: <c>fixmap_lock</c>.</summary>
    public virtual FixmapLock FixmapLock => FixmapLock.WholeWalk;

    /// <summary>Bits of every table descriptor besides the address.</summary>
    protected virtual ulong TableBits => TableSettings.TableBitsLinux612;

    /// <summary>Which live entries may change.</summary>
    protected abstract ChangeSafety ChangeSafety { get; }

    /// <summary>The words that <c>rodata=</c> understands.</summary>
    protected virtual RodataWords RodataWords => RodataWords.FullOnOff;

    /// <summary>Whether the start of the linear map is randomised with KASLR (until v6.15).</summary>
    protected virtual bool RandomizesStart => true;

    /// <summary>Whether the command line keeps the kernel where it was linked, by this version's rule.</summary>
    /// <param name="commandLine">The command line.</param>
    public virtual bool IsKaslrOff(KernelCommandLine commandLine)
    {
        ArgumentNullException.ThrowIfNull(commandLine);
        return commandLine.NoKaslr;
    }

    /// <summary>Whether this version can be configured with these sizes. Linux: <c>arch/arm64/Kconfig</c>.</summary>
    protected virtual bool CanBeBuilt(GranuleSize granule, int virtualAddressBits) => true;

    /// <summary><see cref="DefaultConfig"/>, read.</summary>
    public KernelConfig ReadDefaultConfig() => KernelConfig.Parse(DefaultConfig, $"the configuration of {Name}");

    /// <summary>Plans what this kernel does.</summary>
    /// <param name="machine">What it finds.</param>
    /// <param name="scope">How much of its start.</param>
    /// <exception cref="InvalidInputException">The kernel cannot run there.</exception>
    public KernelPlan Plan(KernelMachine machine, KernelScope scope)
    {
        List<string> remarks = [];
        TableGeometry geometry = GeometryFor(machine);
        bool wide = HasWideAddresses(machine, geometry);
        OutputAddressFormat format = wide ? OutputAddressFormat.Bits52(geometry.Granule) : OutputAddressFormat.Bits48(geometry.Granule);
        BootMemory memory = BootMemory.Decide(
            machine,
            geometry,
            PhysicalAddressBits(machine, wide),
            PlaceOf(machine),
            RandomizesStart && !IsKaslrOff(machine.CommandLine),
            ReservationRules(machine.Config, machine.CommandLine),
            remarks);
        PlanBuilder builder = new(machine, memory, geometry, format, NotGlobal(machine), remarks);
        AddSteps(builder, scope);
        remarks.AddRange(WordsNotHeeded(machine));
        remarks.AddRange(machine.Cpu.Remarks);
        if (machine.Image is null)
        {
            remarks.Add(machine.Place is null
                ? "Without --symbols there is no kernel image: no alias is mapped and nothing is reserved for it."
                : "Where the image lies is known, but without --symbols not where in it the root table does: here the root lies outside memory"
                    + (scope == KernelScope.MapMem ? "." : ", and what paging_init maps of the image besides its alias is left out."));
        }
        else if (!machine.Image.Base.IsAligned(BootAlignment))
        {
            remarks.Add(
                $"The image's base {machine.Image.Base} is no multiple of 2 MiB: a boot loader puts an image at one; only the EFI stub of a kernel with KASLR takes any multiple of 64 KiB.");
        }

        if (machine.Image is not null && !machine.Image.Physical(machine.Image.SwapperTable).IsAligned(geometry.PageSize))
        {
            remarks.Add($"The symbols are those of a kernel with other pages: its root table is not aligned to {geometry.PageSize >> 10}K.");
        }

        TableSettings settings = new(geometry, format, TableBits, ChangeSafety, rootThroughSlot: false);
        LinearMapPlan plan = LinearMapPlan.ForSteps(
            settings,
            FixmapFor(machine, geometry),
            builder.Protection(ProtectionKind.Kernel),
            memory.Layout,
            memory.Place.MemoryStart,
            builder.Steps,
            machine.Image is { } image ? image.Physical(image.SwapperTable) : null,
            machine.Image is { } same ? same.Physical(same.IdentityTable) : null,
            IdentityResizesLowerHalf(machine, geometry));
        return new KernelPlan(this, plan, Strategy, remarks, builder.Blocks, memory.PlacedRegions);
    }

    /// <summary>The steps of this kernel.</summary>
    protected abstract void AddSteps(PlanBuilder builder, KernelScope scope);

    /// <summary>Where the fixmap slots lie.</summary>
    protected abstract FixmapLayout FixmapFor(KernelMachine machine, TableGeometry geometry);

    /// <summary>The first byte of the image that is reserved in memory.</summary>
    protected abstract PhysicalAddress? ReservedFrom(KernelImage? image);

    /// <summary>Whether descriptors hold 52-bit output addresses on this machine.</summary>
    protected abstract bool HasWideAddresses(KernelMachine machine, TableGeometry geometry);

    /// <summary>How many bits of physical address the kernel's entries hold on this machine.</summary>
    protected abstract int PhysicalAddressBits(KernelMachine machine, bool wide);

    /// <summary>Whether kernel mappings carry nG: KASLR in effect on a CPU that lets EL0 probe the kernel's half. Linux: <c>kaslr_requires_kpti</c>.</summary>
    protected virtual bool NotGlobal(KernelMachine machine) =>
        machine.Config.RandomizeBase && machine.Config.UnmapKernelAtEl0
        && !IsKaslrOff(machine.CommandLine) && machine.KaslrSeed is not (null or 0)
        && !(machine.Config.E0pd && machine.Cpu.HasE0pd);

    /// <summary>The part of the image whose alias in the linear map becomes read-only: from <c>_stext</c>, later <c>_text</c>, to <c>__init_begin</c>. Linux:
    /// <c>mark_linear_text_alias_ro</c>.</summary>
    /// <param name="image">The image.</param>
    public (PhysicalAddress Start, PhysicalAddress End) ReadOnlyAlias(KernelImage image) =>
        (ReservedFrom(image)!.Value, image.Physical(image.InitStart));

    /// <summary>The same part, if it is known where the image lies.</summary>
    /// <param name="machine">The machine.</param>
    public (PhysicalAddress Start, PhysicalAddress End)? ReadOnlyAlias(KernelMachine machine) =>
        PlaceOf(machine) is { } place ? (place.AliasStart, place.AliasEnd) : null;

    /// <summary>Where the image lies, by its symbols or by what else is known.</summary>
    /// <param name="machine">The machine.</param>
    protected internal ImagePlace? PlaceOf(KernelMachine machine)
    {
        ArgumentNullException.ThrowIfNull(machine);
        return machine.Image is { } image
            ? new ImagePlace(image.Base, ReservedFrom(image)!.Value, image.Physical(image.InitStart), image.PhysicalEnd)
            : machine.Place;
    }

    /// <summary>What the kernel decides about changes of its linear map once it runs. Linux: <c>arch_add_memory</c>, <c>unmap_hotplug_range</c>.</summary>
    /// <param name="machine">What it runs on.</param>
    /// <param name="strategy">How it builds tables, if not in its own way.</param>
    public LateOptions LateOptions(KernelMachine machine, StrategyOptions? strategy = null) => new(
        strategy ?? Strategy.Options,
        DecideBlocks(machine).Flags,
        RootThroughSlot: true,
        RemovalFlush,
        RangeFlushFor(machine));

    /// <summary>When the translations of removed memory are invalidated.</summary>
    protected virtual RemovalFlush RemovalFlush => RemovalFlush.WholeRange;

    /// <summary>How the translations of several pages are forgotten. Linux: <c>flush_tlb_kernel_range</c>.</summary>
    protected virtual RangeFlush RangeFlushFor(KernelMachine machine) => RangeFlush.Pages;

    /// <summary>Whether KFENCE gets its pool before the linear map is made. Linux: <c>kfence_early_init</c>.</summary>
    protected virtual bool HasEarlyKfence(KernelMachine machine) =>
        machine.Config.Kfence && (machine.CommandLine.KfenceSampleInterval ?? (long)machine.Config.KfenceSampleInterval) != 0;

    // Linux: Documentation/arch/arm64/booting.rst; EFI_KIMG_ALIGN, MIN_KIMG_ALIGN.
    private const ulong BootAlignment = 2UL << 20;

    private bool IdentityResizesLowerHalf(KernelMachine machine, TableGeometry geometry)
    {
        // idmap_t0sz = 63 - the highest bit of (end of the image | the smallest address size); the kernel's own is 64 - the actual size.
        ulong highest = (PlaceOf(machine)?.End.Value ?? 0) | ((1UL << geometry.MinimumVirtualAddressBits) - 1);
        return 64 - System.Numerics.BitOperations.LeadingZeroCount(highest) != geometry.ActualVirtualAddressBits;
    }

    private TableGeometry GeometryFor(KernelMachine machine)
    {
        GranuleSize granule = machine.Config.Granule;
        int bits = machine.Config.VaBits;
        if (granule == GranuleSize.Size16K && !machine.Cpu.Has16K)
        {
            throw new InvalidInputException($"CPU {machine.Cpu.Name} has no 16K pages, so a kernel with 16K pages does not start on it.");
        }

        if (granule == GranuleSize.Size64K && !machine.Cpu.Has64K)
        {
            throw new InvalidInputException($"CPU {machine.Cpu.Name} has no 64K pages, so a kernel with 64K pages does not start on it.");
        }

        _ = TableGeometry.TryCreate(granule, bits, bits, out TableGeometry geometry);
        bool full = bits != 52 || (machine.Cpu.Translates52(granule) && !(HeedsNoLva && machine.CommandLine.FeatureOverrides.NoLva));
        int actual = full ? bits : geometry.MinimumVirtualAddressBits;
        return CanBeBuilt(granule, bits) && TableGeometry.TryCreate(granule, bits, actual, out geometry)
            ? geometry
            : throw new InvalidInputException($"{Name} has no {bits}-bit virtual addresses with pages of {geometry.PageSize >> 10}K.");
    }
}
