using Ptewright.Addressing;
using Ptewright.Texts;

namespace Ptewright.Firmware;

/// <summary>Finds out which lines of <c>/proc/iomem</c> stand inside which, and what each says about memory.</summary>
/// <remarks>
/// The kernel shows nesting by indentation, which copying through mails and chats loses. But resources never overlap except by lying
/// inside one another (<c>kernel/resource.c: __request_resource</c>), so the ranges alone tell the nesting, in any order of the lines.
/// </remarks>
internal static class IomemTree
{
    /// <summary>A line: its range with both ends inclusive, as <c>/proc/iomem</c> has it, and what its name says.</summary>
    public readonly record struct Entry(ulong First, ulong Last, IomemName Name, int Line);

    /// <summary>The regions that speak of memory, in ascending order of address.</summary>
    /// <exception cref="InvalidInputException">Lines overlap, memory lies inside memory, or the kernel lies outside it.</exception>
    public static List<IomemRegion> ToRegions(List<Entry> entries, string name)
    {
        // A line comes before the lines inside it: it starts no later and is longer, or it is the memory that they fill.
        entries.Sort(static (left, right) =>
            left.First != right.First ? left.First.CompareTo(right.First)
            : left.Last != right.Last ? right.Last.CompareTo(left.Last)
            : left.Name != right.Name ? left.Name.CompareTo(right.Name)
            : left.Line.CompareTo(right.Line));

        List<IomemRegion> regions = [];
        Stack<Entry> around = [];
        Entry? memory = null;
        foreach (Entry entry in entries)
        {
            while (around.TryPeek(out Entry top) && top.Last < entry.First)
            {
                _ = around.Pop();
            }

            if (around.TryPeek(out Entry parent) && parent.Last < entry.Last)
            {
                throw TextFile.Error(name, entry.Line, $"its range overlaps that of line {parent.Line} without lying inside it");
            }

            around.Push(entry);
            Entry? memoryAround = memory is { } last && entry.Last <= last.Last ? last : null;
            if (entry.Name == IomemName.SystemRam)
            {
                memory = memoryAround is null
                    ? entry
                    : throw TextFile.Error(name, entry.Line, $"it is System RAM inside the System RAM of line {memoryAround.Value.Line}");
            }

            if (KindOf(entry, memoryAround is not null, name) is { } kind)
            {
                regions.Add(new IomemRegion
                {
                    Kind = kind,
                    Start = new PhysicalAddress(entry.First),
                    End = new PhysicalAddress(entry.Last + 1),
                    Line = entry.Line,
                });
            }
        }

        return regions;
    }

    private static IomemRegionKind? KindOf(Entry entry, bool isInMemory, string name) => entry.Name switch
    {
        IomemName.SystemRam => IomemRegionKind.Memory,
        IomemName.DriverManagedRam => IomemRegionKind.HotAddedMemory,
        IomemName.Reserved => isInMemory ? IomemRegionKind.Reserved : IomemRegionKind.NoMapMemory,
        IomemName.Other => null,
        _ when !isInMemory => throw TextFile.Error(name, entry.Line, "a part of the kernel lies outside System RAM"),
        IomemName.KernelCode => IomemRegionKind.KernelCode,
        IomemName.KernelData => IomemRegionKind.KernelData,
        IomemName.KernelBss => IomemRegionKind.KernelBss,
        _ => IomemRegionKind.CrashKernel,
    };
}
