using Ptewright.Addressing;
using Ptewright.Translation;

namespace Ptewright.LinearMap;

/// <summary>What a kernel makes of its half of the addresses: where the linear map begins and ends, and which sizes there are.</summary>
/// <remarks>Linux: <c>asm/memory.h</c>, <c>arch/arm64/Kconfig</c> (<c>ARM64_VA_BITS</c>).</remarks>
#pragma warning disable CA1034, CA1708 // Extension blocks are neither nested types nor members that differ in case; the rules do not know them yet.
public static class KernelAddresses
{
    /// <param name="geometry">The shape of the tables.</param>
    extension(in TableGeometry geometry)
    {
        /// <summary>The first address of the kernel's half as built. Linux: <c>PAGE_OFFSET</c> = <c>_PAGE_OFFSET(VA_BITS)</c>.</summary>
        public VirtualAddress PageOffset => new(0UL - (1UL << geometry.VirtualAddressBits));

        /// <summary>The first address of the kernel's half that this CPU can translate. Linux: <c>_PAGE_OFFSET(vabits_actual)</c>.</summary>
        public VirtualAddress ActualPageOffset => new(0UL - (1UL << geometry.ActualVirtualAddressBits));

        /// <summary>The size of virtual addresses that the kernel must be able to run with. Linux: <c>VA_BITS_MIN</c>.</summary>
        public int MinimumVirtualAddressBits =>
            geometry.VirtualAddressBits != 52 ? geometry.VirtualAddressBits : geometry.Granule == GranuleSize.Size16K ? 47 : 48;

        /// <summary>The end of the linear map. Linux: <c>PAGE_END</c> = <c>_PAGE_END(VA_BITS_MIN)</c>, without KASAN.</summary>
        public VirtualAddress PageEnd => new(0UL - (1UL << (geometry.MinimumVirtualAddressBits - 1)));

        /// <summary>What the start of the linear map is rounded down to: 1 GiB (4K, 16K) or 512 MiB (64K). Linux: <c>ARM64_MEMSTART_ALIGN</c>.</summary>
        public ulong MemoryStartAlignment => geometry.Granule == GranuleSize.Size64K ? 512UL << 20 : 1UL << 30;
    }

    extension(TableGeometry)
    {
        /// <summary>Makes the geometry of a kernel configuration on a CPU.</summary>
        /// <param name="granule">The granule.</param>
        /// <param name="virtualAddressBits">What the kernel was built for: 4K 39, 48, 52; 16K 36, 47, 48, 52; 64K 42, 48, 52.</param>
        /// <param name="actualBits">What this CPU uses: the same, or for 52-bit kernels also 48 (4K, 64K) or 47 (16K).</param>
        /// <param name="geometry">The result, if the combination exists.</param>
        /// <returns>False when Linux has no such combination.</returns>
        public static bool TryCreate(GranuleSize granule, int virtualAddressBits, int actualBits, out TableGeometry geometry)
        {
            geometry = new TableGeometry(granule, virtualAddressBits, actualBits);
            bool built = granule switch
            {
                GranuleSize.Size4K => virtualAddressBits is 39 or 48 or 52,
                GranuleSize.Size16K => virtualAddressBits is 36 or 47 or 48 or 52,
                GranuleSize.Size64K => virtualAddressBits is 42 or 48 or 52,
                _ => false,
            };
            return built && (actualBits == virtualAddressBits || actualBits == geometry.MinimumVirtualAddressBits);
        }
    }
}
#pragma warning restore CA1034, CA1708
