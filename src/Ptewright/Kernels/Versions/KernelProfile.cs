using System.Globalization;
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
    /// <summary>Behind the name of a kernel whose leaves have bit 55, though its number is one of those without.</summary>
    internal const string DirtySuffix = "+bit55";

    /// <summary>Behind the name of a kernel whose leaves have no bit 55, though its number is one of those with it.</summary>
    internal const string PlainSuffix = "-bit55";

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

    /// <summary>What stable updates of the series changed, the newest first; the facts are those of the newest.</summary>
    internal IReadOnlyList<StableUpdate> Updates { get; init; } = [];

    /// <summary><see cref="DefaultConfig"/>, read.</summary>
    public KernelConfig ReadDefaultConfig() => KernelConfig.Parse(DefaultConfig, $"the configuration of {Name}").AsUsual();

    /// <summary>Where the fixmap slots of a kernel of this version lie.</summary>
    /// <param name="geometry">The shape of its tables.</param>
    /// <param name="config">Its configuration; null for that of a distribution.</param>
    /// <exception cref="InvalidInputException">The configuration is for so many CPUs as no kernel is.</exception>
    internal FixmapLayout FixmapFor(in TableGeometry geometry, KernelConfig? config = null) =>
        Facts.Regions.FixmapFor(geometry, Facts.Regions.Fixmap.PermanentSlots(geometry, config ?? ReadDefaultConfig()));

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

    /// <summary>The kernel as it was at a stable update.</summary>
    /// <param name="patch">The third number of its version; 0 when that is not known, for the newest.</param>
    /// <returns>The same when nothing changed since.</returns>
    internal KernelProfile At(int patch)
    {
        StableUpdate[] later = [.. Updates.Where(update => patch != 0 && patch < update.Patch)];
        return later.Length == 0 ? this : this with
        {
            Name = string.Create(CultureInfo.InvariantCulture, $"{Name}.{patch}"),
            Facts = later.Aggregate(Facts, (facts, update) => update.Before(facts)),
            Updates = [],
        };
    }

    /// <summary>The kernel whose leaves have bit 55, or have not, whatever its number says: distributions take changes before or after.</summary>
    /// <param name="marksDirty">Whether they have it.</param>
    /// <returns>The same when nothing differs.</returns>
    internal KernelProfile WithDirty(bool marksDirty) => marksDirty == Facts.MarksDirty ? this : this with
    {
        Name = Name + (marksDirty ? DirtySuffix : PlainSuffix),
        Facts = Facts with { MarksDirty = marksDirty },
        Updates = [],
    };

    /// <summary>What is to be said of one release of the series; null where nothing is.</summary>
    /// <param name="version">The release.</param>
    internal string? RemarkFor(LinuxVersion version)
    {
        StableUpdate[] later = [.. Updates.Where(update => version.Patch != 0 && version.Patch < update.Patch)];
        return version.Patch == 0 && version.Suffix.Length > 0 && Updates.Count > 0
            ? $"Linux {version} does not say which stable update it is made of, so it is taken for the newest of {Name}; before {Series.Major}.{Series.Minor}.{Updates[0].Patch} {Updates[0].What}."
            : later.Length == 0 ? null
            : string.Create(CultureInfo.InvariantCulture, $"Linux {version} is {Name} as it was before {string.Join("; before ", later.Reverse().Select(update => $"{Series.Major}.{Series.Minor}.{update.Patch}: {update.What}"))}.");
    }

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}
