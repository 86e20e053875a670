using System;

namespace Ptewright.DeviceTree;

/// <summary>What a node of <c>/reserved-memory</c> says about the use of its memory.</summary>
[Flags]
internal enum ReservedNodeTraits
{
    /// <summary>Nothing: it is reserved.</summary>
    None = 0,

    /// <summary><c>no-map</c>: it must not be mapped.</summary>
    NoMap = 1,

    /// <summary><c>reusable</c>: the system may use it until it is needed.</summary>
    Reusable = 2,

    /// <summary><c>linux,cma-default</c>: the area that devices without one of their own take contiguous memory from.</summary>
    DefaultCma = 4,

    /// <summary><c>linux,dma-default</c>: the pool that devices without one of their own take coherent memory from.</summary>
    DefaultDma = 8,

    /// <summary>Compatible with <c>shared-dma-pool</c>.</summary>
    SharedDmaPool = 16,

    /// <summary>Compatible with <c>restricted-dma-pool</c>.</summary>
    RestrictedDmaPool = 32,
}
