using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.Translation;

namespace Ptewright.Walking;

/// <summary>The tables from the root's down to where somebody is who goes through a tree, with their entries, whatever the source does with its windows meanwhile.</summary>
/// <param name="reader">Reads the memory that they lie in.</param>
/// <param name="root">How they are read.</param>
/// <remarks>Below one table more windows may be asked for than are good at the same time (<see cref="MemoryReader.WindowsKept"/>), so that the way back up asks again.</remarks>
internal sealed unsafe class TablePath(MemoryReader reader, TranslationRoot root)
{
    private readonly PhysicalAddress[] _tables = new PhysicalAddress[TableWalker.MostSteps];
    private readonly ulong*[] _entries = new ulong*[TableWalker.MostSteps];
    private readonly long[] _asked = new long[TableWalker.MostSteps];
    private readonly int[] _indexes = new int[TableWalker.MostSteps];
    private readonly ulong[] _raw = new ulong[TableWalker.MostSteps];

    /// <summary>How tables are read.</summary>
    public TranslationRoot Root => root;

    /// <summary>Goes into a table.</summary>
    /// <param name="depth">How many tables lead to it.</param>
    /// <param name="table">Where it lies.</param>
    /// <returns>Whether it is there. If not, the path ends before it.</returns>
    public MemoryPresence Enter(int depth, PhysicalAddress table)
    {
        _tables[depth] = table;
        _entries[depth] = (ulong*)reader.Reach(table, root.EntriesAt(root.RootLevel + depth) * sizeof(ulong), out MemoryPresence presence);
        _asked[depth] = reader.Asked;
        return presence;
    }

    /// <summary>The entries of a table that was gone into, good until the next one is; null when the source, asked again, does not have them any more.</summary>
    /// <param name="depth">How many tables lead to it.</param>
    public ulong* Entries(int depth)
    {
        if (reader.Asked - _asked[depth] >= MemoryReader.WindowsKept)
        {
            _ = Enter(depth, _tables[depth]);
        }

        return _entries[depth];
    }

    /// <summary>Whether a table is one of those that lead to what is in the one at a depth: itself included.</summary>
    public bool Has(PhysicalAddress table, int depth) => _tables.AsSpan(0, depth + 1).Contains(table);

    /// <summary>Keeps which entry of a table is looked at.</summary>
    public void Mark(int depth, int index, ulong raw)
    {
        _indexes[depth] = index;
        _raw[depth] = raw;
    }

    /// <summary>Where a table lies that would come next by an entry, if memory that is at hand has all of it; to be fetched ahead, not to be read.</summary>
    /// <param name="raw">The entry.</param>
    /// <remarks>Tables in ascending order of virtual address seldom lie so in memory, so the CPU does not guess which comes next.</remarks>
    public ulong* Ahead(ulong raw) => (raw & DescriptorBits.TypeMask) == DescriptorBits.TypeTable
        ? (ulong*)reader.Glance(root.Format.Decode(new Descriptor(raw)), 1UL << root.PageShift)
        : null;

    /// <summary>The entries that were marked, from the root's on.</summary>
    /// <param name="depth">How many.</param>
    /// <param name="last">What the last of them is.</param>
    public WalkStep[] Steps(int depth, EntryKind last)
    {
        WalkStep[] steps = new WalkStep[depth];
        for (int i = 0; i < depth; i++)
        {
            steps[i] = new WalkStep(
                root.RootLevel + i, _tables[i] + ((ulong)_indexes[i] * sizeof(ulong)), _indexes[i], new Descriptor(_raw[i]), i < depth - 1 ? EntryKind.Table : last);
        }

        return steps;
    }
}
