namespace Ptewright.Translation;

/// <summary>A translation granule chosen at run time; the value is log2 of the page size in bytes.</summary>
public enum GranuleSize
{
    /// <summary>4 KiB pages (<see cref="Granule4K"/>).</summary>
    Size4K = 12,

    /// <summary>16 KiB pages (<see cref="Granule16K"/>).</summary>
    Size16K = 14,

    /// <summary>64 KiB pages (<see cref="Granule64K"/>).</summary>
    Size64K = 16,
}
