using Ptewright.Addressing;
using Ptewright.LinearMap;
using Ptewright.Translation;

namespace Ptewright.Explaining;

/// <summary>Which tables a kernel says that it printed entries of: <c>swapper pgtable: 4k pages, 48-bit VAs, pgdp=0000000041711000</c>.</summary>
/// <param name="IsUser">Whether they are a program's; otherwise the kernel's own.</param>
/// <param name="Granule">The granule.</param>
/// <param name="AddressBits">The size of virtual addresses in use, in bits. Until 5.3 the size that the kernel was built for, which was the same.</param>
/// <param name="Root">Where the root lies; null where it is not printed (4.19 prints a hash of it).</param>
public sealed record PrintedTables(bool IsUser, GranuleSize Granule, int AddressBits, PhysicalAddress? Root)
{
    /// <summary>Whether Linux has tables of this shape.</summary>
    internal bool IsPossible => TableGeometry.TryCreate(Granule, AddressBits, AddressBits, out _);
}
