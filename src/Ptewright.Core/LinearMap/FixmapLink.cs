using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.LinearMap;

/// <summary>Links the fixmap's tables into a root that is built aside, so that the slots are there when that root is live.</summary>
/// <remarks>Linux up to v6.8: the end of <c>map_kernel</c>; <c>fixmap_copy</c>.</remarks>
internal static unsafe class FixmapLink
{
    /// <summary>Takes the entry over from the live root; where something shares it (16K pages and four levels), that of the level below.</summary>
    /// <param name="access">How tables are reached.</param>
    /// <param name="cpu">What executes it.</param>
    /// <param name="root">A window on the root that is built.</param>
    /// <param name="tree">How the image's own tables are reached.</param>
    /// <param name="liveRoot">The live root.</param>
    /// <param name="slots">The address of a slot.</param>
    /// <returns>Why not, if not.</returns>
    public static MapFailure Link<TAccess, TCpu, TMemory>(
        ref TAccess access, ref TCpu cpu, in TableWindow root, TableTree<TMemory> tree, PhysicalAddress liveRoot, VirtualAddress slots)
        where TAccess : struct, ITableAccess
        where TCpu : struct, ICpu
        where TMemory : struct, IPhysicalMemory
    {
        TableGeometry geometry = tree.Geometry;
        TableWindow live = tree.Root(liveRoot);
        int level = geometry.RootLevel;
        int index = geometry.Index(level, slots);
        Descriptor existing = cpu.Load(root, index);
        Descriptor link = live.Entries[index];
        if (existing.IsNone)
        {
            Store(ref cpu, root, index, link);
            return default;
        }

        if (geometry.Granule != GranuleSize.Size16K || geometry.Levels < 4)
        {
            return new MapFailure(FailureCode.FixmapRootShared, slots, level, existing);
        }

        int below = geometry.Index(level + 1, slots);
        FailureCode code = access.Open(ref cpu, TableSlot.Pud, level + 1, tree.Format.Decode(existing), out TableWindow table);
        if (code == FailureCode.None)
        {
            Store(ref cpu, table, below, tree.Lower(live, link).Entries[below]);
            access.Close(ref cpu, table);
        }

        return new MapFailure(code, slots, level + 1, existing);
    }

    private static void Store<TCpu>(ref TCpu cpu, in TableWindow table, int index, Descriptor link)
        where TCpu : struct, ICpu
    {
        cpu.Store(table, index, link);
        cpu.DsbIshst();
        cpu.Isb();
    }
}
