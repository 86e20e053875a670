using Ptewright.Addressing;

namespace Ptewright.Firmware;

/// <summary>How it is known whether a range of a boot log is mapped.</summary>
internal enum DmesgEvidence
{
    /// <summary>Nothing says otherwise, or the likelier of two: a remark says so where it matters.</summary>
    Assumed,

    /// <summary>It touches a range of which it is known, and yet was not joined with it: so its flags are the other ones.</summary>
    Inferred,

    /// <summary>The log says it: a reservation, an EFI memory map, or a use that only mapped memory can have.</summary>
    Stated,
}

/// <summary>A line below <c>Early memory node ranges</c>: memory of one NUMA node with the same flags, whole pages.</summary>
/// <remarks>Linux: <c>for_each_mem_pfn_range</c> in <c>free_area_init</c>, which does not leave no-map memory out and does not say what is.</remarks>
internal sealed record DmesgRange
{
    /// <summary>The NUMA node.</summary>
    public required int Node { get; init; }

    /// <summary>The first byte.</summary>
    public required PhysicalAddress Start { get; init; }

    /// <summary>The first byte behind it. (The line itself names the last byte.)</summary>
    public required PhysicalAddress End { get; init; }

    /// <summary>The line, counted from 1.</summary>
    public required int Line { get; init; }

    /// <summary>Whether the linear map leaves it out.</summary>
    public bool NoMap { get; init; }

    /// <summary>How that is known.</summary>
    public DmesgEvidence Evidence { get; init; }

    /// <summary>The length in bytes.</summary>
    public ulong Size => End.Value - Start.Value;
}
