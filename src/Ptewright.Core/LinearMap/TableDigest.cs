using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.LinearMap;

/// <summary>A 128-bit digest over every table page of a tree: where each lies and all its bytes, in walk order.</summary>
/// <remarks>It tells equal table images from different ones; it is no defence against forgery.</remarks>
public readonly unsafe partial struct TableDigest
{
    /// <summary>Makes a digest of its two halves.</summary>
    public TableDigest(ulong high, ulong low)
    {
        High = high;
        Low = low;
    }

    /// <summary>The upper 64 bits.</summary>
    public ulong High { get; }

    /// <summary>The lower 64 bits.</summary>
    public ulong Low { get; }

    /// <summary>Whether both are the same.</summary>
    public static bool operator ==(TableDigest left, TableDigest right) => left.High == right.High && left.Low == right.Low;

    /// <summary>Whether they differ.</summary>
    public static bool operator !=(TableDigest left, TableDigest right) => !(left == right);

    /// <summary>The digest of the tree below <paramref name="root"/>, the root included.</summary>
    /// <typeparam name="TMemory">How physical memory is reached.</typeparam>
    /// <param name="tree">Shape, format and memory.</param>
    /// <param name="root">Where the root lies.</param>
    /// <param name="pages">How many tables were read, the root included.</param>
    /// <remarks>For EL1, where no reader of memory images is. There it is also the judge of the host's, which goes through tables in another way; a test holds that they agree.</remarks>
    internal static TableDigest Compute<TMemory>(ref TableTree<TMemory> tree, PhysicalAddress root, out ulong pages)
        where TMemory : struct, IPhysicalMemory
    {
        TableWindow table = tree.Root(root);
        if (tree.Geometry.WalkRootLevel != tree.Geometry.RootLevel)
        {
            table = tree.Lower(table, default);
        }

        TableDigestBuilder digest = TableDigestBuilder.Create();
        Visit(ref tree, table, tree.Geometry.RootTableEntries, ref digest);
        pages = digest.Tables;
        return digest.ToDigest();
    }

    private static void Visit<TMemory>(ref TableTree<TMemory> tree, in TableWindow table, int entries, ref TableDigestBuilder digest)
        where TMemory : struct, IPhysicalMemory
    {
        digest.Add(table.Table, (ulong*)table.Entries, entries);
        if (table.Level == 3)
        {
            return;
        }

        for (int i = 0; i < entries; i++)
        {
            Descriptor entry = table.Entries[i];
            if (entry.IsTableOrPage)
            {
                Visit(ref tree, tree.Lower(table, entry), tree.Geometry.EntriesPerTable, ref digest);
            }
        }
    }
}
