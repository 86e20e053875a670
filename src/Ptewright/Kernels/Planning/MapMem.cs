using Ptewright.Addressing;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Simulation;

namespace Ptewright.Kernels.Planning;

/// <summary><c>map_mem</c> as a profile calls it: KFENCE's pool first, because it decides about blocks, then all that is mapped.</summary>
/// <remarks>Linux: <c>map_mem</c>, <c>arm64_kfence_alloc_pool</c> in <c>arch/arm64/mm/mmu.c</c>.</remarks>
internal sealed class MapMem
{
    private readonly PlanBuilder _builder;
    private MemoryRegion _pool;

    public MapMem(PlanBuilder builder) => _builder = builder;

    /// <summary>The KFENCE pool: the first thing taken from the top of memory.</summary>
    /// <returns>False when there is no room for it.</returns>
    public bool TakeKfencePool()
    {
        ulong size = (_builder.Machine.Config.KfenceNumObjects + 1) * 2 * _builder.Geometry.PageSize;
        if (_builder.Allocate(size) is { } start)
        {
            _pool = new MemoryRegion(start, start + size, noMap: false);
            return true;
        }

        _builder.Remark("There is no room for the KFENCE pool, so KFENCE starts late.");
        return false;
    }

    /// <summary>Banks, alias and pool, in the order of <see cref="LinearMapPlanner"/>.</summary>
    /// <param name="alias">The part of the image whose alias becomes read-only, if it is known where the image lies.</param>
    /// <param name="wholePages">Whether a bank is cut to whole pages (6.12.117); otherwise the walk widens it.</param>
    public void Map((PhysicalAddress Start, PhysicalAddress End)? alias, bool wholePages)
    {
        LinearMapPlanner planner = _builder.Planner(wholePages);
        MemoryRegion image = alias is var (start, end) ? new MemoryRegion(start, end, noMap: false) : default;
        _builder.Add(MapMemSteps.Of(planner, _builder.Memory.Layout, image, _pool));
    }
}
