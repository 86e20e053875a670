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
/// </remarks>
public sealed unsafe partial class TableScanner
{
    /// <summary>How many visits of tables are allowed when nobody says: 64 GiB of 4K tables.</summary>
    public const long UsualVisits = 1L << 24;

    // Reported so often, the rest of the same kind is only counted.
    private const int MostProblems = 64;

    private readonly MemoryImage _memory;
    private readonly TranslationRoot _root;
    private readonly IRangeSink _sink;
    private readonly long _mostVisits;
    private readonly ulong _beyond;
    private readonly ulong _ignored;
    private readonly ulong _inheritedMask;
    private readonly PhysicalAddress[] _tables = new PhysicalAddress[TableWalker.MostSteps];
    private readonly int[] _indexes = new int[TableWalker.MostSteps];
    private readonly ulong[] _entries = new ulong[TableWalker.MostSteps];
    private ulong _from;
    private ulong _last;
    private long _visits;
    private MemoryWindow _window;
    private ulong* _ahead;

    // The open range: its size is what every leaf changes, so it is no part of a struct that would be copied.
    private ulong _openStart;
    private ulong _openSize;
    private ulong _openPhysical;
    private ulong _openBits;
    private ulong _openInherited;
    private int _openLevel;
    private bool _isOpen;

    private TableScanner(MemoryImage memory, TranslationRoot root, IRangeSink sink, long mostVisits, bool isExact)
    {
        _ignored = isExact ? 0 : DescriptorBits.SoftwareMask;
        _memory = memory;
        _root = root;
        _sink = sink;
        _mostVisits = mostVisits;
        _beyond = ~0UL << root.OutputBits;
        _inheritedMask = root.IgnoresTableAttributes ? 0 : root.Regime.InheritedMask;
    }

    /// <summary>How many tables were entered.</summary>
    public long Visits => _visits;

    /// <summary>How many problems there were, those that were not reported included.</summary>
    public long Problems { get; private set; }

    /// <summary>How many of them were not reported, because there were too many.</summary>
    public long Unreported => Math.Max(0, Problems - MostProblems);

    /// <summary>Scans all of a half.</summary>
    /// <param name="memory">Where the tables lie.</param>
    /// <param name="root">How they are read.</param>
    /// <param name="sink">Takes what is found.</param>
    public static TableScanner Scan(MemoryImage memory, TranslationRoot root, IRangeSink sink)
    {
        ArgumentNullException.ThrowIfNull(root);
        return Scan(memory, root, sink, root.Start, new VirtualAddress(root.Start.Value + ((1UL << root.InputBits) - 1)));
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
    public static TableScanner Scan(
        MemoryImage memory, TranslationRoot root, IRangeSink sink, VirtualAddress from, VirtualAddress last, long mostVisits = UsualVisits, bool isExact = false)
    {
        ArgumentNullException.ThrowIfNull(memory);
        ArgumentNullException.ThrowIfNull(root);
        ArgumentNullException.ThrowIfNull(sink);
        TableScanner scanner = new(memory, root, sink, mostVisits, isExact) { _from = from.Value, _last = last.Value };
        if (root.IsDisabled || from.Value > last.Value || last < root.Start || (from > root.Start && (from.Value - root.Start.Value) >> root.InputBits != 0))
        {
            return scanner;
        }

        if ((root.Table.Value & scanner._beyond) != 0)
        {
            scanner.Report(TableProblemKind.AddressSize, root.RootLevel, root.Start.Value, 0);
            return scanner;
        }

        // Pointers to tables are kept while the sink is told of what is in them, whatever it does.
        memory.Hold();
        try
        {
            scanner.Visit(root.RootLevel, 0, root.Table, root.Start.Value, 0);
        }
        finally
        {
            memory.LetGo();
        }

        scanner.Close();
        return scanner;
    }

    private void Visit(int level, int depth, PhysicalAddress table, ulong start, ulong inherited)
    {
        int count = _root.EntriesAt(level);
        ulong* entries = Reach(table, count);
        _tables[depth] = table;
        if (entries == null)
        {
            Report(TableProblemKind.MissingMemory, level, start, depth);
            return;
        }

        if (_visits == _mostVisits)
        {
            // Said once; what would come after is not read.
            Report(TableProblemKind.TooMany, level, start, depth);
            _visits++;
        }

        if (_visits > _mostVisits)
        {
            return;
        }

        _visits++;
        _sink.OnTable(table, level, new VirtualAddress(start), count * 8);
        int shift = _root.Shift(level);
        int first = _from > start ? (int)Math.Min((_from - start) >> shift, (ulong)count) : 0;
        int end = _last - start >= (ulong)count << shift ? count : (int)((_last - start) >> shift) + 1;
        if (level == 3)
        {
            VisitPages(depth, entries, _ahead == null ? entries : _ahead, first, end, start, inherited);
            return;
        }

        for (int i = first; i < end; i++)
        {
            ulong raw = entries[i];
            if ((raw & DescriptorBits.Valid) != 0)
            {
                _indexes[depth] = i;
                _entries[depth] = raw;
                _ahead = level == 2 && i + 1 < end ? Ahead(entries[i + 1]) : null;
                Follow(level, depth, entries, i, start + ((ulong)i << shift), inherited);
            }
        }
    }

    private void Follow(int level, int depth, ulong* entries, int index, ulong address, ulong inherited)
    {
        Descriptor entry = new(entries[index]);
        PhysicalAddress output = _root.Format.Decode(entry);
        bool isTable = entry.IsTableOrPage;
        if (!isTable && !_root.HasBlocks(level))
        {
            Report(TableProblemKind.BadType, level, address, depth + 1);
        }
        else if ((output.Value & _beyond) != 0)
        {
            Report(TableProblemKind.AddressSize, level, address, depth + 1);
        }
        else if (!isTable)
        {
            CheckRun(level, depth, entries, _root.EntriesAt(level), index, address);
            ulong size = 1UL << _root.Shift(level);
            Add(level, address, output.Value & ~(size - 1), size, entry.Raw, inherited);
        }
        else if (IsAbove(output, depth))
        {
            Report(TableProblemKind.Loop, level, address, depth + 1);
        }
        else
        {
            Visit(level + 1, depth + 1, output, address, inherited | (entry.Raw & _inheritedMask));
        }
    }

    private bool IsAbove(PhysicalAddress table, int depth)
    {
        for (int i = 0; i <= depth; i++)
        {
            if (_tables[i] == table)
            {
                return true;
            }
        }

        return false;
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

    // Nearly all tables lie behind one another, so nearly always the last window has the next one.
    private ulong* Reach(PhysicalAddress table, int count)
    {
        ulong* entries = _window.At(table.Value, (ulong)count);
        if (entries == null)
        {
            MemoryWindow found = _memory.WindowAt(table, count);
            entries = found.At(table.Value, (ulong)count);
            _window = entries == null ? _window : found;
        }

        return entries;
    }

    // Tables in ascending order of virtual address seldom lie so in memory, so the CPU does not guess which comes next.
    private ulong* Ahead(ulong raw) => (raw & DescriptorBits.TypeMask) == DescriptorBits.TypeTable
        ? _window.At(_root.Format.Decode(new Descriptor(raw)).Value, 1UL << _root.EntryShift)
        : null;

    private void Report(TableProblemKind kind, int level, ulong address, int depth)
    {
        Close();
        if (++Problems > MostProblems)
        {
            return;
        }

        WalkStep[] path = new WalkStep[depth];
        for (int i = 0; i < depth; i++)
        {
            Descriptor entry = new(_entries[i]);
            int at = _root.RootLevel + i;
            EntryKind type = i < depth - 1 || (at < 3 && entry.IsTableOrPage) ? EntryKind.Table
                : at == 3 && entry.IsTableOrPage ? EntryKind.Page
                : kind == TableProblemKind.BadType ? EntryKind.BadType : EntryKind.Block;
            path[i] = new WalkStep(at, _tables[i] + ((ulong)_indexes[i] * 8), _indexes[i], entry, type);
        }

        _sink.OnProblem(new TableProblem(kind, new VirtualAddress(address), path));
    }
}
