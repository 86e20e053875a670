namespace Ptewright.Kernels.Versions;

/// <summary>How much room a kernel has for a random start of its linear map. Linux: <c>arm64_memblock_init</c> in <c>arch/arm64/mm/init.c</c>.</summary>
internal enum RandomStart
{
    /// <summary>None: the map starts where memory does, rounded down.</summary>
    None,

    /// <summary>What all addresses of memory that the CPU has leave of the linear region.</summary>
    BesideAllAddresses,

    /// <summary>What the machine's own memory, from its first to its last byte, leaves of it.</summary>
    BesideMemory,
}
