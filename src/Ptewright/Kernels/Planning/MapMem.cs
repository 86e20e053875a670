using Ptewright.Addressing;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.Kernels.Planning;

/// <summary>The phases of <c>map_mem</c>, which all kernels have in this order.</summary>
/// <remarks>Linux: <c>map_mem</c>, <c>arm64_kfence_alloc_pool</c>, <c>arm64_kfence_map_pool</c> in <c>arch/arm64/mm/mmu.c</c>.</remarks>
internal sealed class MapMem
{
    private readonly PlanBuilder _builder;
    private (PhysicalAddress Start, PhysicalAddress End)? _kfence;
    private (PhysicalAddress Start, PhysicalAddress End)? _alias;

    public MapMem(PlanBuilder builder) => _builder = builder;

    /// <summary>The KFENCE pool: the first thing taken from the top of memory, kept out of the banks.</summary>
    /// <returns>False when there is no room for it.</returns>
    public bool TakeKfencePool()
    {
        ulong size = (_builder.Machine.Config.KfenceNumObjects + 1) * 2 * _builder.Geometry.PageSize;
        if (_builder.Allocate(size) is { } start)
        {
            _kfence = (start, start + size);
            _builder.Memory.Layout.MarkNoMap(start, start + size);
            return true;
        }

        _builder.Remark("There is no room for the KFENCE pool, so KFENCE starts late.");
        return false;
    }

    /// <summary>Keeps the part of the image that becomes read-only out of the banks.</summary>
    public void KeepAliasOut(PhysicalAddress start, PhysicalAddress end)
    {
        _alias = (start, end);
        _builder.Memory.Layout.MarkNoMap(start, end);
    }

    /// <summary>Every bank of memory, ascending.</summary>
    /// <param name="wholePages">Whether a bank is cut to whole pages; otherwise the walk widens it.</param>
    public void MapBanks(bool wholePages)
    {
        ulong page = _builder.Geometry.PageSize;
        foreach (MemoryRegion region in _builder.Memory.Layout.Memory.Where(region => !region.NoMap))
        {
            _builder.MapLinear(
                wholePages ? region.Start.AlignUp(page) : region.Start,
                wholePages ? region.End.AlignDown(page) : region.End,
                ProtectionKind.KernelTagged,
                _builder.Blocks.Flags | MapFlags.NoExec);
        }
    }

    /// <summary>The image's alias: untagged, without runs (they could not be made read-only later), but with blocks whatever the rest has.</summary>
    public void MapAlias()
    {
        if (_alias is { } alias)
        {
            _builder.MapLinear(alias.Start, alias.End, ProtectionKind.Kernel, MapFlags.NoContiguous);
            _builder.Memory.Layout.ClearNoMap(alias.Start, alias.End);
        }
    }

    /// <summary>The KFENCE pool, in pages.</summary>
    public void MapKfencePool()
    {
        if (_kfence is { } pool)
        {
            _builder.MapLinear(pool.Start, pool.End, ProtectionKind.KernelTagged, BlockDecision.PagesOnly);
            _builder.Memory.Layout.ClearNoMap(pool.Start, pool.End);
        }
    }
}
