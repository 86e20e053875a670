using System.Numerics;
using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.Kernels.AddressSpace;
using Ptewright.Kernels.Planning;
using Ptewright.Kernels.Versions;
using Ptewright.LinearMap;
using Ptewright.Texts;
using Ptewright.Translation;

namespace Ptewright.Discovery;

/// <summary>Says of a root what follows for its kernel, and how each statement is known.</summary>
/// <param name="image">The source.</param>
internal sealed class KernelDescription(MemoryImage image)
{
    /// <summary>Describes the kernel of a root.</summary>
    /// <param name="root">The root.</param>
    /// <param name="early">Roots of its first moments.</param>
    public FoundKernel Describe(EvaluatedRoot root, IEnumerable<EvaluatedRoot> early)
    {
        TreeProof proof = root.Proof;
        NamedRoot? info = root.Named.Find(named => named.Info is not null);
        (KnownBy by, string evidence) = root.Named.Count > 0 ? (root.Named[0].By, root.Named[0].Where) : (KnownBy.Tables, "the structure of the tables");
        string tables = proof.IsProven ? $"{evidence}; the tables below it bear it out" : evidence;
        FoundRoot own = new(RootKind.Kernel, root.Table, by, root.Named.Count > 0 ? tables : "the tables below it map memory and the image that it lies in");
        Known<string>? release = Release(proof, info);
        KernelMatch? match = Match(proof.Facts?.Banner?.Text ?? release?.Value);
        Known<ulong>? memoryStart = root.Symbols?.ReadVariable(image, "memstart_addr") is { } value ? new(value, KnownBy.Symbols, "the kernel's own variable, memstart_addr") : null;
        Known<int>? built = Built(root, info, match?.Profile, memoryStart);
        Known<VirtualAddress>? imageAddress = proof.ImageDistance is { } distance
            ? new(new VirtualAddress(proof.ImageStart + distance), KnownBy.Tables, "the image's mapping") : null;
        ulong? mair = image.Registers.Mair ?? root.Registers.Mair;
        return new FoundKernel
        {
            Root = own,
            Registers = root.Registers with { Mair = mair ?? match?.Profile.Facts.MairAtBoot },
            MairBy = mair is not null ? KnownBy.Registers : match is null ? null : KnownBy.Usual,
            Granule = new(root.Shape.Granule, by, tables),
            InputBits = new(root.Shape.InputBits, by, tables),
            IsLpa2 = new(root.Shape.IsLpa2, by, tables),
            BuiltBits = built,
            LinearStart = proof.Linear is { } linear ? new(linear.Start, KnownBy.Tables, "the first address that is mapped at that distance") : null,
            LinearPhysical = proof.Linear is { } same ? new(same.Physical, KnownBy.Tables, "where that address leads") : null,
            PhysicalOffset = PhysicalOffset(proof, info, built, memoryStart),
            ImageOffset = proof.ImageDistance is { } offset
                ? new(offset, KnownBy.Tables, info?.Info?.ImageOffset == offset ? $"the image's mapping; {info.Where} says the same" : "the image's mapping") : null,
            ImageStart = proof.ImageDistance is null ? null
                : proof.Header is { } header ? new(header.At, KnownBy.Image, "the image's header")
                : new(new PhysicalAddress(proof.ImageStart), KnownBy.Tables, proof.ImageStart == proof.MappedImage.Start ? "the lowest part that is mapped; there is no header"
                    : "64 KiB in front of the lowest part that is mapped, a multiple of 2 MiB; the header is not there"),
            ImageSize = proof.ImageDistance is null ? null
                : proof.Header is { Size: > 0 } sized ? new(sized.Size, KnownBy.Image, "the image's header")
                : new(proof.ImageSize, KnownBy.Tables, "what is mapped of it"),
            ImageAddress = imageAddress,
            KaslrOffset = Kaslr(root, info, match, built, imageAddress?.Value, proof.Header is not null),
            Banner = proof.Facts?.Banner is { } banner ? new(banner.Text, KnownBy.Image, $"the image's memory at {banner.At}") : null,
            Release = release,
            BuildId = info?.Info?.BuildId is { } id ? new(id, info.By, info.Where)
                : proof.Facts?.BuildId is { } note ? new(note, KnownBy.Image, "the only such note in the image that is no vDSO's") : null,
            CoreInfo = info?.Info,
            Profile = match,
            Roots = [own, .. root.Beside, .. BySymbols(root), .. early.Select(candidate => new FoundRoot(RootKind.Early, candidate.Table, KnownBy.Tables, "it lies in the image and maps the image alone"))],
            Score = root.Score,
            Points = root.Points(),
            IsProven = proof.IsProven,
        };
    }

    // The roots beside the kernel's own, where their pages do not show them.
    private static IEnumerable<FoundRoot> BySymbols(EvaluatedRoot root) =>
        from named in new[] { (RootKind.Empty, "reserved_pg_dir"), (RootKind.Trampoline, "tramp_pg_dir"), (RootKind.Identity, "idmap_pg_dir") }
        where !root.Beside.Any(beside => beside.Kind == named.Item1)
        let table = root.Symbols?.Find(named.Item2)
        where table is not null
        select new FoundRoot(named.Item1, table.Value, KnownBy.Symbols, $"the kernel's own symbol {named.Item2}");

    private static Known<string>? Release(TreeProof proof, NamedRoot? info)
    {
        if (proof.Facts?.Banner is { } banner)
        {
            string release = banner.Text[KernelBanner.Start.Length..].Split(' ')[0];
            return new(release, KnownBy.Image, info?.Info?.Release == release ? $"the image's banner; {info.Where} says the same" : "the image's banner");
        }

        return info?.Info?.Release is { } said ? new(said, info.By, info.Where) : null;
    }

    /// <summary>The profile of a release; null when it is not known, or no profile is near.</summary>
    internal static KernelMatch? Match(string? release)
    {
        try
        {
            return release is null ? null : KernelProfiles.ForRelease(release);
        }
        catch (InvalidInputException)
        {
            // No profile is near: then nothing that depends on one is said.
            return null;
        }
    }

    // Only a kernel for 52 bits runs with fewer than it was built for, and then with the fewest that it can.
    private static Known<int>? Built(EvaluatedRoot root, NamedRoot? info, KernelProfile? profile, Known<ulong>? memoryStart)
    {
        GranuleSize granule = root.Shape.Granule;
        int bits = root.Shape.InputBits;
        if (info?.Info?.VaBits is { } said && said <= 52 && TableGeometry.TryCreate(granule, (int)said, bits, out _))
        {
            return new((int)said, info.By, info.Where);
        }

        if (granule == GranuleSize.Size64K && bits == 48)
        {
            return new(root.Shape.Offset != 0 ? 52 : 48, KnownBy.Tables, "where in its page the root lies");
        }

        if (!TableGeometry.TryCreate(granule, 52, bits, out _) || bits == 52)
        {
            return new(bits, KnownBy.Tables, "no kernel for more bits runs with so many");
        }

        // The linear region begins at -2^built, and memstart_addr belongs there.
        if (memoryStart is { } start && root.Proof.LinearDistance is { } distance && 0UL - start.Value - distance is var size && BitOperations.IsPow2(size)
            && TableGeometry.TryCreate(granule, BitOperations.Log2(size), bits, out _))
        {
            return new(BitOperations.Log2(size), start.By, $"{start.Evidence}, and the linear map's distance");
        }

        try
        {
            return profile is null ? null : new(profile.ListingGeometry(granule, bits).VirtualAddressBits, KnownBy.Usual, $"as distributions configure {profile.Name}; the tables would be the same otherwise");
        }
        catch (InvalidInputException)
        {
            return null;
        }
    }

    private static Known<ulong>? PhysicalOffset(TreeProof proof, NamedRoot? info, Known<int>? built, Known<ulong>? memoryStart)
    {
        if (proof.LinearDistance is not { } distance || built is null)
        {
            return null;
        }

        ulong offset = 0UL - (1UL << built.Value) - distance;
        return memoryStart?.Value == offset && info?.Info?.PhysicalOffset != offset ? memoryStart with { Evidence = $"{memoryStart.Evidence}; the linear map shows the same" }
            : info?.Info?.PhysicalOffset == offset ? new(offset, info.By, $"{info.Where}; the linear map shows the same")
            : new(offset, built.By == KnownBy.Usual ? KnownBy.Usual : KnownBy.Tables, $"the linear map's distance, for addresses of {built.Value} bits as built");
    }

    /// <summary>Where the images of a kernel are linked.</summary>
    /// <returns>Null where there are no tables of these sizes.</returns>
    internal static ulong? LinkedAt(KernelProfile profile, GranuleSize granule, int builtBits, int inputBits) =>
        TableGeometry.TryCreate(granule, builtBits, inputBits, out TableGeometry geometry) ? profile.Facts.Regions.ModulesEnd(geometry).Value : null;

    private static Known<ulong>? Kaslr(EvaluatedRoot root, NamedRoot? info, KernelMatch? match, Known<int>? built, VirtualAddress? address, bool hasHeader)
    {
        if (info?.Info?.KaslrOffset is { } said)
        {
            return new(said, info.By, info.Where);
        }

        if (match is null || built is null || address is null || !hasHeader || LinkedAt(match.Profile, root.Shape.Granule, built.Value, root.Shape.InputBits) is not { } linked)
        {
            return null;
        }

        return new(address.Value.Value - linked, match.Fit == KernelFit.Nearest ? KnownBy.Usual : KnownBy.Tables, $"the image's address, less 0x{linked:x16} where {match.Profile.Name} is linked");
    }
}
