using Ptewright.Addressing;
using Ptewright.Translation;

namespace Ptewright.LinearMap;

/// <summary>One range to map: from where to where, with which protection, and what is forbidden. Linux: the arguments of <c>__create_pgd_mapping</c>.</summary>
public readonly struct MapRequest
{
    /// <summary>Makes a request.</summary>
    /// <param name="physical">The first byte's physical address.</param>
    /// <param name="virtual">The first byte's virtual address; the same offset within a page.</param>
    /// <param name="size">The length in bytes; the range is widened to whole pages.</param>
    /// <param name="protection">The bits of its leaves.</param>
    /// <param name="flags">What is forbidden.</param>
    public MapRequest(PhysicalAddress physical, VirtualAddress @virtual, ulong size, Protection protection, MapFlags flags)
    {
        Physical = physical;
        Virtual = @virtual;
        Size = size;
        Protection = protection;
        Flags = flags;
    }

    /// <summary>The first byte's physical address.</summary>
    public PhysicalAddress Physical { get; }

    /// <summary>The first byte's virtual address.</summary>
    public VirtualAddress Virtual { get; }

    /// <summary>The length in bytes.</summary>
    public ulong Size { get; }

    /// <summary>The bits of its leaves.</summary>
    public Protection Protection { get; }

    /// <summary>What is forbidden.</summary>
    public MapFlags Flags { get; }
}
