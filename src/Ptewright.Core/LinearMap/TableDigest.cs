using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.LinearMap;

/// <summary>A 128-bit digest over every table page of a tree: where each lies and all its bytes, in walk order.</summary>
/// <remarks>
/// Eight lanes take the 64-bit words in turn (xor, rotate, multiply), so that it runs at memory speed without vector code, at EL1 as on the host.
/// It tells equal table images from different ones; it is no defence against forgery.
/// </remarks>
public readonly unsafe partial struct TableDigest
{
    private const ulong Multiplier = 0x9e37_79b9_7f4a_7c15;

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
    internal static TableDigest Compute<TMemory>(ref TableTree<TMemory> tree, PhysicalAddress root, out ulong pages)
        where TMemory : struct, IPhysicalMemory
    {
        ulong* lanes = stackalloc ulong[8];
        for (int i = 0; i < 8; i++)
        {
            lanes[i] = Multiplier * (ulong)(i + 1);
        }

        TableWindow table = tree.Root(root);
        if (tree.Geometry.WalkRootLevel != tree.Geometry.RootLevel)
        {
            table = tree.Lower(table, default);
        }

        pages = 0;
        Visit(ref tree, table, tree.Geometry.RootTableEntries, lanes, ref pages);

        ulong high = 0;
        ulong low = 0;
        for (int i = 0; i < 8; i++)
        {
            high = Mix(high, lanes[i]);
            low = Mix(low, lanes[7 - i]);
        }

        return new TableDigest(high ^ (high >> 32), low ^ (low >> 32));
    }

    private static void Visit<TMemory>(ref TableTree<TMemory> tree, in TableWindow table, int entries, ulong* lanes, ref ulong pages)
        where TMemory : struct, IPhysicalMemory
    {
        pages++;
        lanes[0] = Mix(lanes[0], table.Table.Value);
        Absorb((ulong*)table.Entries, entries, lanes);
        if (table.Level == 3)
        {
            return;
        }

        for (int i = 0; i < entries; i++)
        {
            Descriptor entry = table.Entries[i];
            if (entry.IsTableOrPage)
            {
                Visit(ref tree, tree.Lower(table, entry), tree.Geometry.EntriesPerTable, lanes, ref pages);
            }
        }
    }

    // The lanes stay in registers over one table; a root may have fewer than eight entries.
    private static void Absorb(ulong* words, int count, ulong* lanes)
    {
        ulong a = lanes[0], b = lanes[1], c = lanes[2], d = lanes[3], e = lanes[4], f = lanes[5], g = lanes[6], h = lanes[7];
        int whole = count & ~7;
        for (int i = 0; i < whole; i += 8)
        {
            a = Mix(a, words[i]);
            b = Mix(b, words[i + 1]);
            c = Mix(c, words[i + 2]);
            d = Mix(d, words[i + 3]);
            e = Mix(e, words[i + 4]);
            f = Mix(f, words[i + 5]);
            g = Mix(g, words[i + 6]);
            h = Mix(h, words[i + 7]);
        }

        for (int i = whole; i < count; i++)
        {
            a = Mix(a, words[i]);
        }

        lanes[0] = a;
        lanes[1] = b;
        lanes[2] = c;
        lanes[3] = d;
        lanes[4] = e;
        lanes[5] = f;
        lanes[6] = g;
        lanes[7] = h;
    }

    private static ulong Mix(ulong lane, ulong word)
    {
        ulong x = lane ^ word;
        return ((x << 29) | (x >> 35)) * Multiplier;
    }
}
