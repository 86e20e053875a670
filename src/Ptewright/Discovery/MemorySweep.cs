using System.Buffers.Binary;
using System.Runtime.ExceptionServices;
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

    // What one thread goes through at once, and so many of them for each thread before all are put together.
    private const ulong Stretch = 1 << 20;
    private const int StretchesOfThread = 16;

    private readonly MemoryImage _image;
    private readonly MemoryReader _reader;
    private readonly PageKind[] _kinds = new PageKind[PagesOfChunk];

    private readonly MemoryRanges _memory;
    private SweepFindings _found = new();

    private MemorySweep(MemoryImage image, MemoryRanges memory)
    {
        _image = image;
        _reader = image.OpenSweep();
        _memory = memory;
    }

    /// <summary>Goes through a source's memory, on all cores. What is found does not depend on how many there are.</summary>
    /// <param name="image">The source.</param>
    /// <param name="memory">The memory that there is.</param>
    /// <param name="watch">Who is told of the work, and may end it.</param>
    /// <exception cref="InvalidInputException">The source cannot be read any more.</exception>
    /// <exception cref="OperationCanceledException">It is to end.</exception>
    public static SweepFindings Run(MemoryImage image, MemoryRanges memory, WorkWatch watch) => Run(image, memory, watch, Environment.ProcessorCount);

    /// <summary>The same on so many threads.</summary>
    internal static SweepFindings Run(MemoryImage image, MemoryRanges memory, WorkWatch watch, int threads)
    {
        long total = (long)image.Segments.Aggregate(0UL, (sum, segment) => sum + (segment.Size >> 20));
        SweepFindings found = new();
        List<MemorySweep> idle = [];
        List<MemorySweep> all = [];
        try
        {
            foreach ((ulong Start, ulong End, ulong Before)[] stretches in Stretches(image, found).Chunk(threads * StretchesOfThread))
            {
                watch.Report("MiB searched for a kernel", (long)(stretches[0].Before >> 20), total);
                SweepFindings[] parts = new SweepFindings[stretches.Length];
                RunAll(stretches.Length, threads, i =>
                {
                    MemorySweep sweep = Take();
                    parts[i] = sweep.Look(stretches[i].Start, stretches[i].End);
                    lock (idle)
                    {
                        idle.Add(sweep);
                    }
                }, watch.Stop);
                foreach (SweepFindings part in parts)
                {
                    found.Add(part);
                }
            }

            return found;
        }
        finally
        {
            all.ForEach(sweep => sweep._reader.Dispose());
        }

        MemorySweep Take()
        {
            lock (idle)
            {
                if (idle.Count > 0)
                {
                    MemorySweep last = idle[^1];
                    idle.RemoveAt(idle.Count - 1);
                    return last;
                }

                MemorySweep made = new(image, memory);
                all.Add(made);
                return made;
            }
        }
    }

    // The first thing that went wrong is what went wrong.
    private static void RunAll(int count, int threads, Action<int> run, CancellationToken stop)
    {
        try
        {
            _ = Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = stop }, run);
        }
        catch (AggregateException several)
        {
            ExceptionDispatchInfo.Throw(several.Flatten().InnerExceptions[0]);
        }
    }

    // All memory in whole pages, in order; what is not there and holes of files are passed over.
    private static IEnumerable<(ulong Start, ulong End, ulong Before)> Stretches(MemoryImage image, SweepFindings found)
    {
        const ulong PageMask = ~(ulong)(PageKinds.PageBytes - 1);
        ulong before = 0;
        foreach (MemorySegment segment in image.Segments)
        {
            ulong end = (segment.Start.Value + segment.Size) & PageMask;
            for (ulong at = (segment.Start.Value + PageKinds.PageBytes - 1) & PageMask; at < end;)
            {
                ulong present = Math.Min(image.NextPresent(new PhysicalAddress(at)).Value & PageMask, end);
                ulong next = present > at ? present : Math.Min(image.NextWritten(new PhysicalAddress(at)).Value & PageMask, end);
                if (next > at)
                {
                    found.BytesOfHoles += present > at ? 0 : next - at;
                    at = next;
                    continue;
                }

                ulong last = Math.Min((at | (Stretch - 1)) + 1, end);
                yield return (at, last, before + (at - segment.Start.Value));
                at = last;
            }

            before += segment.Size;
        }
    }

    private SweepFindings Look(ulong at, ulong end)
    {
        const ulong PageMask = ~(ulong)(PageKinds.PageBytes - 1);
        _found = new SweepFindings();
        bool mayBeHole = false;
        while (at < end)
        {
            if (mayBeHole)
            {
                ulong next = Math.Min(_image.NextWritten(new PhysicalAddress(at)).Value & PageMask, end);
                if (next > at)
                {
                    _found.BytesOfHoles += next - at;
                    at = next;
                    mayBeHole = false;
                    continue;
                }
            }

            ulong last = Math.Min((at | (Chunk - 1)) + 1, end);
            mayBeHole = !Look(at, (int)(last - at));
            at = last;
        }

        return _found;
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
