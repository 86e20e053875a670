namespace Ptewright.Listing;

/// <summary>What a filter needs to know besides a range's entries.</summary>
[Flags]
internal enum RangeFilterNeeds
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Memory types, which only MAIR_EL1 knows.</summary>
    MemoryTypes = 1,

    /// <summary>Where ranges lead, which a kernel's own listing does not say.</summary>
    Physical = 2,

    /// <summary>The dirty bit modifier, for which a kernel's own listing has no column.</summary>
    Tables = 4,
}
