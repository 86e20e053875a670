using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.Walking;

/// <summary>Goes through every leaf of a table tree in ascending order of virtual address.</summary>
internal static unsafe class LeafEnumerator
{
    /// <summary>Every leaf below <paramref name="root"/>.</summary>
    public static IReadOnlyList<Leaf> LeavesOf<TMemory>(ref TableTree<TMemory> tree, PhysicalAddress root)
        where TMemory : struct, IPhysicalMemory
    {
        List<Leaf> leaves = [];
        Visit(ref tree, tree.Root(root), tree.Geometry.PageOffset, leaves);
        return leaves;
    }

    private static void Visit<TMemory>(ref TableTree<TMemory> tree, TableWindow table, VirtualAddress start, List<Leaf> leaves)
        where TMemory : struct, IPhysicalMemory
    {
        TableGeometry geometry = tree.Geometry;
        int level = table.Level;
        if (geometry.IsFolded(level + 1))
        {
            Visit(ref tree, tree.Lower(table, default), geometry.ActualPageOffset, leaves);
            return;
        }

        int entries = level == geometry.RootLevel ? geometry.RootEntries : geometry.EntriesPerTable;
        for (int i = 0; i < entries; i++)
        {
            Descriptor entry = table.Entries[i];
            VirtualAddress address = start + ((ulong)i << geometry.Shift(level));
            if (!entry.IsValid)
            {
                continue;
            }

            if (level == 3 || entry.IsBlock)
            {
                leaves.Add(new Leaf(address, 1UL << geometry.Shift(level), tree.Format.Decode(entry), level, entry));
            }
            else
            {
                Visit(ref tree, tree.Lower(table, entry), address, leaves);
            }
        }
    }
}
