using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Comparing;

/// <summary>Compares the tables of two trees one by one: where they lie, and their entries.</summary>
/// <remarks>Tables are the same table when they have one level and translate the same addresses. What leads back to itself, or lies outside memory, is not entered; a
/// <see cref="TableScanner"/> says so.</remarks>
public sealed unsafe class TableComparison
{
    private readonly Side _before;
    private readonly Side _after;
    private readonly int _most;
    private readonly WorkWatch _watch;
    private readonly List<TableChange> _first = [];
    private readonly ulong[] _counts = new ulong[Enum.GetValues<TableChangeKind>().Length];
    private ulong _entries;
    private long _visits;

    private TableComparison(Side before, Side after, int most, WorkWatch watch)
    {
        _watch = watch;
        _most = most;
        _before = before;
        _after = after;
    }

    /// <summary>Whether the tables of two roots can be held against each other: same half, granule and size of addresses.</summary>
    public static bool IsPossible(TranslationRoot before, TranslationRoot after)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        return (before.Half, before.Granule, before.InputBits) == (after.Half, after.Granule, after.InputBits);
    }

    /// <summary>Every table that is not as it was, parents before children, ascending.</summary>
    /// <param name="before">Where the old tables lie.</param>
    /// <param name="beforeRoot">How they are read.</param>
    /// <param name="after">Where the new tables lie.</param>
    /// <param name="afterRoot">How they are read.</param>
    /// <exception cref="ArgumentException">They cannot be held against each other.</exception>
    /// <exception cref="InvalidInputException">Tables are entered so often that not all could be compared.</exception>
    public static IReadOnlyList<TableChange> Compare(MemoryImage before, TranslationRoot beforeRoot, MemoryImage after, TranslationRoot afterRoot) =>
        Compare(before, beforeRoot, after, afterRoot, int.MaxValue).First;

    /// <inheritdoc cref="Compare(MemoryImage, TranslationRoot, MemoryImage, TranslationRoot)"/>
    /// <param name="before">Where the old tables lie.</param>
    /// <param name="beforeRoot">How they are read.</param>
    /// <param name="after">Where the new tables lie.</param>
    /// <param name="afterRoot">How they are read.</param>
    /// <param name="most">How many changes are kept; the rest is counted.</param>
    /// <param name="progress">Told how far it is; may be null.</param>
    /// <param name="stop">Ends the work, with an <see cref="OperationCanceledException"/>.</param>
    public static TableChanges Compare(
        MemoryImage before,
        TranslationRoot beforeRoot,
        MemoryImage after,
        TranslationRoot afterRoot,
        int most,
        IProgress<WorkProgress>? progress = null,
        CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        if (!IsPossible(beforeRoot, afterRoot))
        {
            throw new ArgumentException("Tables of different shapes cannot be compared one by one.", nameof(afterRoot));
        }

        using MemoryReader beforeReader = before.OpenReader();
        using MemoryReader afterReader = after.OpenReader();
        TableComparison comparison = new(new Side(before.Name, new TablePath(beforeReader, beforeRoot)), new Side(after.Name, new TablePath(afterReader, afterRoot)), most, new WorkWatch(progress, stop));
        comparison.Visit(
            beforeRoot.RootLevel, beforeRoot.Start.Value, beforeRoot.IsDisabled ? null : beforeRoot.Table, afterRoot.IsDisabled ? null : afterRoot.Table);
        ulong[] counts = comparison._counts;
        return new TableChanges(
            comparison._first,
            counts[(int)TableChangeKind.Added],
            counts[(int)TableChangeKind.Removed],
            counts[(int)TableChangeKind.Moved],
            counts[(int)TableChangeKind.Changed],
            comparison._entries);
    }

    private void Visit(int level, ulong start, PhysicalAddress? before, PhysicalAddress? after)
    {
        ReadOnlySpan<ulong> old = _before.Enter(level, before);
        ReadOnlySpan<ulong> now = _after.Enter(level, after);
        if (old.IsEmpty && now.IsEmpty)
        {
            return;
        }

        if (++_visits > TableScanner.UsualVisits)
        {
            throw new InvalidInputException(FormattableString.Invariant(
                $"{_before.Name} and {_after.Name}: their tables are entered more than {TableScanner.UsualVisits:N0} times, which is more than is compared."));
        }

        // Seldom enough to cost nothing.
        if ((_visits & 0xfff) == 1)
        {
            _watch.Report("tables compared", _visits - 1);
        }

        int count = _before.Root.EntriesAt(level);
        bool isSame = _before.Root.Format.AddressBits == _after.Root.Format.AddressBits && old.SequenceEqual(now);
        int different = isSame ? 0 : CountDifferent(level, old, now, count);
        if (old.IsEmpty || now.IsEmpty || before != after || different > 0)
        {
            TableChangeKind kind = old.IsEmpty ? TableChangeKind.Added : now.IsEmpty ? TableChangeKind.Removed
                : before != after ? TableChangeKind.Moved : TableChangeKind.Changed;
            _counts[(int)kind]++;
            _entries += (ulong)different;
            if (_first.Count < _most)
            {
                _first.Add(new TableChange(kind, level, new VirtualAddress(start), old.IsEmpty ? null : before, now.IsEmpty ? null : after, different));
            }
        }

        for (int i = 0; i < count && level < 3; i++)
        {
            PhysicalAddress? oldNext = old.IsEmpty ? null : _before.Next(level, old[i]);
            PhysicalAddress? nowNext = now.IsEmpty ? null : _after.Next(level, now[i]);
            if (oldNext is not null || nowNext is not null)
            {
                Visit(level + 1, start + ((ulong)i << _before.Root.Shift(level)), oldNext, nowNext);
                old = old.IsEmpty ? old : _before.Entries(level);
                now = now.IsEmpty ? now : _after.Entries(level);
            }
        }
    }

    private int CountDifferent(int level, ReadOnlySpan<ulong> old, ReadOnlySpan<ulong> now, int count)
    {
        int different = 0;
        for (int i = 0; i < count; i++)
        {
            ulong was = old.IsEmpty ? 0 : old[i];
            ulong becomes = now.IsEmpty ? 0 : now[i];
            if (was == becomes && _before.Root.Format.AddressBits == _after.Root.Format.AddressBits)
            {
                continue;
            }

            bool areTables = !old.IsEmpty && !now.IsEmpty && _before.Next(level, was) is not null && _after.Next(level, becomes) is not null;
            bool isSame = _before.Attributes(was) == _after.Attributes(becomes)
                && (areTables || _before.Root.Format.Decode(new Descriptor(was)) == _after.Root.Format.Decode(new Descriptor(becomes)));
            different += isSame ? 0 : 1;
        }

        return different;
    }

    // One of the two trees, with the tables that lead to where the comparison is.
    private sealed class Side(string name, TablePath path)
    {
        public string Name => name;

        public TranslationRoot Root => path.Root;

        // Empty where there is no table.
        public ReadOnlySpan<ulong> Enter(int level, PhysicalAddress? table)
        {
            int depth = level - Root.RootLevel;
            if (table is not { } address || (depth > 0 && path.Has(address, depth - 1)) || path.Enter(depth, address) != MemoryPresence.Present)
            {
                return default;
            }

            return Entries(level);
        }

        public ReadOnlySpan<ulong> Entries(int level)
        {
            ulong* entries = path.Entries(level - Root.RootLevel);
            return entries == null ? default : new ReadOnlySpan<ulong>(entries, Root.EntriesAt(level));
        }

        public PhysicalAddress? Next(int level, ulong raw)
        {
            Descriptor entry = new(raw);
            PhysicalAddress output = Root.Format.Decode(entry);
            return level < 3 && entry.IsTableOrPage && output.Value >> Root.OutputBits == 0 ? output : null;
        }

        public ulong Attributes(ulong raw) => Root.Format.AttributesOf(new Descriptor(raw));
    }
}
