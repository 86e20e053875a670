using Ptewright.Addressing;

namespace Ptewright.Kernels.AddressSpace;

/// <summary>An address that a kernel counts down from the end of the address space, or from the page array that ends there.</summary>
internal readonly record struct HangingAddress
{
    private readonly ulong _distance;

    private HangingAddress(ulong distance, bool isBelowPageArray)
    {
        _distance = distance;
        IsBelowPageArray = isBelowPageArray;
    }

    /// <summary>Whether it moves with the size of the page array, and so with the shape of the tables.</summary>
    public bool IsBelowPageArray { get; }

    /// <summary>So many bytes below 2^64, with any shape of tables.</summary>
    /// <param name="distance">The bytes.</param>
    public static HangingAddress BelowEnd(ulong distance) => new(distance, isBelowPageArray: false);

    /// <summary>So many bytes below the start of the page array. Linux: <c>VMEMMAP_START</c>.</summary>
    /// <param name="distance">The bytes.</param>
    public static HangingAddress BelowPageArray(ulong distance) => new(distance, isBelowPageArray: true);

    /// <summary>The address.</summary>
    /// <param name="pageArray">Where the page array starts.</param>
    public VirtualAddress From(VirtualAddress pageArray) => (IsBelowPageArray ? pageArray : default) - _distance;
}
