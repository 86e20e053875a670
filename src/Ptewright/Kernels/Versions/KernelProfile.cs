using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.Firmware;
using Ptewright.Kernels.Configuration;
using Ptewright.Kernels.Symbols;
using Ptewright.LinearMap;
using Ptewright.Simulation;
using Ptewright.Texts;
using Ptewright.Translation;

namespace Ptewright.Kernels.Versions;

/// <summary>One Linux version: every fact about it that decides about its tables.</summary>
/// <remarks>The versions that are known are in <see cref="KernelProfiles"/>, each a file of data with the source of each fact; what is done with the facts is the same code for all. See
/// docs/kernels.md.</remarks>
public sealed record KernelProfile
{
    /// <summary>The name on the command line: <c>linux-6.12</c>.</summary>
    public required string Name { get; init; }

    /// <summary>What it is, in one line.</summary>
    public required string Summary { get; init; }

    /// <summary>The series whose releases it describes.</summary>
    public required LinuxVersion Series { get; init; }

    /// <summary>A word that the version of such a kernel has besides the numbers, as in <c>5.15.0-1092-azure</c>; null where every release of the series is meant.</summary>
    public string? Flavour { get; init; }

    /// <summary>The strategy that this kernel has.</summary>
    public required StrategyPreset Strategy { get; init; }

    /// <summary>The configuration that is assumed when none is given: a distribution's, as text.</summary>
    public required string DefaultConfig { get; init; }

    /// <summary>What decides about its tables.</summary>
    internal KernelFacts Facts { get; init; } = null!; // Every version's file says it: the language has no required members that only the assembly sees.

    /// <summary><see cref="DefaultConfig"/>, read.</summary>
    public KernelConfig ReadDefaultConfig() => KernelConfig.Parse(DefaultConfig, $"the configuration of {Name}").AsUsual();

    /// <summary>Where the fixmap slots of a kernel of this version lie, as distributions configure it.</summary>
    /// <param name="geometry">The shape of its tables.</param>
    internal FixmapLayout FixmapFor(in TableGeometry geometry) => Facts.Regions.FixmapFor(geometry);

    /// <summary>Whether this version can be configured with these sizes. Linux: <c>ARM64_VA_BITS_52</c> in <c>arch/arm64/Kconfig</c>.</summary>
    /// <param name="granule">The granule.</param>
    /// <param name="virtualAddressBits">The size of virtual addresses.</param>
    public bool CanBeBuilt(GranuleSize granule, int virtualAddressBits) => virtualAddressBits != 52 || Facts.HasLpa2 || granule == GranuleSize.Size64K;

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

    /// <summary>Whether the command line keeps the kernel where it was linked, by this version's rule.</summary>
    /// <param name="commandLine">The command line.</param>
    public bool IsKaslrOff(KernelCommandLine commandLine)
    {
        ArgumentNullException.ThrowIfNull(commandLine);
        return Facts.NoKaslr == NoKaslrPlace.AsWord ? commandLine.NoKaslr : commandLine.NoKaslrByFirstPlace;
    }

    /// <summary>How this kernel reserves what a device tree wants reserved. Linux: <c>drivers/of/of_reserved_mem.c</c>.</summary>
    /// <param name="config">Its configuration.</param>
    /// <param name="commandLine">Its command line.</param>
    public ReservedMemoryRules ReservationRules(KernelConfig config, KernelCommandLine commandLine) => Facts.Reservations.RulesFor(config, commandLine);

    /// <summary>The part of the image whose alias in the linear map becomes read-only: from <see cref="KernelFacts.Image"/> to <c>__init_begin</c>. Linux:
    /// <c>mark_linear_text_alias_ro</c>.</summary>
    /// <param name="image">The image.</param>
    public (PhysicalAddress Start, PhysicalAddress End) ReadOnlyAlias(KernelImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        return (Facts.Image == ImageBeginning.Code ? image.Physical(image.CodeStart) : image.Base, image.Physical(image.InitStart));
    }

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}
