using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.LinearMap;

/// <summary>The steps of a plan that map nothing but have to do with the root itself. They do not depend on the strategy, so there is one of them for all.</summary>
internal static unsafe class RootSteps
{
    /// <summary>Executes one.</summary>
    /// <typeparam name="TAccess">How tables are reached.</typeparam>
    /// <typeparam name="TCpu">What executes the work.</typeparam>
    /// <typeparam name="TMemory">How the image's own tables are reached.</typeparam>
    /// <typeparam name="TIdentity">How code runs from the identity map.</typeparam>
    /// <param name="kind">What is done.</param>
    /// <param name="access">How tables are reached.</param>
    /// <param name="cpu">What executes it.</param>
    /// <param name="root">The window through which the root is written; another one afterwards, perhaps.</param>
    /// <param name="tables">Where the image's own tables lie.</param>
    /// <returns>Why and where it stopped, if it did.</returns>
    public static MapFailure Run<TAccess, TCpu, TMemory, TIdentity>(
        PlanStepKind kind, ref TAccess access, ref TCpu cpu, ref TableWindow root, ref PlanTables<TMemory, TIdentity> tables)
        where TAccess : struct, ITableAccess
        where TCpu : struct, ICpu
        where TMemory : struct, IPhysicalMemory
        where TIdentity : struct, IIdentityCode
    {
        switch (kind)
        {
            case PlanStepKind.OpenRoot:
                int level = tables.Tree.Geometry.RootLevel;
                FailureCode code = access.Open(ref cpu, TableSlot.Pgd, level, tables.Root, out TableWindow opened);
                root = code == FailureCode.None ? opened : root;
                return new MapFailure(code, default, level, default);
            case PlanStepKind.CloseRoot:
                access.Close(ref cpu, root);
                root = tables.Window(tables.Root);
                return default;
            case PlanStepKind.LinkFixmap:
                return LinkFixmap(ref access, ref cpu, root, tables.Tree, tables.LiveRoot, tables.Slots);
            default:
                RootSwitch.Replace(ref cpu, tables.Identity, tables.Root, tables.SwitchRoot, tables.SwitchResizesLowerHalf);
                if (tables.TemporaryRoot.Value != 0)
                {
                    // The switch took the lower half; what comes now is written through the temporary map again.
                    TemporaryMap.Reinstall(ref cpu, tables.TemporaryRoot);
                }

                return default;
        }
    }

    // Linux: fixmap_copy. Where nothing shares the fixmap's root entry it is taken over from the live root; with 16K pages and four levels the level below is.
    private static MapFailure LinkFixmap<TAccess, TCpu, TMemory>(
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
            StoreLink(ref cpu, root, index, link);
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
            StoreLink(ref cpu, table, below, tree.Lower(live, link).Entries[below]);
            access.Close(ref cpu, table);
        }

        return new MapFailure(code, slots, level + 1, existing);
    }

    private static void StoreLink<TCpu>(ref TCpu cpu, in TableWindow table, int index, Descriptor link)
        where TCpu : struct, ICpu
    {
        cpu.Store(table, index, link);
        cpu.DsbIshst();
        cpu.Isb();
    }
}
