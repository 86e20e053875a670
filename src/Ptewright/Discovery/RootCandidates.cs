using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.Translation;

namespace Ptewright.Discovery;

/// <summary>A page that may be a root.</summary>
/// <param name="Page">Where it lies.</param>
/// <param name="Shape">How it would be read.</param>
/// <param name="IsLedTo">Whether a page that may be a table leads to it, as to a table below.</param>
internal readonly record struct RootCandidate(PhysicalAddress Page, RootShape Shape, bool IsLedTo);

/// <summary>Which of the pages that may be tables may be roots.</summary>
internal sealed unsafe class RootCandidates
{
    private RootCandidates()
    {
    }

    /// <summary>Roots of kernels, such that nothing leads to first.</summary>
    public List<RootCandidate> Kernels { get; } = [];

    /// <summary>Pages whose entries all are as Linux makes those of programs, PXNTable alone, and whether a page that may be a table leads to it.</summary>
    public List<(PhysicalAddress Page, int PageShift, bool IsLedTo)> Programs { get; } = [];

    /// <summary>Finds them.</summary>
    /// <param name="image">The source.</param>
    /// <param name="found">What a pass over it found.</param>
    /// <param name="memory">The memory that there is.</param>
    /// <param name="watch">Who is told of the work, and may end it.</param>
    public static RootCandidates Find(MemoryImage image, SweepFindings found, MemoryRanges memory, WorkWatch watch)
    {
        RootCandidates candidates = new();
        using MemoryReader reader = image.OpenReader();
        foreach (int shift in (ReadOnlySpan<int>)[12, 14, 16])
        {
            candidates.OfGranule(reader, found.Tables(shift), shift, memory, watch);
        }

        candidates.Kernels.Sort((one, other) => one.IsLedTo.CompareTo(other.IsLedTo));
        return candidates;
    }

    private void OfGranule(MemoryReader reader, IReadOnlyList<ulong> tables, int shift, MemoryRanges memory, WorkWatch watch)
    {
        HashSet<ulong> known = [.. tables];
        HashSet<ulong> led = [];
        int done = 0;
        foreach (ulong table in tables)
        {
            if ((done++ & 0xfff) == 0)
            {
                watch.Report("possible tables", done, tables.Count);
            }

            foreach (ulong raw in Entries(reader, table, shift))
            {
                if ((raw & DescriptorBits.TypeMask) == DescriptorBits.TypeTable)
                {
                    Lead(OutputAddressFormat.Bits48((GranuleSize)shift), raw, table);
                    Lead(OutputAddressFormat.Bits52((GranuleSize)shift), raw, table);
                }
            }
        }

        RootShape[] shapes = [.. RootShape.All.Where(shape => (int)shape.Granule == shift)];
        foreach (ulong table in tables)
        {
            ReadOnlySpan<ulong> entries = Entries(reader, table, shift);
            bool isLedTo = led.Contains(table);
            if (IsOfProgram(entries))
            {
                Programs.Add((new PhysicalAddress(table), shift, isLedTo));
                continue;
            }

            foreach (RootShape shape in shapes)
            {
                if (!entries.IsEmpty && shape.Fits(entries, memory))
                {
                    Kernels.Add(new RootCandidate(new PhysicalAddress(table), shape, isLedTo));
                }
            }
        }

        void Lead(in OutputAddressFormat format, ulong raw, ulong from)
        {
            ulong to = format.Decode(new Descriptor(raw)).Value;
            if (to != from && known.Contains(to))
            {
                _ = led.Add(to);
            }
        }
    }

    // Good until the next one is asked for.
    private static ReadOnlySpan<ulong> Entries(MemoryReader reader, ulong table, int shift)
    {
        ulong* entries = (ulong*)reader.Reach(new PhysicalAddress(table), 1 << shift, out _);
        return entries == null ? default : new ReadOnlySpan<ulong>(entries, 1 << (shift - 3));
    }

    private static bool IsOfProgram(ReadOnlySpan<ulong> entries)
    {
        bool any = false;
        foreach (ulong raw in entries)
        {
            if (raw != 0)
            {
                if ((raw & PageKinds.ProgramMask) != PageKinds.ProgramEntry)
                {
                    return false;
                }

                any = true;
            }
        }

        return any;
    }
}
