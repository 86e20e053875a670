using Ptewright.Addressing;
using Ptewright.Memory;

namespace Ptewright.LinearMap;

/// <content>What a running kernel does to its linear map: new memory, and other protections for memory that is mapped.</content>
internal partial struct LinearMapBuilder<TGranule, TStrategy, TAccess, TAllocator, TCpu>
{
    /// <summary>Maps memory that was added to a running machine. Linux: <c>arch_add_memory</c>.</summary>
    /// <param name="request">The range, whole pages inside the linear map; its flags are the kernel's: NoExec, and pages only where
    /// <c>can_set_direct_map</c>.</param>
    /// <param name="failure">Why and where it stopped.</param>
    /// <returns>False, with <see cref="FailureCode.BelowPageOffset"/> or <see cref="FailureCode.AddressNotCovered"/>, outside the linear map
    /// (<c>arch_get_mappable_range</c>); with <see cref="FailureCode.SegmentMisaligned"/> unless it is whole pages; otherwise as
    /// <see cref="TryMap"/>.</returns>
    /// <remarks>A new range needs no invalidation: nothing of it can be cached. What was linked when it stops stays linked, until
    /// <see cref="LinearMapRemover{TGranule,TAccess,TAllocator,TCpu}"/> removes the range.</remarks>
    public bool TryAddMemory(in MapRequest request, out MapFailure failure)
    {
        ulong pageEnd = _settings.Geometry.PageEnd.Value;
        return Insist(request.Virtual >= _settings.Geometry.ActualPageOffset, FailureCode.BelowPageOffset, request, out failure)
            && Insist(request.Virtual.Value < pageEnd && request.Size <= pageEnd - request.Virtual.Value, FailureCode.AddressNotCovered, request, out failure)
            && TryMapSegment(request, out failure);
    }

    /// <summary>Gives mapped memory of the kernel's half another protection, then forgets the old one. Linux: <c>update_mapping_prot</c>.</summary>
    /// <param name="request">The range as it is mapped, with its new protection; made contiguous only with <see cref="MapFlags.KeepSmaller"/>, where it is so already.</param>
    /// <param name="failure">Why and where it stopped.</param>
    /// <returns>As <see cref="TryMapKernelHalf"/>: with <see cref="Memory.NoAllocator"/> false where a table is missing, and where the change is not safe on a
    /// live entry, contiguous ones among them.</returns>
    /// <remarks>Nothing is invalidated when it stops: there the kernel does not go on.</remarks>
    public bool TryChangeProtection(in MapRequest request, out MapFailure failure)
    {
        MapRequest change = new(request.Physical, request.Virtual, request.Size, request.Protection, (request.Flags & MapFlags.KeepSmaller) != 0 ? request.Flags : request.Flags | MapFlags.NoContiguous);
        if (!TryMapKernelHalf(change, out failure))
        {
            return false;
        }

        ulong start = request.Virtual.Value & ~PageMask;
        ulong end = (request.Virtual.Value + request.Size + PageMask) & ~PageMask;
        _settings.Flush(ref _cpu, new VirtualAddress(start), end - start);
        return true;
    }
}
