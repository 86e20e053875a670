using System.Runtime.InteropServices;
using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.Translation;

namespace Ptewright.Discovery;

/// <summary>Where memory must have lain in the machine, told by a kernel's tables in it: the entries of a root lead to addresses, and the tables that they mean lie at some distance in the file.</summary>
/// <remarks>Nothing is guessed: a place counts only if with it a kernel is proven (<see cref="FoundKernel.IsProven"/>).</remarks>
internal static class MemoryPlacement
{
    // What garbage could make long.
    private const int MostRoots = 256;
    private const int MostTables = 1 << 16;
    private const int MostPointers = 4;
    private const int MostLinks = 16;
    private const int MostPlaces = 8;

    // Kernels take memory in such pieces at least, and so do machines.
    private const ulong Alignment = 64 << 10;

    // The size of a table, and how its entries may say addresses.
    private static readonly (int Shift, OutputAddressFormat Format)[] _formats =
    [
        (12, OutputAddressFormat.Bits48(GranuleSize.Size4K)),
        (12, OutputAddressFormat.Bits52(GranuleSize.Size4K)),
        (14, OutputAddressFormat.Bits48(GranuleSize.Size16K)),
        (14, OutputAddressFormat.Bits52(GranuleSize.Size16K)),
        (16, OutputAddressFormat.Bits52(GranuleSize.Size64K)),
    ];

    /// <summary>Looks for places of a file's first byte at which a kernel in it is proven.</summary>
    /// <param name="open">The file as memory from an address on.</param>
    /// <param name="progress">Told how far it is; may be null.</param>
    /// <param name="stop">Ends the work.</param>
    /// <returns>The places with the kernels, the likeliest first; mostly one or none.</returns>
    /// <exception cref="InvalidInputException">The file cannot be read any more.</exception>
    public static IReadOnlyList<(PhysicalAddress Start, FoundKernel Kernel)> Find(Func<PhysicalAddress, MemoryImage> open, IProgress<WorkProgress>? progress = null, CancellationToken stop = default)
    {
        List<(PhysicalAddress Start, FoundKernel Kernel)> places = [];
        foreach (ulong start in Candidates(open, new WorkWatch(progress, stop)))
        {
            using MemoryImage placed = open(new PhysicalAddress(start));
            if (KernelDiscovery.Find(placed, progress: progress, stop: stop).Kernel is { IsProven: true } kernel)
            {
                places.Add((new PhysicalAddress(start), kernel));
            }
        }

        return places;
    }

    private static IEnumerable<ulong> Candidates(Func<PhysicalAddress, MemoryImage> open, WorkWatch watch)
    {
        using MemoryImage image = open(default);
        ulong size = image.Segments[^1].End.Value;

        // Of no segments any address may be memory.
        SweepFindings found = MemorySweep.Run(image, new MemoryRanges([]), watch);
        Dictionary<ulong, int> votes = [];
        using MemoryReader reader = image.OpenReader();
        foreach ((int shift, OutputAddressFormat format) in _formats)
        {
            IReadOnlyList<ulong> tables = found.Tables(shift);

            // Where the first entry of each leads, which has to be memory too: garbage looks like tables everywhere.
            Dictionary<ulong, ulong> first = [];
            foreach (ulong table in tables.Take(MostTables))
            {
                watch.Stop.ThrowIfCancellationRequested();
                if (Pointers(reader, table, shift, format, most: 1) is [var pointer])
                {
                    first.Add(table, pointer);
                }
            }

            // Tables are not led to from many places; a pattern that fills memory is.
            foreach (IGrouping<ulong, ulong> shared in first.GroupBy(table => table.Value, table => table.Key).Where(group => group.Skip(MostLinks).Any()).ToArray())
            {
                foreach (ulong table in shared)
                {
                    _ = first.Remove(table);
                }
            }

            foreach (ulong root in first.Keys.Where(table => found.Headers.Exists(header => table - header.At.Value < Math.Max(header.Size, 1UL << 24))).Take(MostRoots))
            {
                watch.Stop.ThrowIfCancellationRequested();
                ulong[] pointers = Pointers(reader, root, shift, format, most: 1 << 13);
                HashSet<ulong> tried = [];
                foreach (ulong pointer in pointers.Take(MostPointers))
                {
                    foreach ((ulong table, ulong next) in first)
                    {
                        ulong start = pointer - table;
                        if (pointer >= table && next - start < size && start % Alignment == 0 && start <= (1UL << 52) - size && tried.Add(start))
                        {
                            int led = pointers.Count(other => first.TryGetValue(other - start, out ulong behind) && behind - start < size);
                            ref int most = ref CollectionsMarshal.GetValueRefOrAddDefault(votes, start, out _);
                            most = Math.Max(most, led);
                        }
                    }
                }
            }
        }

        return [.. votes.Where(vote => vote.Value > 1).OrderByDescending(vote => vote.Value).ThenBy(vote => vote.Key).Take(MostPlaces).Select(vote => vote.Key)];
    }

    // Where the entries of a page lead that are tables, the first of them.
    private static ulong[] Pointers(MemoryReader reader, ulong table, int shift, OutputAddressFormat format, int most)
    {
        byte[] bytes = new byte[1 << shift];
        if (!reader.TryRead(new PhysicalAddress(table), bytes))
        {
            return [];
        }

        List<ulong> pointers = [];
        foreach (ulong raw in MemoryMarshal.Cast<byte, ulong>(bytes))
        {
            if ((raw & DescriptorBits.TypeMask) == DescriptorBits.TypeTable)
            {
                pointers.Add(format.Decode(new Descriptor(raw)).Value);
                if (pointers.Count == most)
                {
                    break;
                }
            }
        }

        return [.. pointers.Distinct()];
    }
}
