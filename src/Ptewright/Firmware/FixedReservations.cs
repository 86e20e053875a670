using Ptewright.DeviceTree;
using Ptewright.Memory;

namespace Ptewright.Firmware;

/// <summary>Makes the reservations of a device tree that have a place.</summary>
internal sealed unsafe class FixedReservations
{
    private readonly MemoryLayout _layout;
    private readonly DeviceTreeLoader _loader;
    private readonly List<DeviceTreeRegion> _refused = [];

    public FixedReservations(MemoryLayout layout, ulong pageSize)
    {
        _layout = layout;
        _loader = new DeviceTreeLoader(layout.Blocks, pageSize);
    }

    /// <summary>Those that were refused, because part of them was reserved already.</summary>
    public IReadOnlyList<DeviceTreeRegion> Refused => _refused;

    /// <summary>Makes some, in their order.</summary>
    public void Reserve(IEnumerable<DeviceTreeRegion> regions)
    {
        foreach (DeviceTreeRegion region in regions)
        {
            bool isRefused = false;
            _layout.Change(() => region switch
            {
                { Kind: DeviceTreeRegionKind.ElfCoreHeader } => _loader.TryReserveElfCoreHeader(region.Start, region.Size, out isRefused),
                { NoMap: true } => _loader.TryMarkNoMap(region.Start, region.Size, out isRefused),
                _ => _loader.TryReserve(region.Start, region.Size),
            });
            if (isRefused)
            {
                _refused.Add(region);
            }
        }
    }
}
