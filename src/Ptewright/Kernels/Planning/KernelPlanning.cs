using System.Numerics;
using Ptewright.Addressing;
using Ptewright.Firmware;
using Ptewright.Kernels.AddressSpace;
using Ptewright.Kernels.Cpus;
using Ptewright.Kernels.Versions;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Simulation;
using Ptewright.Texts;
using Ptewright.Translation;

namespace Ptewright.Kernels.Planning;

/// <summary>Plans what a kernel does at its start, from the facts of its version.</summary>
public static class KernelPlanning
{
    // Linux: Documentation/arch/arm64/booting.rst; EFI_KIMG_ALIGN, MIN_KIMG_ALIGN.
    private const ulong BootAlignment = 2UL << 20;

    /// <summary>Plans what a kernel does.</summary>
    /// <param name="profile">The kernel.</param>
    /// <param name="machine">What it finds.</param>
    /// <param name="scope">How much of its start.</param>
    /// <exception cref="InvalidInputException">The kernel cannot run there.</exception>
    public static KernelPlan Plan(this KernelProfile profile, KernelMachine machine, KernelScope scope)
    {
        ArgumentNullException.ThrowIfNull(profile);
        ArgumentNullException.ThrowIfNull(machine);
        List<string> remarks = [];
        TableGeometry geometry = GeometryFor(profile, machine);
        bool wide = HasWideAddresses(profile, machine, geometry);
        OutputAddressFormat format = wide ? OutputAddressFormat.Bits52(geometry.Granule) : OutputAddressFormat.Bits48(geometry.Granule);
        BootMemory memory = BootMemory.Decide(
            machine,
            geometry,
            wide ? machine.Config.PaBits : Math.Min(48, machine.Config.PaBits),
            profile.PlaceOf(machine),
            profile.IsKaslrOff(machine.CommandLine) ? RandomStart.None : profile.Facts.RandomStart,
            profile.Facts.StartSeedBit,
            profile.ReservationRules(machine.Config, machine.CommandLine),
            remarks);
        PlanBuilder builder = new(machine, memory, geometry, format, NotGlobal(profile, machine), profile.Facts, remarks);
        PagingInit.AddSteps(profile, builder, scope);
        remarks.AddRange(IgnoredWords.Of(profile, machine));
        remarks.AddRange(machine.Cpu.Remarks);
        if (machine.Config.Kvm && machine.CommandLine.FeatureOverrides.NoVhe && geometry.ActualVirtualAddressBits == 52)
        {
            remarks.Add("A kernel that keeps KVM's hypervisor at EL2 (kvm-arm.mode=nvhe) halves a linear map of 52-bit addresses, which is not reckoned with: its start, if random, and its room differ.");
        }

        if (machine.Image is null)
        {
            remarks.Add(machine.Place is null
                ? $"{InputWords.NoSymbols} there is no kernel image: no alias is mapped and nothing is reserved for it."
                : $"Where the image lies is known, but {InputWords.LacksSymbols} not where in it the root table does: here the root lies outside memory"
                    + (scope == KernelScope.MapMem ? "." : ", and what paging_init maps of the image besides its alias is left out."));
        }
        else if (!machine.Image.Base.IsAligned(BootAlignment))
        {
            remarks.Add(
                $"The image's base {machine.Image.Base} is no multiple of 2 MiB: a boot loader puts an image at one; only the EFI stub of a kernel with KASLR takes any multiple of 64 KiB.");
        }

        if (profile.Facts.DataAlias != Versions.DataAlias.Writable && profile.PlaceOf(machine) is not null && profile.DataAlias(machine) is null)
        {
            remarks.Add("Nothing says where the image's bss ends ('__bss_stop'): this kernel maps the alias of its data and bss by itself, which is left out, so its tables may differ.");
        }

        if (machine.Image is not null && !machine.Image.Physical(machine.Image.SwapperTable).IsAligned(geometry.PageSize))
        {
            remarks.Add($"The symbols are those of a kernel with other pages: its root table is not aligned to {geometry.PageSize >> 10}K.");
        }

        TableSettings settings = new(geometry, format, profile.Facts.TableBits, profile.Facts.ChangeSafety, rootThroughSlot: false);
        LinearMapPlan plan = LinearMapPlan.ForSteps(
            settings,
            profile.FixmapFor(geometry, machine.Config),
            builder.Protection(ProtectionKind.Kernel),
            memory.Layout,
            memory.Place.MemoryStart,
            builder.Steps,
            machine.Image is { } image ? image.Physical(image.SwapperTable) : null,
            machine.Image is { } same ? same.Physical(same.IdentityTable) : null,
            IdentityResizesLowerHalf(profile, machine, geometry));
        return new KernelPlan(profile, plan, profile.Strategy, remarks) { Blocks = builder.Blocks, KfencePool = builder.KfencePool, PlacedRegions = memory.PlacedRegions };
    }

    /// <summary>Where the image lies, by its symbols or by what else is known.</summary>
    /// <param name="profile">The kernel.</param>
    /// <param name="machine">The machine.</param>
    public static ImagePlace? PlaceOf(this KernelProfile profile, KernelMachine machine)
    {
        ArgumentNullException.ThrowIfNull(profile);
        ArgumentNullException.ThrowIfNull(machine);
        return machine.Image is { } image
            ? new ImagePlace(image.Base, profile.ReadOnlyAlias(image).Start, image.Physical(image.InitStart), image.PhysicalEnd)
            : machine.Place;
    }

    /// <summary>The part of the image whose alias in the linear map becomes read-only, if it is known where the image lies.</summary>
    /// <param name="profile">The kernel.</param>
    /// <param name="machine">The machine.</param>
    public static (PhysicalAddress Start, PhysicalAddress End)? ReadOnlyAlias(this KernelProfile profile, KernelMachine machine) =>
        profile.PlaceOf(machine) is { } place ? (place.AliasStart, place.AliasEnd) : null;

    /// <summary>The image's data and bss, where their alias in the linear map is mapped apart, because it is changed later.</summary>
    /// <param name="profile">The kernel.</param>
    /// <param name="machine">The machine.</param>
    internal static MemoryRegion? DataAlias(this KernelProfile profile, KernelMachine machine) =>
        profile.Facts.DataAlias != Versions.DataAlias.Writable && machine.Image is { BssEnd: { } end } image
            ? new MemoryRegion(image.Physical(image.InitEnd), image.Physical(end), noMap: false) : null;

    /// <summary>A random number with which a kernel puts its linear map where it is, for one whose number is not known.</summary>
    /// <param name="profile">The kernel.</param>
    /// <param name="machine">The machine.</param>
    /// <param name="memoryStart">What the kernel says belongs to the start of its linear region (<c>memstart_addr</c>); null when that is not known.</param>
    /// <param name="imageMove">By how much the image was moved from where it is linked; null when that is not known.</param>
    /// <returns>The least one that has this effect; one that moves nothing where none has.</returns>
    /// <exception cref="InvalidInputException">The kernel cannot run there.</exception>
    /// <remarks>Linux, until v6.15: <c>memstart_offset_seed</c>, of 16 bits, in <c>arm64_memblock_init</c>. That there was one at all decides about nG.</remarks>
    internal static ulong SeedFor(this KernelProfile profile, KernelMachine machine, ulong? memoryStart, ulong? imageMove = null)
    {
        // Never 0, which is no number: its other bits are there.
        int bit = profile.Facts.StartSeedBit;
        TableGeometry geometry = GeometryFor(profile, machine);
        (ulong least, ulong mask) = ImageMoves(geometry);
        ulong movesNothing = (bit == 0 ? 1UL << 16 : 1) | (imageMove is { } move && move >= least ? (move - least) & mask : 0);
        if (memoryStart is not { } start || profile.Facts.RandomStart == RandomStart.None)
        {
            return movesNothing;
        }

        LinearMapPlan unmoved = profile.Plan(machine with { KaslrSeed = movesNothing }, KernelScope.MapMem).Plan;
        ulong align = geometry.MemoryStartAlignment;
        long room = BootMemory.RandomRoom(profile.Facts.RandomStart, geometry, machine, unmoved.Memory);
        ulong moved = unmoved.MemoryStart.Value - start;
        ulong steps = room >= (long)align ? (ulong)room / align : 0;
        return steps == 0 || moved % align != 0 || moved / align >= steps ? movesNothing
            : movesNothing + ((((moved / align << 16) + steps - 1) / steps) << bit);
    }

    /// <summary>By how much a kernel moves its image from where it is linked.</summary>
    /// <param name="profile">The kernel.</param>
    /// <param name="machine">The machine; 0 where the symbols are those of a kernel that was moved already.</param>
    /// <param name="geometry">The shape of the tables.</param>
    /// <remarks>Linux: <c>kaslr_early_init</c> in <c>arch/arm64/kernel/kaslr.c</c>, from v6.0 on in <c>arch/arm64/kernel/pi/kaslr_early.c</c>.</remarks>
    internal static ulong ImageMove(this KernelProfile profile, KernelMachine machine, in TableGeometry geometry)
    {
        (ulong least, ulong mask) = ImageMoves(geometry);
        return machine.Image is { } image && machine.Config.RandomizeBase && !profile.IsKaslrOff(machine.CommandLine) && machine.KaslrSeed is { } seed and not 0
            && image.Text.Value - profile.Facts.Regions.ModulesEnd(geometry).Value < BootAlignment
            ? least + (seed & mask) : 0;
    }

    // The middle half of the room of vmalloc, in steps of 2 MiB.
    private static (ulong Least, ulong Mask) ImageMoves(in TableGeometry geometry) =>
        (1UL << (geometry.MinimumVirtualAddressBits - 3), ((1UL << (geometry.MinimumVirtualAddressBits - 2)) - 1) & ~(BootAlignment - 1));

    // Whether descriptors hold 52-bit output addresses. Linux: CONFIG_ARM64_PA_BITS_52; lpa2_is_enabled.
    private static bool HasWideAddresses(KernelProfile profile, KernelMachine machine, in TableGeometry geometry) => geometry.Granule == GranuleSize.Size64K
        ? machine.Config.PaBits == 52
        : profile.Facts.HasLpa2 && machine.Config.Lpa2 && geometry.ActualVirtualAddressBits == 52;

    // Kernel mappings carry nG with KASLR in effect on a CPU that lets EL0 probe the kernel's half. Linux: kaslr_requires_kpti.
    private static bool NotGlobal(KernelProfile profile, KernelMachine machine) =>
        machine.Config.RandomizeBase && machine.Config.UnmapKernelAtEl0
        && !profile.IsKaslrOff(machine.CommandLine) && machine.KaslrSeed is not (null or 0)
        && !(machine.Config.E0pd && machine.Cpu.HasE0pd);

    private static bool IdentityResizesLowerHalf(KernelProfile profile, KernelMachine machine, TableGeometry geometry)
    {
        // idmap_t0sz = 63 - the highest bit of (end of the image | the smallest address size); the kernel's own is 64 - the actual size.
        ulong highest = (profile.PlaceOf(machine)?.End.Value ?? 0) | ((1UL << geometry.MinimumVirtualAddressBits) - 1);
        return 64 - BitOperations.LeadingZeroCount(highest) != geometry.ActualVirtualAddressBits;
    }

    /// <summary>Refuses a CPU that does not have a kernel's pages.</summary>
    /// <param name="cpu">The CPU.</param>
    /// <param name="granule">The page size that the kernel is built for.</param>
    /// <exception cref="InvalidInputException">It has none of that size.</exception>
    internal static void RequireGranule(CpuModel cpu, GranuleSize granule)
    {
        if ((granule == GranuleSize.Size16K && !cpu.Has16K) || (granule == GranuleSize.Size64K && !cpu.Has64K))
        {
            string pages = $"{(1 << (int)granule) >> 10}K pages";
            throw new InvalidInputException($"CPU {cpu.Name} has no {pages}, so a kernel with {pages} does not start on it.");
        }
    }

    private static TableGeometry GeometryFor(KernelProfile profile, KernelMachine machine)
    {
        GranuleSize granule = machine.Config.Granule;
        int bits = machine.Config.VaBits;
        RequireGranule(machine.Cpu, granule);
        _ = TableGeometry.TryCreate(granule, bits, bits, out TableGeometry geometry);
        bool full = bits != 52 || (machine.Cpu.Translates52(granule) && !(profile.Facts.HeedsNoLva && machine.CommandLine.FeatureOverrides.NoLva));
        int actual = full ? bits : geometry.MinimumVirtualAddressBits;
        return profile.CanBeBuilt(granule, bits) && TableGeometry.TryCreate(granule, bits, actual, out geometry)
            ? geometry
            : throw new InvalidInputException($"{profile.Name} has no {bits}-bit virtual addresses with pages of {geometry.PageSize >> 10}K.");
    }
}
