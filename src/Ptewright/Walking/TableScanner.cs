using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.Translation;

namespace Ptewright.Walking;

/// <summary>Reads every table of one half once and merges what they map into ranges.</summary>
/// <remarks>
/// <para>Two leaves are one range when they have one level, the same attributes (software's bits aside) and lead to memory behind one another. Time grows with the tables,
/// memory does not: nothing is kept but the open range.</para>
/// <para>Tables that lead to themselves are reported, not followed; tables that many entries lead to are read for each of them, up to a limit of visits. So garbage takes bounded
/// time.</para>
/// <para>It is a visitor of the one reader of tables, as are the kernel's text, the digest, the pages of a folder.</para>
/// </remarks>
public sealed unsafe partial class TableScanner : ITableVisitor
{
    /// <summary>How many visits of tables are allowed when nobody says: 64 GiB of 4K tables.</summary>
    public const long UsualVisits = 1L << 24;

    // Reported so often, the rest of the same kind is only counted.
    private const int MostProblems = 64;

    private readonly TranslationRoot _root;
    private readonly IRangeSink _sink;
    private readonly ulong _beyond;
    private readonly ulong _ignored;
    private readonly bool _leavesOutZeros;
    private bool _isTooMany;
    private long _told;

    // The open range: its size is what every leaf changes, so it is no part of a struct that would be copied.
    private ulong _openStart;
    private ulong _openSize;
    private ulong _openPhysical;
    private ulong _openBits;
    private ulong _openInherited;
    private int _openLevel;
    private bool _isOpen;

    private TableScanner(MemoryImage memory, TranslationRoot root, IRangeSink sink, bool isExact)
    {
        _leavesOutZeros = memory.LeavesOutZeros;
        _ignored = isExact ? 0 : DescriptorBits.SoftwareMask;
        _root = root;
        _sink = sink;
        _beyond = ~0UL << root.OutputBits;
    }

    /// <summary>How many tables were entered.</summary>
    public long Visits { get; private set; }

    /// <summary>How many problems there were, those that were not reported included; tables that are probably empty (<see cref="TableProblem.IsProbablyEmptyTable"/>) are none.</summary>
    public long Problems { get; private set; }

    /// <summary>How many tables were left out and are probably empty. They are reported as problems are, with that said.</summary>
    public long EmptyTables { get; private set; }

    /// <summary>How many of both were not reported, because there were too many.</summary>
    public long Unreported => Math.Max(0, Problems + EmptyTables - MostProblems);

    /// <summary>Scans all of a half.</summary>
    /// <param name="memory">Where the tables lie.</param>
    /// <param name="root">How they are read.</param>
    /// <param name="sink">Takes what is found.</param>
    public static TableScanner Scan(MemoryImage memory, TranslationRoot root, IRangeSink sink)
    {
        ArgumentNullException.ThrowIfNull(root);
        return Scan(memory, root, sink, root.Start, root.Last);
    }

    /// <summary>Scans a part of a half.</summary>
    /// <param name="memory">Where the tables lie.</param>
    /// <param name="root">How they are read.</param>
    /// <param name="sink">Takes what is found; a block that reaches over an end is reported whole.</param>
    /// <param name="from">The first address.</param>
    /// <param name="last">The last address.</param>
    /// <param name="mostVisits">After so many visits of tables the scan stops with <see cref="TableProblemKind.TooMany"/>.</param>
    /// <param name="isExact">Whether bits 58:55 and 63, which are software's, and those of a block's address field that its size leaves no use for count too: they keep leaves from being
    /// one range, and are in <see cref="LeafAttributes.Bits"/>.</param>
    /// <param name="progress">Told how far it is; may be null.</param>
    /// <param name="stop">Ends the work, with an <see cref="OperationCanceledException"/>.</param>
    public static TableScanner Scan(
        MemoryImage memory,
        TranslationRoot root,
        IRangeSink sink,
        VirtualAddress from,
        VirtualAddress last,
        long mostVisits = UsualVisits,
        bool isExact = false,
        IProgress<WorkProgress>? progress = null,
        CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(memory);
        ArgumentNullException.ThrowIfNull(root);
        ArgumentNullException.ThrowIfNull(sink);
        TableScanner scanner = new(memory, root, sink, isExact);
        scanner.Visits = TableReader.Read(memory, root, scanner, from, last, mostVisits, new WorkWatch(progress, stop));
        scanner.Close();
        return scanner;
    }

    void ITableVisitor.OnTable(in TableView table) => _sink.OnTable(table.Table, table.Level, new VirtualAddress(table.Start), table.Count * sizeof(ulong));

    void ITableVisitor.OnEntry(in TableView table, int index, ulong address)
    {
        Descriptor entry = new(table.Entries[index]);
        ulong output = _root.Format.Decode(entry).Value;
        if (!_root.HasBlocks(table.Level))
        {
            Report(table.Path, TableProblemKind.BadType, address, table.Depth + 1, EntryKind.BadType);
        }
        else if ((output & _beyond) != 0)
        {
            Report(table.Path, TableProblemKind.AddressSize, address, table.Depth + 1, EntryKind.Block);
        }
        else
        {
            CheckRun(table, index, address);
            ulong size = 1UL << _root.Shift(table.Level);
            Add(table.Level, address, output & ~(size - 1), size, entry.Raw, table.Inherited);
        }
    }

    void ITableVisitor.OnRefused(TablePath path, TableProblemKind why, int level, ulong address, int depth)
    {
        // Said once; what would come after is not read.
        if (why != TableProblemKind.TooMany || !_isTooMany)
        {
            _isTooMany |= why == TableProblemKind.TooMany;
            Report(path, why, address, depth, EntryKind.Table);
        }
    }

    // One leaf more: it makes the open range longer, or begins the next.
    private void Add(int level, ulong address, ulong physical, ulong size, ulong raw, ulong inherited)
    {
        ulong bits = _ignored == 0 ? raw ^ _root.Format.Encode(new PhysicalAddress(physical)) : _root.Format.AttributesOf(new Descriptor(raw));
        if (_isOpen && _openLevel == level && ((_openBits ^ bits) & ~_ignored) == 0 && _openInherited == inherited
            && _openStart + _openSize == address && _openPhysical + _openSize == physical)
        {
            _openSize += size;
            return;
        }

        Close();
        _openStart = address;
        _openSize = size;
        _openPhysical = physical;
        _openLevel = level;
        _openBits = bits;
        _openInherited = inherited;
        _isOpen = true;
    }

    private void Close()
    {
        if (_isOpen)
        {
            LeafAttributes attributes = new(_openBits, _openInherited, _root.Format.IsLpa2, _root.Mair) { Regime = _root.Regime };
            _sink.OnRange(new MappedRange(new VirtualAddress(_openStart), _openSize, new PhysicalAddress(_openPhysical), _openLevel, attributes));
            _isOpen = false;
        }
    }

    private void Report(TablePath path, TableProblemKind kind, ulong address, int depth, EntryKind last)
    {
        Close();
        bool isEmpty = kind == TableProblemKind.ExcludedMemory && _leavesOutZeros;
        Problems += isEmpty ? 0 : 1;
        EmptyTables += isEmpty ? 1 : 0;
        if (++_told <= MostProblems)
        {
            _sink.OnProblem(new TableProblem(kind, new VirtualAddress(address), path.Steps(depth, last)) { IsProbablyEmptyTable = isEmpty });
        }
    }
}
