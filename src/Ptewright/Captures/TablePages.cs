using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.Captures;

/// <summary>Finds every page of a table tree.</summary>
internal static unsafe class TablePages
{
    /// <summary>Adds the pages of the tree below <paramref name="root"/>, the root included.</summary>
    /// <returns>A page that two entries lead to, whose subtree is not entered again; null when every page is reached once.</returns>
    /// <remarks>However entries point, no more than all pages are read.</remarks>
    public static PhysicalAddress? Collect<TMemory>(ref TableTree<TMemory> tree, PhysicalAddress root, HashSet<ulong> pages)
        where TMemory : struct, IPhysicalMemory
    {
        TableWindow table = tree.Root(root);
        if (tree.Geometry.WalkRootLevel != tree.Geometry.RootLevel)
        {
            table = tree.Lower(table, default);
        }

        PhysicalAddress? shared = null;
        Visit(ref tree, table, tree.Geometry.RootTableEntries, pages, ref shared);
        return shared;
    }

    private static void Visit<TMemory>(ref TableTree<TMemory> tree, in TableWindow table, int entries, HashSet<ulong> pages, ref PhysicalAddress? shared)
        where TMemory : struct, IPhysicalMemory
    {
        PhysicalAddress page = table.Table.AlignDown(tree.Geometry.PageSize);
        if (!pages.Add(page.Value))
        {
            shared = page;
            return;
        }

        for (int i = 0; i < entries && table.Level < 3; i++)
        {
            Descriptor entry = table.Entries[i];
            if (entry.IsTableOrPage)
            {
                Visit(ref tree, tree.Lower(table, entry), tree.Geometry.EntriesPerTable, pages, ref shared);
            }
        }
    }
}
