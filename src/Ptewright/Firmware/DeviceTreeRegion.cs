using Ptewright.Addressing;
using Ptewright.DeviceTree;

namespace Ptewright.Firmware;

/// <summary>A range of physical memory that a device tree speaks of, as it is written there.</summary>
public sealed record DeviceTreeRegion
{
    /// <summary>What it is there for.</summary>
    public required DeviceTreeRegionKind Kind { get; init; }

    /// <summary>The first byte, not rounded.</summary>
    public required PhysicalAddress Start { get; init; }

    /// <summary>The length in bytes, not 0, not rounded.</summary>
    public required ulong Size { get; init; }

    /// <summary>What the node of <c>/reserved-memory</c> says about its use.</summary>
    internal ReservedNodeTraits Traits { get; init; }

    /// <summary>Whether it must not be mapped.</summary>
    public bool NoMap => Traits.HasFlag(ReservedNodeTraits.NoMap);

    /// <summary>The name of the node of <c>/reserved-memory</c>; otherwise empty.</summary>
    public string Name { get; init; } = "";

    /// <summary>Whether it took effect. Where it did not, <see cref="FirmwareInfo.Remarks"/> says why.</summary>
    public bool IsApplied { get; init; }

    /// <summary>The first byte behind it.</summary>
    public PhysicalAddress End => Start + Size;
}
