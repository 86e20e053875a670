using Ptewright.Addressing;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.Firmware;

/// <summary>What a copy of <c>/proc/iomem</c> says about memory.</summary>
/// <remarks>
/// The file shows a running kernel, so it does not tell everything about the boot:
/// <list type="bullet">
/// <item>Reserved lines are what firmware reserved and what the kernel had taken for itself by then, its tables among them. Where the
/// tables of another boot land can therefore differ; how many there are does not.</item>
/// <item>Memory that <c>mem=</c>, a usable range or the reach of the linear map cut off is missing.</item>
/// <item>Memory that was added later without a driver's name in the line looks like memory of the boot.</item>
/// <item>All borders are whole pages: a no-map region that was not is larger here.</item>
/// </list>
/// Linux: <c>arch/arm64/kernel/setup.c: request_standard_resources, reserve_memblock_reserved_regions</c>.
/// </remarks>
public sealed class IomemInfo : FirmwareInfo
{
    internal IomemInfo(string name, GranuleSize granule, MemoryLayout layout)
        : base(name, granule, layout)
    {
    }

    /// <summary>The lines that speak of memory, in ascending order of address, as written there.</summary>
    public required IReadOnlyList<IomemRegion> Regions { get; init; }

    /// <summary>Where the kernel's image lies, with the part whose alias is read-only; null without whole <c>Kernel code</c> and <c>Kernel data</c> lines of an arm64 kernel.</summary>
    public ImagePlace? Image =>
        Regions.FirstOrDefault(region => region.Kind == IomemRegionKind.KernelCode) is { } code
        && Regions.FirstOrDefault(region => region.Kind == IomemRegionKind.KernelData) is { } data
        && code.Start.IsAligned(ImagePlace.Alignment) && code.End.IsAligned(ImagePlace.Alignment) && code.End <= data.Start
            ? new ImagePlace(code.Start, code.Start, code.End, data.End)
            : null;
}
