using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Ptewright.Kernels.Symbols;

/// <summary>The five parts in which a kernel maps its own image, as distances from the image's first byte: code, read-only data, code of boot, data of boot, data.</summary>
/// <param name="Code">The first byte of the code, and the first behind it.</param>
/// <param name="ReadOnlyData">The same of read-only data.</param>
/// <param name="InitCode">The same of the code of boot.</param>
/// <param name="InitData">The same of the data of boot.</param>
/// <param name="Data">The same of data.</param>
/// <remarks>Linux: <c>map_kernel</c> in <c>arch/arm64/mm/mmu.c</c>, which maps each with the same function and puts it on the list of areas; from 6.9 on <c>declare_kernel_vmas</c>.</remarks>
internal readonly record struct ImageSegments(SegmentRange Code, SegmentRange ReadOnlyData, SegmentRange InitCode, SegmentRange InitData, SegmentRange Data)
{
    private const int Parts = 5;

    // Linux: struct vm_struct, which begins with the next one, the address and the size.
    private const int AreaAddress = 8;
    private const int AreaSize = 16;
    private const int AreaLength = 24;

    /// <summary>Takes them from the calls that map them.</summary>
    /// <param name="calls">The calls of a function.</param>
    /// <returns>Null where there are not five calls of one function, with two addresses in the same two registers, that ascend.</returns>
    public static ImageSegments? Of(IEnumerable<CodeCall> calls)
    {
        foreach (IGrouping<ulong, CodeCall> group in calls.GroupBy(call => call.Target))
        {
            // Which registers they are in depends on the version, and on what the compiler left out.
            for (int start = 0; start < CodeReader.Arguments - 1; start++)
            {
                for (int end = start + 1; end < CodeReader.Arguments; end++)
                {
                    // The beginning of the first may come from the stack; it is known otherwise, and 0 here.
                    CodeCall[] ends = [.. group.Where(call => call.Arguments[end].IsAddress)];
                    if (ends.Length == Parts && ends.Skip(1).All(call => call.Arguments[start].IsAddress)
                        && Of([.. ends.Select(call => new SegmentRange(call.Arguments[start].IsAddress ? call.Arguments[start].Value : 0, call.Arguments[end].Value))]) is { } found)
                    {
                        return found;
                    }
                }
            }
        }

        return null;
    }

    /// <summary>Takes them from the list of areas, which is in the data of a kernel that runs.</summary>
    /// <param name="image">The image, as it lies in memory.</param>
    /// <param name="text">The virtual address of its first byte.</param>
    /// <param name="starts">Where the code may begin.</param>
    /// <param name="end">Where it ends.</param>
    /// <param name="page">The page size: the last area is followed by a page that is in its size.</param>
    /// <returns>Null where there is none.</returns>
    public static ImageSegments? OfAreas(ReadOnlySpan<byte> image, ulong text, ReadOnlySpan<ulong> starts, ulong end, ulong page)
    {
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(image);
        foreach (ulong start in starts)
        {
            for (int at = 0; words[at..].IndexOf(text + start) is >= 0 and int found; at++)
            {
                at += found;
                if (at > 0 && at + 1 < words.Length && words[at + 1] == end - start && Follow(image, text, (ulong)(at - 1) * sizeof(ulong), page) is { } segments)
                {
                    return segments;
                }
            }
        }

        return null;
    }

    private static ImageSegments? Follow(ReadOnlySpan<byte> image, ulong text, ulong at, ulong page)
    {
        SegmentRange[] ranges = new SegmentRange[Parts];
        for (int i = 0; i < Parts; i++)
        {
            if (at > (ulong)image.Length || (ulong)image.Length - at < AreaLength)
            {
                return null;
            }

            ReadOnlySpan<byte> area = image[(int)at..];
            ulong start = BinaryPrimitives.ReadUInt64LittleEndian(area[AreaAddress..]) - text;
            ulong size = BinaryPrimitives.ReadUInt64LittleEndian(area[AreaSize..]);
            ranges[i] = new SegmentRange(start, start + size - (i == Parts - 1 ? page : 0));
            at = BinaryPrimitives.ReadUInt64LittleEndian(area) - text;
        }

        return Of(ranges);
    }

    private static ImageSegments? Of(SegmentRange[] ranges)
    {
        for (int i = 0; i < ranges.Length; i++)
        {
            if (ranges[i].Start >= ranges[i].End || ranges[i].End > KernelImage.MaxSize || (i > 0 && ranges[i].Start < ranges[i - 1].End))
            {
                return null;
            }
        }

        return new ImageSegments(ranges[0], ranges[1], ranges[2], ranges[3], ranges[4]);
    }
}

/// <summary>A part of the image.</summary>
/// <param name="Start">Its first byte, as its distance from the image's.</param>
/// <param name="End">The first byte behind it.</param>
internal readonly record struct SegmentRange(ulong Start, ulong End);
