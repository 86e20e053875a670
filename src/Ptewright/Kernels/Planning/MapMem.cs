using Ptewright.Kernels.Versions;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Simulation;
using Ptewright.Translation;

namespace Ptewright.Kernels.Planning;

/// <summary><c>map_mem</c> as a profile calls it: KFENCE's pool first, because it decides about blocks, then all that is mapped.</summary>
/// <remarks>Linux: <c>map_mem</c>, <c>arm64_kfence_alloc_pool</c> in <c>arch/arm64/mm/mmu.c</c>.</remarks>
internal sealed class MapMem
{
    private readonly PlanBuilder _builder;

    public MapMem(PlanBuilder builder) => _builder = builder;

    /// <summary>Takes the KFENCE pool: the first thing taken from the top of memory.</summary>
    /// <returns>False when there is no room for it.</returns>
    public bool TakeKfencePool()
    {
        ulong size = (_builder.Machine.Config.KfenceNumObjects + 1) * 2 * _builder.Geometry.PageSize;
        if (_builder.Allocate(size) is { } start)
        {
            _builder.KfencePool = new MemoryRegion(start, start + size, noMap: false);
            return true;
        }

        _builder.Remark("There is no room for the KFENCE pool, so KFENCE starts late.");
        return false;
    }

    /// <summary>Banks, alias and pool, in the version's order.</summary>
    /// <param name="profile">The kernel.</param>
    public void Map(KernelProfile profile)
    {
        MemoryRegion alias = profile.ReadOnlyAlias(_builder.Machine) is var (start, end) ? new MemoryRegion(start, end, noMap: false) : default;
        bool wholePages = profile.Facts.CutsBanksToPages;
        if (profile.Facts.MapMemOrder == MapMemOrder.BanksFirst)
        {
            _builder.Add(MapMemSteps.Of(_builder.Planner(MapFlags.None, wholePages), _builder.Memory.Layout, alias, _builder.KfencePool));
            return;
        }

        Part(_builder.KfencePool, LinearMapPlanner.PagesOnly);
        Part(alias, _builder.Blocks.Flags);
        if (profile.DataAlias(_builder.Machine) is { } data)
        {
            Part(data, _builder.Blocks.Flags);
        }

        _builder.Add(MapMemSteps.Of(_builder.Planner(MapFlags.KeepSmaller, wholePages), _builder.Memory.Layout));
    }

    private void Part(MemoryRegion part, MapFlags flags)
    {
        if (part.Start < part.End)
        {
            _builder.Map(
                PlanPhase.LinearMap, part.Start, _builder.Memory.Place.Virtual(part.Start), part.End.Value - part.Start.Value,
                _builder.Protection(ProtectionKind.KernelTagged), flags | _builder.TableFlags | MapFlags.KeepSmaller);
        }
    }
}
