using Ptewright.Addressing;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.LinearMap;

/// <content>The kernel's other ways into the walk, each with the condition that it insists on.</content>
internal partial struct LinearMapBuilder<TGranule, TStrategy, TAccess, TAllocator, TCpu>
{
    /// <summary>Maps a range of the kernel's own half after its tables exist. Linux: <c>create_mapping_noalloc</c>, <c>update_mapping_prot</c>.</summary>
    /// <returns>False, with <see cref="FailureCode.BelowPageOffset"/>, for an address of the lower half; otherwise as <see cref="TryMap"/>.</returns>
    /// <remarks>With <see cref="Memory.NoAllocator"/> every table must be there already.</remarks>
    public bool TryMapKernelHalf(in MapRequest request, out MapFailure failure) =>
        Insist(request.Virtual >= _settings.Geometry.PageOffset, FailureCode.BelowPageOffset, request, out failure) && TryMap(request, out failure);

    /// <summary>Maps a segment of the kernel image, whose start and size are whole pages. Linux: <c>map_kernel_segment</c>.</summary>
    /// <returns>False, with <see cref="FailureCode.SegmentMisaligned"/>, when they are not; otherwise as <see cref="TryMap"/>.</returns>
    public bool TryMapSegment(in MapRequest request, out MapFailure failure) =>
        Insist(((request.Physical.Value | request.Size) & PageMask) == 0, FailureCode.SegmentMisaligned, request, out failure)
            && TryMap(request, out failure);

    /// <summary>Maps a range of another address space than the kernel's. Linux: <c>create_pgd_mapping</c>.</summary>
    /// <param name="request">The range.</param>
    /// <param name="kernelRoot">The kernel's own root, which is refused with <see cref="FailureCode.KernelRootRefused"/>.</param>
    /// <param name="failure">Why and where it stopped.</param>
    public bool TryMapForeign(in MapRequest request, PhysicalAddress kernelRoot, out MapFailure failure) =>
        Insist(_root.Table != kernelRoot, FailureCode.KernelRootRefused, request, out failure) && TryMap(request, out failure);

    /// <summary>Maps exactly one block. Linux: <c>pmd_set_huge</c>, <c>pud_set_huge</c>.</summary>
    /// <param name="level">2, or 1 where the granule has blocks there.</param>
    /// <param name="virtual">Where it is seen.</param>
    /// <param name="physical">Where it lies.</param>
    /// <param name="protection">Its bits.</param>
    /// <param name="failure">Why and where it stopped.</param>
    /// <returns>False, with <see cref="FailureCode.BlockMisaligned"/>, when an address is not a multiple of the block size or the level has no blocks; otherwise as
    /// <see cref="TryMap"/>.</returns>
    public bool TryMapBlock(int level, VirtualAddress @virtual, PhysicalAddress physical, Protection protection, out MapFailure failure)
    {
        ulong size = 1UL << Shift(level);
        MapRequest request = new(physical, @virtual, size, protection, MapFlags.NoContiguous);
        bool isBlock = (level == 2 || (level == 1 && TGranule.HasPudBlocks)) && physical.IsAligned(size) && @virtual.IsAligned(size);
        return Insist(isBlock, FailureCode.BlockMisaligned, request, out failure) && TryMap(request, out failure);
    }

    private static bool Insist(bool condition, FailureCode code, in MapRequest request, out MapFailure failure)
    {
        failure = condition ? default : new MapFailure(code, request.Virtual, 3, default);
        return condition;
    }
}
