using Ptewright.Addressing;

namespace Ptewright.Firmware;

/// <summary>A range of physical memory that a line of <c>/proc/iomem</c> speaks of, as it is written there.</summary>
public sealed record IomemRegion
{
    /// <summary>What the line says.</summary>
    public required IomemRegionKind Kind { get; init; }

    /// <summary>The first byte.</summary>
    public required PhysicalAddress Start { get; init; }

    /// <summary>The first byte behind it. (The line itself names the last byte.)</summary>
    public required PhysicalAddress End { get; init; }

    /// <summary>The line, counted from 1.</summary>
    public required int Line { get; init; }

    /// <summary>The length in bytes.</summary>
    public ulong Size => End.Value - Start.Value;
}
