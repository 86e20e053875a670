using Ptewright.Addressing;
using Ptewright.Kernels.Planning;
using Ptewright.LinearMap;
using Ptewright.Simulation;
using Ptewright.Texts;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Captures;

/// <summary>What a folder knows of a kernel's tables when they were built here, beyond what registers say.</summary>
public sealed record KernelTables
{
    // More than any kernel has: 4 MiB of device tree in 4K pages, 4096 CPUs, and some more.
    private const int MostFixmapSlots = 8192;

    /// <summary>The kernel profile's name.</summary>
    public required string Profile { get; init; }

    /// <summary>The shape of the tables.</summary>
    public required TableGeometry Geometry { get; init; }

    /// <summary>The address format of descriptors.</summary>
    public required OutputAddressFormat Format { get; init; }

    /// <summary>Where the kernel's root lies.</summary>
    public required PhysicalAddress Root { get; init; }

    /// <summary>Where the identity map's root lies, if the plan makes one.</summary>
    public PhysicalAddress? IdentityRoot { get; init; }

    /// <summary>The physical address at the start of the linear map; may wrap below 0. Linux: <c>memstart_addr</c>.</summary>
    public required PhysicalAddress MemoryStart { get; init; }

    /// <summary>How many of its fixmap slots are permanent, which its configuration decides; null in a folder that does not say so. Linux: <c>__end_of_permanent_fixed_addresses</c>.</summary>
    internal int? FixmapSlots { get; private init; }

    /// <summary>The digest of the tables below <see cref="Root"/>.</summary>
    public required TableDigest Digest { get; init; }

    /// <summary>What is known of the tables that the last build of a simulation left.</summary>
    internal static KernelTables Of(KernelPlan plan, LinearMapSimulation simulation) => new()
    {
        Profile = plan.Profile.Name,
        Geometry = plan.Geometry,
        Format = plan.Plan.Settings.Format,
        Root = simulation.Root,
        IdentityRoot = plan.Plan.Steps.Any(step => step.Root == PlanRoot.Identity) ? plan.Plan.IdentityRoot : null,
        MemoryStart = plan.Plan.MemoryStart,
        FixmapSlots = plan.PermanentSlots,
        Digest = simulation.Digest(),
    };

    /// <summary>Reads the part of a description.</summary>
    /// <exception cref="InvalidInputException">It contradicts itself.</exception>
    internal static KernelTables Parse(string file, FolderKernelJson json)
    {
        GranuleSize granule = GranuleOf(file, json.Granule);
        if (!TableGeometry.TryCreate(granule, json.VaBits, json.ActualVaBits, out TableGeometry geometry))
        {
            throw TextFile.Error(file, $"there are no {json.VaBits}-bit virtual addresses, {json.ActualVaBits} of them in use, with {json.Granule} pages");
        }

        return FolderText.Number(file, "pageOffset", json.PageOffset) != geometry.PageOffset.Value
            ? throw TextFile.Error(file, $"pageOffset is {TextFile.Quote(json.PageOffset)}, but {json.VaBits}-bit addresses begin at {geometry.PageOffset}")
            : new KernelTables
            {
                Profile = json.Profile,
                Geometry = geometry,
                Format = FormatOf(file, json, granule),
                Root = new PhysicalAddress(FolderText.Number(file, "root", json.Root)),
                IdentityRoot = FolderText.NumberOrNull(file, "identityRoot", json.IdentityRoot) is { } root ? new PhysicalAddress(root) : null,
                MemoryStart = new PhysicalAddress(FolderText.Number(file, "memstart", json.Memstart)),
                FixmapSlots = SlotsOf(file, json.FixmapSlots),
                Digest = DigestOf(file, json.Digest),
            };
    }

    /// <summary>The granule of a name.</summary>
    /// <exception cref="InvalidInputException">There is none.</exception>
    internal static GranuleSize GranuleOf(string file, string name) =>
        GranuleText.Find(name) ?? throw TextFile.Error(file, $"granule {TextFile.Quote(name)} is none of 4K, 16K and 64K");

    /// <summary>The part of a description.</summary>
    internal FolderKernelJson ToJson() => new(
        Profile,
        GranuleText.NameOf(Geometry.Granule),
        Geometry.VirtualAddressBits,
        Geometry.ActualVirtualAddressBits,
        NameOf(Format),
        FolderText.Of(Geometry.PageOffset.Value),
        FolderText.Of(MemoryStart.Value),
        FolderText.Of(Root.Value),
        Digest.ToString(),
        FolderText.Of(IdentityRoot?.Value),
        FixmapSlots);

    /// <summary>Where every table begins: the kernel's root, and the identity map's.</summary>
    internal IEnumerable<TranslationRoot> Roots() =>
        (IdentityRoot is { } identity ? [Root, identity] : new[] { Root }).Select(table => BuiltTables.RootOf(Geometry, Format, table));

    private static int? SlotsOf(string file, int? slots) => slots is null or (> 0 and <= MostFixmapSlots) ? slots
        : throw TextFile.Error(file, $"fixmapSlots is {slots}, but kernels have 1 to {MostFixmapSlots} permanent fixmap slots");

    private static OutputAddressFormat FormatOf(string file, FolderKernelJson json, GranuleSize granule)
    {
        OutputAddressFormat[] formats = [OutputAddressFormat.Bits48(granule), OutputAddressFormat.Bits52(granule)];
        int index = Array.FindIndex(formats, format => NameOf(format) == json.AddressFormat);
        return index >= 0
            ? formats[index]
            : throw TextFile.Error(
                file, $"address format {TextFile.Quote(json.AddressFormat)} is none of {string.Join(" and ", formats.Select(NameOf))} that {json.Granule} pages have");
    }

    private static string NameOf(OutputAddressFormat format) => format.IsLpa2 ? "LPA2" : format.AddressBits == 52 ? "LPA" : "48-bit";

    private static TableDigest DigestOf(string file, string text) =>
        TableDigest.TryParse(text, out TableDigest digest)
            ? digest
            : throw TextFile.Error(file, $"digest {TextFile.Quote(text)} does not have 32 hexadecimal digits");
}
