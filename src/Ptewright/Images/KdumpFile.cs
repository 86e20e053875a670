using System.Buffers.Binary;
using System.Text;

namespace Ptewright.Images;

/// <summary>One kdump-compressed file: its headers, and the pages that it has.</summary>
internal sealed class KdumpFile : IDisposable
{
    private const int DescriptorSize = 24;

    private const int DescriptorsAtOnce = 1 << 12;

    private readonly FileBytes _file;
    private readonly List<string> _remarks = [];
    private PageBitmap _stored = null!;
    private ulong _storedBefore;

    /// <summary>Opens a file and reads its headers.</summary>
    /// <param name="path">The file, which may be flattened.</param>
    /// <exception cref="InvalidInputException">It is no such file, or is damaged.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public KdumpFile(string path)
    {
        _file = FileBytes.Open(path);
        try
        {
            Header = new KdumpHeader(_file);
            _remarks.AddRange(_file.Remarks);
            CoreInfoText = ReadCoreInfo();
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <summary>The file's name.</summary>
    public string Name => _file.Name;

    /// <summary>What its headers say.</summary>
    public KdumpHeader Header { get; }

    /// <summary>The text of VMCOREINFO; null where there is none.</summary>
    public string? CoreInfoText { get; }

    /// <summary>What is not as it should be: one sentence each.</summary>
    public IReadOnlyList<string> Remarks => _remarks;

    /// <summary>The pages that the machine had; where the file does not say, those that are stored.</summary>
    public PageBitmap ReadKnown() => new(_file, Header.BitmapOffset, Header.Pages);

    /// <summary>The pages that are stored, here or in another file of the set.</summary>
    public PageBitmap ReadStored() => new(_file, Header.StoredOffset, Header.Pages);

    /// <summary>Says which pages are stored, before any is read.</summary>
    /// <param name="stored">The bitmap, which is the same in all files of a set.</param>
    public void Use(PageBitmap stored)
    {
        _stored = stored;
        _storedBefore = stored.CountBefore(Header.FirstPage);
        RemarkOnWhatIsMissing(stored.CountBefore(Header.EndPage) - _storedBefore);
    }

    /// <summary>Reads a page.</summary>
    /// <param name="number">Its number; it is stored, in this file.</param>
    /// <param name="unpacker">Unpacks it.</param>
    /// <param name="page">Takes it: a block.</param>
    /// <returns>False when it is lost.</returns>
    /// <exception cref="InvalidInputException">The file cannot be read any more.</exception>
    /// <exception cref="ObjectDisposedException">The file is closed.</exception>
    public bool TryRead(ulong number, PageUnpacker unpacker, Span<byte> page)
    {
        if (!TryFind(_stored.CountBefore(number) - _storedBefore, unpacker.Descriptors, out ulong offset, out int size, out PagePacking packing))
        {
            return false;
        }

        unpacker.Packed.Read(_file, offset, unpacker.RoomFor(size));
        return unpacker.TryUnpack(size, packing, page);
    }

    /// <summary>A page as it is packed; false when it is lost.</summary>
    /// <param name="number">Its number; it is stored, in this file.</param>
    /// <param name="bytes">What is packed.</param>
    /// <param name="packing">With what.</param>
    /// <exception cref="InvalidInputException">The file cannot be read any more.</exception>
    public bool TryPacked(ulong number, out byte[] bytes, out PagePacking packing)
    {
        bool found = TryFind(_stored.CountBefore(number) - _storedBefore, null, out ulong offset, out int size, out packing);
        bytes = found ? _file.Copy(offset, size) : [];
        return found;
    }

    /// <summary>Its pages that no descriptor leads to, ascending.</summary>
    /// <param name="stop">Ends the work.</param>
    /// <exception cref="InvalidInputException">The file cannot be read any more.</exception>
    public IEnumerable<ulong> FindLost(CancellationToken stop)
    {
        byte[] descriptors = new byte[DescriptorsAtOnce * DescriptorSize];
        ulong index = 0;
        int there = 0;
        for (ulong page = _stored.Next(Header.FirstPage, isSet: true); page < Header.EndPage; page = _stored.Next(page + 1, isSet: true), index++)
        {
            int inBuffer = (int)(index % DescriptorsAtOnce);
            if (inBuffer == 0)
            {
                stop.ThrowIfCancellationRequested();
                ulong at = Header.DescriptorOffset + (index * DescriptorSize);
                there = (int)Math.Min((ulong)descriptors.Length, at < _file.Length ? _file.Length - at : 0);
                _file.Read(at, descriptors.AsSpan(0, there));
            }

            if ((inBuffer + 1) * DescriptorSize > there || !IsSound(descriptors.AsSpan(inBuffer * DescriptorSize, DescriptorSize), out _, out _, out _))
            {
                yield return page;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private bool TryFind(ulong index, NearReads? near, out ulong offset, out int size, out PagePacking packing)
    {
        (offset, size, packing) = (0, 0, default);
        ulong at = Header.DescriptorOffset + (index * DescriptorSize);
        if (!_file.Has(at, DescriptorSize))
        {
            return false;
        }

        Span<byte> descriptor = stackalloc byte[DescriptorSize];
        if (near is null)
        {
            _file.Read(at, descriptor);
        }
        else
        {
            near.Read(_file, at, descriptor);
        }

        return IsSound(descriptor, out offset, out size, out packing);
    }

    // A descriptor: the page's offset in the file, its size there, what it is packed with, and flags that nobody sets. An offset of 0: there was no room for the page.
    private bool IsSound(ReadOnlySpan<byte> descriptor, out ulong offset, out int size, out PagePacking packing)
    {
        offset = BinaryPrimitives.ReadUInt64LittleEndian(descriptor);
        uint bytes = BinaryPrimitives.ReadUInt32LittleEndian(descriptor[8..]);
        packing = (PagePacking)BinaryPrimitives.ReadUInt32LittleEndian(descriptor[12..]);
        size = (int)Math.Min(bytes, Header.BlockSize);
        return offset != 0 && bytes > 0 && bytes <= Header.BlockSize && _file.Has(offset, bytes);
    }

    private void RemarkOnWhatIsMissing(ulong pages)
    {
        if (Header.IsIncomplete)
        {
            _remarks.Add(ElfHeaders.Incomplete);
        }

        ulong room = (_file.Length - Header.DescriptorOffset) / DescriptorSize;
        if (pages > room)
        {
            _remarks.Add($"It is cut short: of its {pages} pages the descriptors of {pages - room} lie behind its end at byte 0x{_file.Length:x}; those pages are lost.");
        }
        else if (pages > 0 && !Header.IsIncomplete && !TryFind(pages - 1, null, out _, out _, out _))
        {
            _remarks.Add($"It is cut short or damaged: the last of its {pages} pages does not lie in its 0x{_file.Length:x} bytes; pages that do not are lost.");
        }

        if (Header.Machine is not ("" or "Unknown" or "aarch64"))
        {
            _remarks.Add($"It says that it is of a machine of kind {ForeignText.Quote(Header.Machine)}; it is read as one of arm64.");
        }

        if (!Header.HasTwoBitmaps)
        {
            _remarks.Add("It has one bitmap, so pages that were left out cannot be told from memory that the machine did not have.");
        }
    }

    private string? ReadCoreInfo()
    {
        (ulong offset, ulong size) = Header.CoreInfo;
        if (size > 0 && offset > 0)
        {
            return Part("VMCOREINFO", offset, size) is { } text ? Encoding.Latin1.GetString(text) : null;
        }

        (offset, size) = Header.Notes;
        return size > 0 && Part("notes", offset, size) is { } notes ? ElfNotes.FindCoreInfo(notes) : null;
    }

    private byte[]? Part(string what, ulong offset, ulong size)
    {
        if (_file.Has(offset, size) && size <= ElfNotes.MostBytes)
        {
            return _file.Copy(offset, (int)size);
        }

        _remarks.Add($"Its {what}, {size} bytes at offset 0x{offset:x}, do not lie in the file or are more than {ElfNotes.MostBytes >> 20} MiB, so nothing is taken from there.");
        return null;
    }
}
