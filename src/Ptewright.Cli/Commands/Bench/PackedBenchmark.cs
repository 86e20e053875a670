using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Cli.Commands.Bench;

/// <summary>One measurement of listing a packed dump against a plain loop that unpacks the pages of its tables.</summary>
/// <param name="Tables">How many tables were listed.</param>
/// <param name="Pages">How many pages of the file they lie in.</param>
/// <param name="PackedBytes">The size of those pages, packed.</param>
/// <param name="Ranges">How many ranges were found.</param>
/// <param name="ListMilliseconds">Opening the dump and listing, in time of CPUs: median of the rounds.</param>
/// <param name="UnpackMilliseconds">Unpacking the pages, whose packed bytes are in memory, the same: median of the rounds.</param>
/// <param name="Ratio">Listing over unpacking: median of the rounds' own ratios.</param>
internal sealed record PackedMeasurement(long Tables, int Pages, ulong PackedBytes, int Ranges, double ListMilliseconds, double UnpackMilliseconds, double Ratio);

/// <summary>Measures what a list of a packed dump costs beyond unpacking its tables. One thread; what is compared is measured in turn in every round, in the time that CPUs worked for it (the
/// kernel's share included), so that other programs disturb it little.</summary>
internal static class PackedBenchmark
{
    /// <summary>Lists the upper half of a dump, and unpacks its tables' pages in a plain loop, <paramref name="rounds"/> times, after one round that is not counted.</summary>
    /// <param name="open">Opens the dump.</param>
    /// <param name="registers">How its tables are read.</param>
    /// <param name="rounds">How many rounds.</param>
    /// <exception cref="InvalidInputException">A page of its tables is not there.</exception>
    public static PackedMeasurement Measure(Func<KdumpImage> open, ImageRegisters registers, int rounds)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rounds, 1);
        TranslationRoot root = TranslationRoot.Of(registers, AddressHalf.Upper);
        using KdumpImage dump = open();
        Seen seen = new(dump.BlockSize);
        long tables = TableScanner.Scan(dump, root, seen).Visits;
        List<(byte[] Bytes, PagePacking Packing)> packed = [];
        foreach (ulong page in seen.Pages.Order())
        {
            packed.Add(dump.TryPacked(page, out byte[] bytes, out PagePacking packing) ? (bytes, packing)
                : throw new InvalidInputException($"Page {page} of {dump.Name}, which has tables, is not there."));
        }

        using PageUnpacker unpacker = new(dump.BlockSize);
        byte[] room = new byte[dump.BlockSize];
        List<double> listing = [];
        List<double> unpacking = [];
        for (int round = -1; round < rounds; round++)
        {
            TimeSpan started = Environment.CpuUsage.TotalTime;
            foreach ((byte[] bytes, PagePacking packing) in packed)
            {
                bytes.CopyTo(unpacker.RoomFor(bytes.Length));
                if (!unpacker.TryUnpack(bytes.Length, packing, room))
                {
                    throw new InvalidInputException($"A page of {dump.Name}, which has tables, is damaged.");
                }
            }

            double plain = (Environment.CpuUsage.TotalTime - started).TotalMilliseconds;
            started = Environment.CpuUsage.TotalTime;
            using (KdumpImage again = open())
            {
                _ = TableScanner.Scan(again, root, new Seen(dump.BlockSize));
            }

            double list = (Environment.CpuUsage.TotalTime - started).TotalMilliseconds;
            if (round >= 0)
            {
                unpacking.Add(plain);
                listing.Add(list);
            }
        }

        return new PackedMeasurement(
            tables,
            packed.Count,
            packed.Aggregate(0UL, (sum, page) => sum + (ulong)page.Bytes.Length),
            seen.Ranges,
            WalkBenchmark.Median(listing),
            WalkBenchmark.Median(unpacking),
            WalkBenchmark.Median([.. listing.Zip(unpacking, (list, plain) => list / plain)]));
    }

    /// <summary>The pages that tables lie in.</summary>
    private sealed class Seen(int pageSize) : IRangeSink
    {
        public HashSet<ulong> Pages { get; } = [];

        public int Ranges { get; private set; }

        public void OnRange(in MappedRange range) => Ranges++;

        public void OnProblem(TableProblem problem)
        {
        }

        public void OnTable(PhysicalAddress table, int level, VirtualAddress start, int bytes)
        {
            for (ulong at = table.Value / (ulong)pageSize; at <= (table.Value + (ulong)bytes - 1) / (ulong)pageSize; at++)
            {
                _ = Pages.Add(at);
            }
        }
    }
}
