using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.Translation;

namespace Ptewright.Walking;

/// <summary>Goes through all tables of one tree, or those of a part of its addresses. Nothing else does on the host; what is done with the tables is a visitor's.</summary>
/// <remarks>Tables that lead to themselves are not followed; tables that many entries lead to are read for each of them, up to a limit of visits. So garbage takes bounded time.</remarks>
internal sealed unsafe class TableReader
{
    private readonly TranslationRoot _root;
    private readonly ITableVisitor _visitor;
    private readonly bool _seesInvalid;
    private readonly TablePath _path;
    private readonly ulong _from;
    private readonly ulong _last;
    private readonly long _mostVisits;
    private readonly ulong _beyond;
    private readonly ulong _inheritedMask;
    private readonly WorkWatch _watch;
    private long _visits;

    private TableReader(TablePath path, ITableVisitor visitor, VirtualAddress from, VirtualAddress last, long mostVisits, WorkWatch watch)
    {
        _watch = watch;
        _root = path.Root;
        _path = path;
        _visitor = visitor;
        _seesInvalid = visitor.SeesInvalid;
        _from = from.Value;
        _last = last.Value;
        _mostVisits = mostVisits;
        _beyond = ~0UL << _root.OutputBits;
        _inheritedMask = _root.IgnoresTableAttributes ? 0 : _root.Regime.InheritedMask;
    }

    /// <summary>Reads all of a half.</summary>
    /// <param name="memory">Where the tables lie.</param>
    /// <param name="root">How they are read.</param>
    /// <param name="visitor">What is done with them.</param>
    /// <param name="mostVisits">After so many visits of tables no more are entered.</param>
    /// <param name="watch">Who is told of the work, and may end it.</param>
    /// <returns>How many tables were entered; one more than are allowed when there would have been more.</returns>
    public static long Read(MemoryImage memory, TranslationRoot root, ITableVisitor visitor, long mostVisits = TableScanner.UsualVisits, WorkWatch watch = default) =>
        Read(memory, root, visitor, root.Start, root.Last, mostVisits, watch);

    /// <summary>Reads a part of a half.</summary>
    /// <param name="memory">Where the tables lie.</param>
    /// <param name="root">How they are read.</param>
    /// <param name="visitor">What is done with them.</param>
    /// <param name="from">The first address.</param>
    /// <param name="last">The last address.</param>
    /// <param name="mostVisits">After so many visits of tables no more are entered.</param>
    /// <param name="watch">Who is told of the work, and may end it.</param>
    /// <returns>How many tables were entered; one more than are allowed when there would have been more.</returns>
    public static long Read(
        MemoryImage memory,
        TranslationRoot root,
        ITableVisitor visitor,
        VirtualAddress from,
        VirtualAddress last,
        long mostVisits = TableScanner.UsualVisits,
        WorkWatch watch = default)
    {
        if (root.IsDisabled || from.Value > last.Value || last < root.Start || (from > root.Start && (from.Value - root.Start.Value) >> root.InputBits != 0))
        {
            return 0;
        }

        using MemoryReader opened = memory.OpenReader();
        TableReader reader = new(new TablePath(opened, root), visitor, from, last, mostVisits, watch);
        if ((root.Table.Value & reader._beyond) != 0)
        {
            reader.Refuse(TableProblemKind.AddressSize, root.RootLevel, root.Start.Value, 0);
        }
        else
        {
            reader.Visit(root.RootLevel, 0, root.Table, root.Start.Value, 0, null);
        }

        return reader._visits;
    }

    private void Visit(int level, int depth, PhysicalAddress at, ulong start, ulong inherited, ulong* ahead)
    {
        MemoryPresence presence = _path.Enter(depth, at);
        if (presence != MemoryPresence.Present)
        {
            Refuse(TableProblem.Without(presence), level, start, depth);
            return;
        }

        if (_visits >= _mostVisits)
        {
            _visits = _mostVisits + 1;
            Refuse(TableProblemKind.TooMany, level, start, depth);
            return;
        }

        // Seldom enough to cost nothing.
        if ((_visits++ & 0xfff) == 0)
        {
            _watch.Report("tables read", _visits - 1);
        }

        TableView table = new()
        {
            Path = _path,
            Table = at,
            Level = level,
            Depth = depth,
            Start = start,
            Inherited = inherited,
            Entries = _path.Entries(depth),
            Count = _root.EntriesAt(level),
            Ahead = ahead,
        };
        _visitor.OnTable(table);
        int shift = _root.Shift(level);
        int first = _from > start ? (int)Math.Min((_from - start) >> shift, (ulong)table.Count) : 0;
        int end = _last - start >= (ulong)table.Count << shift ? table.Count : (int)((_last - start) >> shift) + 1;
        if (level == 3)
        {
            _visitor.OnPages(table, first, end);
            return;
        }

        for (int i = first; i < end; i++)
        {
            ulong raw = table.Entries[i];
            if ((raw & DescriptorBits.Valid) == 0 && !_seesInvalid)
            {
                continue;
            }

            ulong address = start + ((ulong)i << shift);
            _path.Mark(depth, i, raw);
            if ((raw & DescriptorBits.TypeMask) != DescriptorBits.TypeTable)
            {
                _visitor.OnEntry(table, i, address);
                continue;
            }

            Follow(table, new Descriptor(raw), address, level == 2 && i + 1 < end ? _path.Ahead(table.Entries[i + 1]) : null);
            table.Entries = _path.Entries(depth);
            if (table.Entries == null)
            {
                // It was there, and is not any more.
                Refuse(TableProblemKind.LostMemory, level, address, depth);
                return;
            }
        }
    }

    private void Follow(in TableView table, Descriptor entry, ulong address, ulong* ahead)
    {
        PhysicalAddress output = _root.Format.Decode(entry);
        if ((output.Value & _beyond) != 0)
        {
            Refuse(TableProblemKind.AddressSize, table.Level, address, table.Depth + 1);
        }
        else if (_path.Has(output, table.Depth))
        {
            Refuse(TableProblemKind.Loop, table.Level, address, table.Depth + 1);
        }
        else
        {
            Visit(table.Level + 1, table.Depth + 1, output, address, table.Inherited | (entry.Raw & _inheritedMask), ahead);
        }
    }

    private void Refuse(TableProblemKind why, int level, ulong address, int depth) => _visitor.OnRefused(_path, why, level, address, depth);
}
