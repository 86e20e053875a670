using Ptewright.Addressing;
using Ptewright.Translation;

namespace Ptewright.Cpu;

/// <summary>What a <see cref="MaintenanceKind"/> is about.</summary>
internal readonly struct MaintenanceTarget
{
    /// <summary>Pages behind one another.</summary>
    /// <param name="address">The first.</param>
    /// <param name="pages">How many.</param>
    /// <param name="granule">Their size; for a single page nobody needs it.</param>
    public MaintenanceTarget(VirtualAddress address, int pages, GranuleSize granule)
    {
        Address = address;
        Root = default;
        Pages = pages;
        Granule = granule;
    }

    /// <summary>A root; address 0 stands for an empty, reserved table.</summary>
    /// <param name="root">Where it lies.</param>
    public MaintenanceTarget(PhysicalAddress root)
    {
        Address = default;
        Root = root;
        Pages = 1;
        Granule = default;
    }

    /// <summary>The (first) page that is forgotten.</summary>
    public VirtualAddress Address { get; }

    /// <summary>The root that a register is given.</summary>
    public PhysicalAddress Root { get; }

    /// <summary>How many pages are forgotten.</summary>
    public int Pages { get; }

    /// <summary>The size of these pages, where there are several.</summary>
    public GranuleSize Granule { get; }
}
