using Ptewright.Addressing;
using Ptewright.Kernels.Versions;

namespace Ptewright.Explaining;

/// <summary>Where an address lies in one kernel's address space, or what value it is.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Address">The address without its tag, as the tables see it.</param>
public sealed record AddressRegion(RegionKind Kind, VirtualAddress Address)
{
    /// <summary>The region's first byte; null where it is no region.</summary>
    public VirtualAddress? Start { get; init; }

    /// <summary>The region's last byte.</summary>
    public VirtualAddress? Last { get; init; }

    /// <summary>How far the address is from the value that it comes from: behind NULL, a poison, or an error pointer.</summary>
    public long Offset { get; init; }

    /// <summary>The number of the error, 1 to 4095, of an error pointer; otherwise 0.</summary>
    public int Error { get; init; }

    /// <summary>The tag in bits 63:56 (59:56 with MTE) of a kernel's pointer; null where it has none.</summary>
    public int? Tag { get; init; }

    /// <summary>Whether it is a poison of memory that was freed; others are of memory that was never written.</summary>
    internal bool IsOfFreed { get; init; }

    /// <summary>What else is to be said of it, such as which poison it is.</summary>
    public string? Detail { get; init; }

    /// <summary>The kernel whose layout was taken; null where none was needed.</summary>
    public KernelProfile? Profile { get; init; }

    /// <summary>Whether the text does not name the kernel, so that its layout is assumed.</summary>
    public bool IsLayoutAssumed { get; init; }

    /// <summary>Whether nothing in the text shows how many bits addresses have, so that 48 are assumed.</summary>
    public bool IsSizeAssumed { get; init; }

    /// <summary>Whether modules have the 2 GiB of Linux 6.5 and later, where the profile is an older one.</summary>
    public bool HasWideModules { get; init; }

    /// <summary>Whether the layout is that of kernels before 5.4, whose linear map is above everything else.</summary>
    public bool IsOldLayout { get; init; }
}
