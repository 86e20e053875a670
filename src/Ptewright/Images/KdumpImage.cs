using Ptewright.Addressing;

namespace Ptewright.Images;

/// <summary>A kdump-compressed dump: makedumpfile's, also flattened or split, QEMU's <c>kdump-zlib</c>, <c>kdump-lzo</c> and <c>kdump-snappy</c>.</summary>
/// <remarks>
/// <para>Pages are plain or packed with zlib, LZO, snappy or zstd, each as its descriptor says. They are unpacked when they are asked for, so the dump may be larger than memory.</para>
/// <para>Pages that the machine had and makedumpfile left out are <see cref="MemoryPresence.Excluded"/>; such that should be there and cannot be read are <see cref="MemoryPresence.Lost"/>.
/// Both belong to <see cref="Segments"/>: what the machine had.</para>
/// </remarks>
public sealed class KdumpImage : MemoryImage
{
    // Memory lies in few pieces. Only a dump without a bitmap of the memory that there was, or a damaged one, has more, and there small holes are told by reading.
    private const int MostSegments = 1 << 16;

    private readonly KdumpSet _set;
    private readonly int _shift;

    /// <summary>Opens a dump.</summary>
    /// <param name="paths">The file; of a split dump all of them in any order, or one with the others beside it.</param>
    /// <exception cref="InvalidInputException">A file is no such dump or damaged, or they do not belong together.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    public KdumpImage(params IReadOnlyList<string> paths)
    {
        ArgumentNullException.ThrowIfNull(paths);
        ArgumentOutOfRangeException.ThrowIfZero(paths.Count, nameof(paths));
        Name = string.Join(',', paths);
        _set = new KdumpSet(paths);
        _shift = _set.Header.BlockShift;
        Segments = FindSegments();
        CoreInfo = _set.CoreInfoText is { } text ? VmCoreInfo.Parse(text) : null;
        Remarks = _set.Remarks;
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<MemorySegment> Segments { get; }

    /// <inheritdoc/>
    public override VmCoreInfo? CoreInfo { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> Remarks { get; }

    /// <summary>The size of a page of the file in bytes; it says nothing of the granule.</summary>
    public int BlockSize => 1 << _shift;

    /// <summary>How many pages of that size the dump has.</summary>
    public ulong StoredPages => _set.Stored.Count;

    /// <summary>How many such pages the machine had.</summary>
    public ulong KnownPages => _set.Known.Count;

    /// <summary>Whether a name is that of a file that begins as such a dump does, flattened or not, or of several with commas, whose first one does.</summary>
    /// <param name="name">The name, whatever it leads to. What is flattened and no ELF core is taken for one.</param>
    /// <exception cref="InvalidInputException">It is flattened and damaged.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    internal static bool IsKdump(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        byte[] start = FileBytes.Beginning(PathsOf(name)[0], KdumpHeader.SignatureSize, out bool isFlattened);
        return KdumpHeader.IsSignature(start) || isFlattened;
    }

    /// <summary>Opens a dump by its name, or by the names of its files with commas.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="InvalidInputException">A file is no such dump or damaged, or they do not belong together.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    internal static KdumpImage Open(string name) => new(PathsOf(name));

    /// <inheritdoc/>
    public override MemoryReader OpenReader()
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
#pragma warning disable CA2000 // The reader lets go of them.
        UnpackedPages pages = new(_shift, TryLoad);
#pragma warning restore CA2000
        return new MemoryReader(pages.WindowAt, pages.Dispose);
    }

    /// <summary>A page as the file has it.</summary>
    /// <param name="page">Its number.</param>
    /// <param name="bytes">What is packed.</param>
    /// <param name="packing">With what.</param>
    /// <returns>False when it is not there.</returns>
    /// <exception cref="InvalidInputException">The file cannot be read any more.</exception>
    internal bool TryPacked(ulong page, out byte[] bytes, out PagePacking packing)
    {
        (bytes, packing) = ([], default);
        return _set.Stored[page] && _set.FileOf(page) is { } file && file.TryPacked(page, out bytes, out packing);
    }

    /// <inheritdoc/>
    public override bool LeavesOutZeros => (_set.Header.DumpLevel & 1) != 0 && _set.Header.HasTwoBitmaps;

    /// <inheritdoc/>
    internal override PhysicalAddress NextPresent(PhysicalAddress address)
    {
        ulong page = address.Value >> _shift;
        return _set.Stored[page] ? address : new PhysicalAddress(_set.Stored.Next(page, isSet: true) << _shift);
    }

    /// <inheritdoc/>
    internal override IReadOnlyList<MissingMemory> FindMissing(CancellationToken stop)
    {
        MissingMemory absent = new(MissingKind.Absent);
        MissingMemory excluded = new(MissingKind.LeftOut, WhatIsLeftOut());
        MissingMemory lost = new(MissingKind.Lost);
        PageBitmap known = _set.Known;
        PageBitmap stored = _set.Stored;
        ulong end = 0;
        for (ulong page = known.Next(0, isSet: true); page < known.Pages; page = known.Next(end, isSet: true))
        {
            stop.ThrowIfCancellationRequested();
            if (end > 0)
            {
                absent.Add(end << _shift, (page - end) << _shift);
            }

            end = known.Next(page, isSet: false);
            for (ulong at = page; at < end;)
            {
                // By turns what is stored and what is not.
                ulong next = Math.Min(stored.Next(at, !stored[at]), end);
                if (!stored[at])
                {
                    excluded.Add(at << _shift, (next - at) << _shift);
                }

                at = next;
            }
        }

        foreach (ulong page in _set.FindLost(stop))
        {
            lost.Add(page << _shift, 1UL << _shift);
        }

        return [.. new[] { absent, excluded, lost }.Where(kind => kind.Count > 0)];
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _set?.Dispose();

    // makedumpfile(8), -d.
    private string WhatIsLeftOut()
    {
        string[] kinds = ["zeros", "cache", "cache in use", "programs'", "free"];
        int level = _set.Header.DumpLevel;
        string[] meant = [.. kinds.Where((_, bit) => (level >> bit & 1) != 0)];
        return meant.Length == 0 ? $"dump level {level}" : $"dump level {level}: pages of these kinds: {string.Join(", ", meant)}";
    }

    // A file that has such a name is not cut in two.
    private static string[] PathsOf(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return File.Exists(name) ? [name] : name.Split(',');
    }

    private MemoryPresence TryLoad(ulong page, PageUnpacker unpacker, Span<byte> room)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        return !_set.Stored[page] ? _set.Known[page] ? MemoryPresence.Excluded : MemoryPresence.Missing
            : _set.FileOf(page) is { } file && file.TryRead(page, unpacker, room) ? MemoryPresence.Present
            : MemoryPresence.Lost;
    }

    private List<MemorySegment> FindSegments()
    {
        PageBitmap known = _set.Known;
        List<MemorySegment> segments = [];
        ulong smallestHole = 1;
        for (ulong page = known.Next(0, isSet: true); page < known.Pages;)
        {
            ulong end = known.Next(page, isSet: false);
            ulong next = known.Next(end, isSet: true);
            while (next < known.Pages && next - end < smallestHole)
            {
                end = known.Next(next, isSet: false);
                next = known.Next(end, isSet: true);
            }

            if (segments.Count == MostSegments)
            {
                smallestHole *= 4;
                segments.Clear();
                page = known.Next(0, isSet: true);
                continue;
            }

            segments.Add(new MemorySegment(new PhysicalAddress(page << _shift), (end - page) << _shift));
            page = next;
        }

        return segments;
    }
}
