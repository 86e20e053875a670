using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Comparing;

/// <summary>Compares the tables of two trees one by one: where they lie, and their entries.</summary>
/// <remarks>Tables are the same table when they have one level and translate the same addresses. What leads back to itself, or lies outside memory, is not entered; a
/// <see cref="TableScanner"/> says so.</remarks>
public sealed class TableComparison
{
    private readonly Side _before;
    private readonly Side _after;
    private readonly int _most;
    private readonly List<TableChange> _first = [];
    private readonly ulong[] _counts = new ulong[Enum.GetValues<TableChangeKind>().Length];
    private ulong _entries;
    private long _visits;

    private TableComparison(MemoryImage before, TranslationRoot beforeRoot, MemoryImage after, TranslationRoot afterRoot, int most)
    {
        _most = most;
        _before = new Side(before, beforeRoot);
        _after = new Side(after, afterRoot);
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
    public static TableChanges Compare(MemoryImage before, TranslationRoot beforeRoot, MemoryImage after, TranslationRoot afterRoot, int most)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        if (!IsPossible(beforeRoot, afterRoot))
        {
            throw new ArgumentException("Tables of different shapes cannot be compared one by one.", nameof(afterRoot));
        }

        TableComparison comparison = new(before, beforeRoot, after, afterRoot, most);
        comparison.Visit(
            beforeRoot.RootLevel, beforeRoot.Start.Value, beforeRoot.IsDisabled ? null : beforeRoot.Table, afterRoot.IsDisabled ? null : afterRoot.Table);
        GC.KeepAlive(before);
        GC.KeepAlive(after);
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
    private sealed class Side(MemoryImage image, TranslationRoot root)
    {
        private readonly PhysicalAddress?[] _above = new PhysicalAddress?[TableWalker.MostSteps];

        public string Name => image.Name;

        public TranslationRoot Root => root;

        // Empty where there is no table.
        public ReadOnlySpan<ulong> Enter(int level, PhysicalAddress? table)
        {
            _above[level + 1] = null;
            if (table is not { } address || Array.IndexOf(_above, table, 0, level + 1) >= 0)
            {
                return default;
            }

            _above[level + 1] = table;
            return image.Entries(address, root.EntriesAt(level));
        }

        public PhysicalAddress? Next(int level, ulong raw)
        {
            Descriptor entry = new(raw);
            PhysicalAddress output = root.Format.Decode(entry);
            return level < 3 && entry.IsTableOrPage && output.Value >> root.OutputBits == 0 ? output : null;
        }

        public ulong Attributes(ulong raw) => root.Format.AttributesOf(new Descriptor(raw));
    }
}
