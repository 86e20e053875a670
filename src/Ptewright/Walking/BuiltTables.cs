using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.LinearMap;
using Ptewright.Texts;
using Ptewright.Translation;

namespace Ptewright.Walking;

/// <summary>What is asked of tables whose shape is known as they were built, not only what of them registers show: their digest, their leaves.</summary>
internal static class BuiltTables
{
    /// <summary>How a root as built is read: all of it, also the part that TTBR1 leaves out where 64K pages built for 52 bits run with 48 (<see cref="TableGeometry.Ttbr1Offset"/>).</summary>
    /// <param name="geometry">The shape of the tables. A folded root is a whole table of the level below.</param>
    /// <param name="format">The address format of descriptors, all bits of which count.</param>
    /// <param name="table">Where it lies, before any offset that TTBR1 needs.</param>
    public static TranslationRoot RootOf(in TableGeometry geometry, in OutputAddressFormat format, PhysicalAddress table) => new()
    {
        Half = AddressHalf.Upper,
        Shape = new TableShape(geometry.Granule, geometry.Ttbr1Offset != 0 ? geometry.VirtualAddressBits : geometry.ActualVirtualAddressBits),
        OutputBits = format.AddressBits,
        Table = table,
        Format = format,
        Mair = null,
        IgnoresTableAttributes = false,
        IsDisabled = false,
        IgnoresTopByte = false,
        SetsAccessFlag = false,
    };

    /// <summary>The digest of all tables of a tree.</summary>
    /// <param name="memory">Where they lie.</param>
    /// <param name="root">The root as built.</param>
    /// <param name="tables">How many they are.</param>
    /// <exception cref="InvalidInputException">They are not all there, or are no tree.</exception>
    public static TableDigest Digest(MemoryImage memory, TranslationRoot root, out ulong tables)
    {
        Digester digester = new(memory, root);
        _ = TableReader.Read(memory, root, digester);
        tables = digester.Builder.Tables;
        return digester.Builder.ToDigest();
    }

    /// <summary>Every leaf of a tree, in ascending order of virtual address.</summary>
    /// <param name="memory">Where its tables lie.</param>
    /// <param name="root">The root as built.</param>
    /// <exception cref="InvalidInputException">They are not all there, or are no tree.</exception>
    public static IReadOnlyList<Leaf> Leaves(MemoryImage memory, TranslationRoot root)
    {
        LeafCollector collector = new(memory, root);
        _ = TableReader.Read(memory, root, collector);
        return collector.Leaves;
    }

    // Half an answer would be none.
    private static InvalidInputException Refusal(MemoryImage memory, TranslationRoot root, TablePath path, TableProblemKind why, ulong address, int depth) =>
        TextFile.Error(memory.Name, new TableProblem(why, new VirtualAddress(address), path.Steps(depth, EntryKind.Table)).Reason(root));

    private sealed unsafe class Digester(MemoryImage memory, TranslationRoot root) : ITableVisitor
    {
        public TableDigestBuilder Builder = TableDigestBuilder.Create();

        public void OnTable(in TableView table) => Builder.Add(table.Table, table.Entries, table.Count);

        public void OnRefused(TablePath path, TableProblemKind why, int level, ulong address, int depth) => throw Refusal(memory, root, path, why, address, depth);
    }

    private sealed unsafe class LeafCollector(MemoryImage memory, TranslationRoot root) : ITableVisitor
    {
        public List<Leaf> Leaves { get; } = [];

        public void OnTable(in TableView table)
        {
        }

        public void OnEntry(in TableView table, int index, ulong address) => Add(table, index, address);

        public void OnPages(in TableView table, int first, int end)
        {
            for (int i = first; i < end; i++)
            {
                if ((table.Entries[i] & DescriptorBits.Valid) != 0)
                {
                    Add(table, i, table.Start + ((ulong)i << root.PageShift));
                }
            }
        }

        public void OnRefused(TablePath path, TableProblemKind why, int level, ulong address, int depth) => throw Refusal(memory, root, path, why, address, depth);

        private void Add(in TableView table, int index, ulong address)
        {
            Descriptor entry = new(table.Entries[index]);
            Leaves.Add(new Leaf(new VirtualAddress(address), 1UL << root.Shift(table.Level), root.Format.Decode(entry), table.Level, entry));
        }
    }
}
