using Ptewright.Addressing;

namespace Ptewright.Firmware;

/// <summary>What became of a region of <c>/reserved-memory</c> that a kernel had to place.</summary>
internal enum RegionFate
{
    /// <summary>It is reserved where <see cref="PlacedRegion.Start"/> says.</summary>
    Placed,

    /// <summary>There was no room for it where it may lie; the kernel goes on without.</summary>
    NoRoom,

    /// <summary>It was placed, refused by the code that is there for its kind, and given back.</summary>
    GivenBack,

    /// <summary>The command line puts something in its place (<c>cma=</c>), so it is not placed at all.</summary>
    Replaced,

    /// <summary>The kernel's table of such regions was full.</summary>
    TooMany,
}

/// <summary>A region of <c>/reserved-memory</c> without a place of its own, and what a kernel made of it.</summary>
/// <param name="Region">The region.</param>
/// <param name="Fate">What became of it.</param>
/// <param name="Start">Its first byte; null when it was never placed.</param>
internal sealed record PlacedRegion(DeviceTreeDynamicRegion Region, RegionFate Fate, PhysicalAddress? Start)
{
    /// <summary>The first byte behind it; null when it was never placed.</summary>
    public PhysicalAddress? End => Start + Region.Size;
}
