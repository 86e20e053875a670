using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.Walking;

namespace Ptewright.Captures;

/// <summary>Finds every page that tables lie in.</summary>
/// <remarks>Whole pages of the granule, in pieces of the smallest page: of a root that is smaller than a page the page around it, and of two halves each by its own granule.</remarks>
internal sealed class TablePages : ITableVisitor
{
    private const ulong Piece = FolderDescription.SmallestPage;
    private readonly HashSet<ulong> _pieces = [];
    private TranslationRoot? _root;

    /// <summary>Whether there are more than a folder holds, or more visits than were allowed.</summary>
    public bool IsTooMany { get; private set; }

    /// <summary>A page that was found before, because two entries or roots lead to it.</summary>
    public PhysicalAddress? Shared { get; private set; }

    /// <summary>A table that is not there, though an entry or a root leads to it.</summary>
    public PhysicalAddress? Missing { get; private set; }

    /// <summary>How many bytes of pages were found.</summary>
    public ulong Bytes => (ulong)_pieces.Count * Piece;

    /// <summary>The pieces by their addresses, ascending.</summary>
    public ulong[] Ascending()
    {
        ulong[] pieces = [.. _pieces];
        Array.Sort(pieces);
        return pieces;
    }

    /// <summary>Adds the pages of one tree.</summary>
    /// <param name="image">Where it lies.</param>
    /// <param name="root">How it is read.</param>
    /// <param name="mostVisits">After so many tables no more are read.</param>
    /// <param name="watch">Who is told of the work, and may end it.</param>
    public void Collect(MemoryImage image, TranslationRoot root, long mostVisits = TableScanner.UsualVisits, WorkWatch watch = default)
    {
        _root = root;
        _ = TableReader.Read(image, root, this, mostVisits, watch);
    }

    /// <inheritdoc/>
    public void OnRefused(TablePath path, TableProblemKind why, int level, ulong address, int depth)
    {
        PhysicalAddress Table() => depth == 0 ? _root!.Table : _root!.Format.Decode(path.Steps(depth, EntryKind.Table)[^1].Entry);
        switch (why)
        {
            case TableProblemKind.MissingMemory or TableProblemKind.ExcludedMemory or TableProblemKind.LostMemory:
                Missing ??= Table();
                break;
            case TableProblemKind.Loop:
                Shared ??= Table();
                break;
            case TableProblemKind.TooMany:
                IsTooMany = true;
                break;
            default:
                break; // Of no page.
        }
    }

    /// <inheritdoc/>
    public void OnTable(in TableView table)
    {
        IsTooMany |= Bytes > FolderDescription.MaxBytes;
        if (IsTooMany)
        {
            return;
        }

        ulong pageSize = 1UL << _root!.PageShift;
        PhysicalAddress page = table.Table.AlignDown(pageSize);
        for (ulong at = 0; at < pageSize; at += Piece)
        {
            if (!_pieces.Add(page.Value + at))
            {
                Shared ??= page;
            }
        }
    }
}
