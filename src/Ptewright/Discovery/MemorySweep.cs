using System.Buffers.Binary;
using System.Runtime.Intrinsics;
using System.Text;
using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.Texts;
using Ptewright.Translation;

namespace Ptewright.Discovery;

/// <summary>Goes through all memory once, and notes what a kernel leaves there: VMCOREINFO, the image's header, its banner, pages that may be tables.</summary>
internal sealed unsafe class MemorySweep
{
    private const int Chunk = MemoryReader.MostBytes;
    private const int PagesOfChunk = Chunk / PageKinds.PageBytes;

    // The note's header: sizes of name and description, type; then the name, filled up to 12 bytes.
    private const int NoteTextAt = 24;

    private readonly SweepFindings _found = new();
    private readonly MemoryReader _reader;
    private readonly PageKind[] _kinds = new PageKind[PagesOfChunk];

    private readonly MemoryRanges _memory;

    private MemorySweep(MemoryReader reader, MemoryRanges memory)
    {
        _reader = reader;
        _memory = memory;
    }

    /// <summary>Goes through a source's memory.</summary>
    /// <param name="image">The source.</param>
    /// <param name="memory">The memory that there is.</param>
    /// <param name="watch">Who is told of the work, and may end it.</param>
    public static SweepFindings Run(MemoryImage image, MemoryRanges memory, WorkWatch watch)
    {
        using MemoryReader reader = image.OpenSweep();
        MemorySweep sweep = new(reader, memory);
        ulong total = 0;
        foreach (MemorySegment segment in image.Segments)
        {
            total += segment.Size >> 20;
        }

        ulong before = 0;
        foreach (MemorySegment segment in image.Segments)
        {
            sweep.Segment(image, segment, before, total, watch);
            before += segment.Size;
        }

        return sweep._found;
    }

    private void Segment(MemoryImage image, MemorySegment segment, ulong before, ulong total, WorkWatch watch)
    {
        // Whole pages only.
        ulong at = (segment.Start.Value + PageKinds.PageBytes - 1) & ~(ulong)(PageKinds.PageBytes - 1);
        ulong end = (segment.Start.Value + segment.Size) & ~(ulong)(PageKinds.PageBytes - 1);
        bool mayBeHole = true;
        int chunks = 0;
        while (at < end)
        {
            if (mayBeHole)
            {
                ulong next = Math.Min(image.NextWritten(new PhysicalAddress(at)).Value & ~(ulong)(PageKinds.PageBytes - 1), end);
                if (next > at)
                {
                    _found.BytesOfHoles += next - at;
                    at = next;
                    continue;
                }
            }

            if ((chunks++ & 0xff) == 0)
            {
                watch.Report("MiB searched for a kernel", (long)((before + (at - segment.Start.Value)) >> 20), (long)total);
            }

            ulong last = Math.Min((at | (Chunk - 1)) + 1, end);
            mayBeHole = !Look(at, (int)(last - at));
            at = last;
        }
    }

    /// <summary>Looks at the pages of a chunk, or at those of them that are there.</summary>
    /// <returns>Whether there is something in it.</returns>
    private bool Look(ulong at, int bytes)
    {
        Array.Fill(_kinds, PageKind.Zero);
        bool isWritten = false;
        byte* first = _reader.Reach(new PhysicalAddress(at), bytes, out MemoryPresence presence);
        if (first != null)
        {
            isWritten = Pages(at, first, bytes);
        }
        else if (presence != MemoryPresence.Present)
        {
            for (int offset = 0; offset < bytes; offset += PageKinds.PageBytes)
            {
                byte* page = _reader.Reach(new PhysicalAddress(at + (ulong)offset), PageKinds.PageBytes, out _);
                isWritten |= page != null && Pages(at + (ulong)offset, page, PageKinds.PageBytes);
            }
        }

        if (isWritten)
        {
            _found.AddWritten(at, at + (ulong)bytes);
            Tables(at & ~(ulong)(Chunk - 1));
        }

        GC.KeepAlive(_reader);
        return isWritten;
    }

    private bool Pages(ulong at, byte* first, int bytes)
    {
        _found.BytesRead += (ulong)bytes;
        ReadOnlySpan<byte> all = new(first, bytes);
        if (!all.ContainsAnyExcept((byte)0))
        {
            return false;
        }

        for (int offset = 0; offset < bytes; offset += PageKinds.PageBytes)
        {
            PhysicalAddress page = new(at + (ulong)offset);
            PageKind kind = PageKinds.Of((ulong*)(first + offset));
            if (kind == PageKind.Table && !LeadsToMemory((ulong*)(first + offset)))
            {
                kind = PageKind.Other;
            }

            _kinds[(page.Value & (Chunk - 1)) / PageKinds.PageBytes] = kind;
            if (kind == PageKind.Other)
            {
                PageStart(page, all[offset..]);
            }

            if (kind != PageKind.Zero)
            {
                Programs(page, (ulong*)(first + offset));
            }
        }

        Banners(at, all);
        return true;
    }

    // Roots that are smaller than a page lie among other things, or among their own kind.
    private void Programs(PhysicalAddress page, ulong* words)
    {
        Vector256<ulong> mask = Vector256.Create(PageKinds.ProgramMask);
        Vector256<ulong> entry = Vector256.Create(PageKinds.ProgramEntry);
        for (int i = 0; i < PageKinds.PageBytes / sizeof(ulong); i += 4)
        {
            if (Vector256.EqualsAny(Vector256.Load(words + i) & mask, entry))
            {
                for (int j = i; j < i + 4 && _found.ProgramEntries.Count < SweepFindings.MostEntries; j++)
                {
                    if ((words[j] & PageKinds.ProgramMask) == PageKinds.ProgramEntry)
                    {
                        _found.ProgramEntries.Add((page.Value + ((ulong)j * sizeof(ulong)), words[j]));
                    }
                }
            }
        }
    }

    // Its first table lies in memory, in some format.
    private bool LeadsToMemory(ulong* words)
    {
        for (int i = 0; i < PageKinds.PageBytes / sizeof(ulong); i++)
        {
            if ((words[i] & DescriptorBits.TypeMask) == DescriptorBits.TypeTable)
            {
                Descriptor entry = new(words[i]);
                return Has(OutputAddressFormat.Bits48(GranuleSize.Size4K).Decode(entry)) || Has(OutputAddressFormat.Bits52(GranuleSize.Size4K).Decode(entry))
                    || Has(OutputAddressFormat.Bits52(GranuleSize.Size64K).Decode(entry));
            }
        }

        return true;

        // At 0 no kernel has one; a small number is no entry.
        bool Has(PhysicalAddress table) => table.Value != 0 && _memory.Has(table.Value);
    }

    private void PageStart(PhysicalAddress page, ReadOnlySpan<byte> bytes)
    {
        if (_found.Headers.Count < SweepFindings.MostOfAKind && ImageHeader.Read(page, bytes) is { } header)
        {
            _found.Headers.Add(header);
        }

        if (_found.CoreInfos.Count >= SweepFindings.MostOfAKind)
        {
            return;
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes) == "VMCOREINFO\0"u8.Length && bytes[12..].StartsWith("VMCOREINFO\0"u8))
        {
            uint size = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
            bytes = bytes[NoteTextAt..];
            bytes = bytes[..(int)Math.Min(size, (uint)bytes.Length)];
        }

        if (bytes.StartsWith("OSRELEASE="u8) && !bytes["OSRELEASE="u8.Length..].StartsWith("%"u8))
        {
            // Up to the first byte that is none of the text.
            int length = bytes.IndexOfAnyExcept(TextBytes.All);
            _found.CoreInfos.Add((page, Encoding.Latin1.GetString(length < 0 ? bytes : bytes[..length])));
        }
    }

    private void Banners(ulong at, ReadOnlySpan<byte> all)
    {
        for (int from = 0; _found.Banners.Count < SweepFindings.MostOfAKind && KernelBanner.IndexIn(all[from..]) is >= 0 and var hit;)
        {
            _found.Banners.Add(new PhysicalAddress(at + (ulong)(from + hit)));
            from += hit + KernelBanner.Start.Length;
        }
    }

    // A larger table is one whose pages may all be parts of it.
    private void Tables(ulong chunk)
    {
        for (int shift = 12; shift <= 16; shift += 2)
        {
            int pages = 1 << (shift - 12);
            for (int first = 0; first < PagesOfChunk; first += pages)
            {
                ReadOnlySpan<PageKind> parts = _kinds.AsSpan(first, pages);
                if (parts.Contains(PageKind.Table) && !parts.Contains(PageKind.Other))
                {
                    _found.AddTable(shift, chunk + ((ulong)first * PageKinds.PageBytes));
                }
            }
        }
    }
}
