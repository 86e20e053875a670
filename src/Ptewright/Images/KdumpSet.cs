using System.Globalization;
using Ptewright.Texts;

namespace Ptewright.Images;

/// <summary>The files of one kdump-compressed dump, in the order of their pages: one, or as many as <c>makedumpfile --split</c> wrote.</summary>
internal sealed class KdumpSet : IDisposable
{
    private const int MostFiles = 256;

    // A folder with more is not looked through for the rest of a set.
    private const int MostNeighbours = 4096;

    private readonly List<KdumpFile> _files;
    private readonly List<string> _remarks = [];

    /// <summary>Opens files, and those that belong to one that is alone and lie beside it.</summary>
    /// <param name="paths">The files in any order.</param>
    /// <exception cref="InvalidInputException">One is no such file or damaged, or they do not belong together.</exception>
    /// <exception cref="IOException">One cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">One may not be read.</exception>
    public KdumpSet(IReadOnlyList<string> paths)
    {
        _files = [];
        try
        {
            foreach (string path in paths)
            {
                _files.Add(_files.Count < MostFiles ? new KdumpFile(path) : throw TextFile.Error(path, $"it is more than the {MostFiles} files that a split dump may have here"));
                RefuseStranger(_files[^1]);
            }

            if (_files is [{ Header.IsSplit: true } alone])
            {
                _files.AddRange(FindOthers(alone));
            }

            _files.Sort(InOrder);
            RefuseOverlaps();
            ReadBitmaps();
            RemarkOnGaps();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The pages that the machine had.</summary>
    public PageBitmap Known { get; private set; } = null!;

    /// <summary>The pages that are stored.</summary>
    public PageBitmap Stored { get; private set; } = null!;

    /// <summary>What all files of it say.</summary>
    public KdumpHeader Header => _files[0].Header;

    /// <summary>The text of VMCOREINFO; null where there is none.</summary>
    public string? CoreInfoText => _files[0].CoreInfoText;

    /// <summary>What is not as it should be: one sentence each.</summary>
    public IReadOnlyList<string> Remarks => _files.Count == 1
        ? [.. _remarks, .. _files[0].Remarks]
        : [.. _remarks, .. _files.SelectMany(file => file.Remarks.Select(remark => $"{TextFile.QuoteName(file.Name)}: {remark}"))];

    /// <summary>The file that a page would lie in; null where it is missing.</summary>
    public KdumpFile? FileOf(ulong page)
    {
        foreach (KdumpFile file in _files)
        {
            if (page < file.Header.EndPage)
            {
                return page >= file.Header.FirstPage ? file : null;
            }
        }

        return null;
    }

    /// <summary>The pages that are stored and that no descriptor leads to, ascending: they lie in another file, behind the end, or were never written. Damaged ones are not known before they are read.</summary>
    /// <param name="stop">Ends the work.</param>
    /// <exception cref="InvalidInputException">A file cannot be read any more.</exception>
    public IEnumerable<ulong> FindLost(CancellationToken stop)
    {
        ulong at = 0;
        foreach (KdumpFile? file in _files.Append(null))
        {
            ulong first = file?.Header.FirstPage ?? Header.Pages;
            for (ulong page = Stored.Next(at, isSet: true); page < first; page = Stored.Next(page + 1, isSet: true))
            {
                yield return page;
            }

            foreach (ulong page in file?.FindLost(stop) ?? [])
            {
                yield return page;
            }

            at = Math.Max(at, file?.Header.EndPage ?? 0);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _files.ForEach(file => file.Dispose());

    private void RefuseStranger(KdumpFile file)
    {
        if (_files.Count > 1 && !IsSameDump(_files[0], file))
        {
            throw TextFile.Error(
                file.Name, file.Header.IsSplit ? $"it is not a part of the same split dump as {TextFile.QuoteName(_files[0].Name)}" : "it is no part of a split dump, so it is read alone");
        }
    }

    private static bool IsSameDump(KdumpFile a, KdumpFile b) => a.Header.IsSameDump(b.Header) && a.CoreInfoText == b.CoreInfoText;

    private void RefuseOverlaps()
    {
        if (FindOverlap(_files) is var (first, second))
        {
            throw TextFile.Error(second.Name, $"the pages from {second.Header.FirstPage} on are in {TextFile.QuoteName(first.Name)} too");
        }
    }

    // Two of the files, in order, that have the same pages. A file of a set may have none.
    private static (KdumpFile First, KdumpFile Second)? FindOverlap(List<KdumpFile> files)
    {
        KdumpFile? last = null;
        foreach (KdumpFile file in files.Where(file => file.Header.FirstPage < file.Header.EndPage))
        {
            if (last is not null && file.Header.FirstPage < last.Header.EndPage)
            {
                return (last, file);
            }

            last = file;
        }

        return null;
    }

    private static int InOrder(KdumpFile a, KdumpFile b) =>
        a.Header.FirstPage != b.Header.FirstPage ? a.Header.FirstPage.CompareTo(b.Header.FirstPage) : a.Header.EndPage.CompareTo(b.Header.EndPage);

    // Each file has the bitmaps of the whole dump.
    private void ReadBitmaps()
    {
        Stored = _files[0].ReadStored();
        Known = Header.HasTwoBitmaps ? _files[0].ReadKnown() : Stored;
        foreach (KdumpFile file in _files)
        {
            if (file != _files[0] && !file.ReadStored().HasSameBits(Stored))
            {
                throw TextFile.Error(file.Name, $"other pages are stored than {TextFile.QuoteName(_files[0].Name)} says, so they are not parts of the same split dump");
            }

            file.Use(Stored);
        }
    }

    private void RemarkOnGaps()
    {
        ulong at = 0;
        foreach (KdumpFile? file in _files.Append(null))
        {
            ulong to = file?.Header.FirstPage ?? Header.Pages;
            if (to > at && Stored.CountBefore(to) - Stored.CountBefore(at) is var pages and not 0)
            {
                Remark($"It is a part of a split dump; the {pages} pages from 0x{at << Header.BlockShift:x} up to 0x{to << Header.BlockShift:x} are in another file of it, so they are lost: name all files, as in FILE,FILE.");
            }

            at = Math.Max(at, file?.Header.EndPage ?? 0);
        }
    }

    // The files do not name each other; what belongs together says the same of the dump. Where two have the same pages, a copy for instance, a person has to choose.
    private List<KdumpFile> FindOthers(KdumpFile alone)
    {
        List<KdumpFile> others = [];
        string folder = Path.GetDirectoryName(Path.GetFullPath(alone.Name))!;
        try
        {
            foreach (FileInfo file in new DirectoryInfo(folder).EnumerateFiles().Take(MostNeighbours))
            {
                if (others.Count < MostFiles && file.Name != Path.GetFileName(alone.Name))
                {
                    AddOther(others, alone, file);
                }
            }
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            // A folder that cannot be listed has none for us.
        }

        others.Sort(InOrder);
        if (FindOverlap([.. others.Append(alone).Order(Comparer<KdumpFile>.Create(InOrder))]) is not null)
        {
            others.ForEach(other => other.Dispose());
            _remarks.Add("It is a part of a split dump, and more than one file beside it has the same part: name those that are meant, as in FILE,FILE.");
            return [];
        }

        if (others.Count > 0)
        {
            Remark($"It is a part of a split dump, and is read with {string.Join(" and ", others.Select(other => TextFile.QuoteName(other.Name)))}.");
        }

        return others;
    }

    private static void AddOther(List<KdumpFile> others, KdumpFile alone, FileInfo file)
    {
        KdumpFile? other = null;
        try
        {
            // Whatever has no length, a pipe for instance, is not opened.
            string path = Path.Combine(Path.GetDirectoryName(alone.Name) ?? string.Empty, file.Name);
            if (file.Length > 0 && KdumpHeader.IsSignature(FileBytes.Beginning(path, KdumpHeader.SignatureSize, out _)))
            {
                other = new KdumpFile(path);
                if (IsSameDump(alone, other) && other.Header.FirstPage < other.Header.EndPage)
                {
                    others.Add(other);
                    other = null;
                }
            }
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or InvalidInputException)
        {
            // It is not what is looked for.
        }
        finally
        {
            other?.Dispose();
        }
    }

    private void Remark(FormattableString sentence) => _remarks.Add(sentence.ToString(CultureInfo.InvariantCulture));
}
