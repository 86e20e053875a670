using Ptewright.Memory;

namespace Ptewright.LinearMap;

/// <summary>What <see cref="LinearMapPlace.TryFit"/> cut off; a range of no bytes where it cut nothing.</summary>
internal readonly struct LinearMapCuts
{
    internal LinearMapCuts(MemoryRegion beyondAddresses, MemoryRegion beyondMap, MemoryRegion belowMap)
    {
        BeyondAddresses = beyondAddresses;
        BeyondMap = beyondMap;
        BelowMap = belowMap;
    }

    /// <summary>What no entry can hold the address of.</summary>
    public MemoryRegion BeyondAddresses { get; }

    /// <summary>What lies above the end of the linear map, and of the image.</summary>
    public MemoryRegion BeyondMap { get; }

    /// <summary>What lies below the start of the map, because it has to reach the image.</summary>
    public MemoryRegion BelowMap { get; }
}
