using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.Boot;

/// <summary>Maps single ranges for the image itself, with tables that are part of it.</summary>
/// <typeparam name="TGranule">The granule.</typeparam>
internal unsafe struct Mapper<TGranule>
    where TGranule : struct, IGranule
{
    private readonly bool _lpa2;
    private LinearMapBuilder<TGranule, Strategy<No, No, No>, DirectAccess<ImageMemory>, ReservePageAllocator, El1Cpu> _builder;
    private MapFailure _failure;

    /// <summary>Maps below <paramref name="root"/>, with tables from <paramref name="reserve"/>.</summary>
    public Mapper(
        in TableGeometry geometry,
        in OutputAddressFormat format,
        in TableWindow root,
        ImageMemory memory,
        VirtualAddress offset,
        ReservePageAllocator reserve,
        El1Cpu cpu)
    {
        _lpa2 = format.IsLpa2;
        _failure = default;
        TableSettings settings = new(geometry, format, TableSettings.UsualTableBits, ChangeSafety.InvalidIsFree, rootThroughSlot: false);
        _builder = new(settings, root, new DirectAccess<ImageMemory>(memory, offset), reserve, cpu);
    }

    /// <summary>Why the last range could not be mapped.</summary>
    public readonly FailureCode Failure => _failure.Code;

    /// <summary>The pages that are left.</summary>
    public readonly ReservePageAllocator Reserve => _builder.Allocator;

    /// <summary>Maps the pages of a range.</summary>
    public bool TryMap(PhysicalAddress physical, VirtualAddress address, ulong size, ProtectionKind kind, MapFlags flags) =>
        _builder.TryMap(new MapRequest(physical, address, size, Protection.Create(kind, notGlobal: false, _lpa2), flags), out _failure);
}
