using System.Buffers.Binary;
using Ptewright.DeviceTree;
using Ptewright.Firmware;
using Ptewright.Fuzz;
using Ptewright.Memory;

namespace Ptewright.Tests.Firmware;

/// <summary>Damaged device trees: read or refused with a sentence, in bounded time and memory, without a look beyond the bytes.</summary>
public class DeviceTreeFuzzTests
{
    private const int Blobs = 120_000;
    private const int Noisy = 20_000;
    private const int Seed = 20_240_412;

    [Fact]
    public void Damaged_blobs_are_read_or_refused_with_a_sentence()
    {
        byte[][] samples = [.. DeviceTreeSamples.Files.Select(file => File.ReadAllBytes(DeviceTreeSamples.Path(file))), OddTree(), OddTree(version: 16), PlacedTree(), PlacedTree()];
        Random random = new(Seed);
        DeviceTreeMutator mutator = new(samples);
        int read = 0;
        int placed = 0;
        TimeSpan slowest = default;
        long largest = 0;
        for (int i = 0; i < Blobs; i++)
        {
            byte[] blob = mutator.Damage(random);
            long allocatedBefore = GC.GetAllocatedBytesForCurrentThread();
            TimeSpan started = ProcessorTime.OfThisThread();
            string outcome = Outcome(blob, surroundings: 0x00);
            TimeSpan elapsed = ProcessorTime.OfThisThread() - started;
            long allocated = GC.GetAllocatedBytesForCurrentThread() - allocatedBefore;

            slowest = elapsed > slowest ? elapsed : slowest;
            largest = Math.Max(largest, allocated);
            read += outcome.StartsWith("memory", StringComparison.Ordinal) ? 1 : 0;
            placed += outcome.StartsWith("fuzz.dtb: at offset 0x", StringComparison.Ordinal) ? 1 : 0;

            // The same bytes between other bytes are the same blob.
            Assert.Equal(outcome, Outcome(blob, surroundings: 0xff));
        }

        // Damage that is always fatal, or never, would test little.
        Assert.InRange(read, Blobs / 10, Blobs * 9 / 10);
        Assert.InRange(placed, Blobs / 10, Blobs * 9 / 10);
        Assert.InRange(slowest, TimeSpan.Zero, TimeSpan.FromSeconds(2));
        Assert.InRange(largest, 0, 4 << 20);
    }

    [Fact]
    public void Noise_behind_a_good_header_is_read_or_refused_with_a_sentence()
    {
        byte[] good = OddTree();
        Random random = new(Seed);
        int read = 0;
        for (int i = 0; i < Noisy; i++)
        {
            // Everything, or so little that now and then only values change.
            byte[] blob = (byte[])good.Clone();
            int start = random.Next(2) == 0 ? 0x38 : random.Next(0x38, blob.Length) & ~3;
            int end = start == 0x38 ? blob.Length : Math.Min(blob.Length, start + random.Next(4, 32));
            for (int at = start; at < end; at += 4)
            {
                // Mostly tokens and small numbers, so that the noise has a structure.
                uint word = random.Next(4) == 0 ? (uint)random.NextInt64() : (uint)random.Next(10);
                BinaryPrimitives.WriteUInt32BigEndian(blob.AsSpan(Math.Min(at, blob.Length - 4)), word);
            }

            string outcome = Outcome(blob, surroundings: 0x00);
            Assert.Equal(outcome, Outcome(blob, surroundings: 0xff));
            read += outcome.StartsWith("memory", StringComparison.Ordinal) ? 1 : 0;
        }

        Assert.InRange(read, Noisy / 20, Noisy / 2);
    }

    // What was read, checked for sense and written down; or the sentence. Any other exception goes up and fails the test.
    private static string Outcome(byte[] blob, byte surroundings)
    {
        byte[] room = new byte[blob.Length + 128];
        room.AsSpan().Fill(surroundings);
        blob.CopyTo(room, 64);
        try
        {
            DeviceTreeInfo info = DeviceTreeFile.Parse(room.AsSpan(64, blob.Length), "fuzz.dtb");
            AssertSensible(info.Layout.Memory);
            AssertSensible(info.Layout.Reserved);
            ReservedMemoryOutcome older = ApplyAsOlder(info);
            return $"memory {string.Join(' ', DeviceTreeSamples.Memory(info))} reserved {string.Join(' ', DeviceTreeSamples.Reserved(info))}"
                + $" {string.Join(' ', info.Remarks)} {info.BootArguments} {info.StandardOutputPath} {info.KaslrSeed} {info.UefiTables}"
                + $" {string.Join(' ', info.PlacedRegions.Concat(older.Placed).Select(PlacedText))} {string.Join(' ', older.Remarks)}";
        }
        catch (InvalidInputException exception)
        {
            Assert.StartsWith("fuzz.dtb: ", exception.Message, StringComparison.Ordinal);
            return exception.Message;
        }
    }

    // As 6.1 does it, with all that can be refused.
    private static ReservedMemoryOutcome ApplyAsOlder(DeviceTreeInfo info)
    {
        MemoryLayout layout = info.Memory.Clone();
        ReservedMemoryOutcome outcome = info.Reservations.Apply(layout, new ReservedMemoryRules
        {
            Order = ReservationOrder.MapFirst,
            StartsAllNodes = true,
            HasRestrictedPools = true,
            IsDefaultCmaGiven = true,
            CmaAreas = 2,
        });
        AssertSensible(layout.Memory);
        AssertSensible(layout.Reserved);
        return outcome;
    }

    // What is placed lies in memory, and where it may.
    private static string PlacedText(PlacedRegion placed)
    {
        if (placed.Start is { } start)
        {
            Assert.True(start.Value != 0 && placed.Region.Size <= 1UL << 52 && placed.End!.Value.Value <= 1UL << 52, $"{placed}");
            Assert.True(
                placed.Region.Ranges is not { } ranges
                    || ranges.Any(range => range.Start <= start && unchecked(range.Start.Value + range.Size - 2) >= start.Value + placed.Region.Size - 2),
                $"{placed}");
        }

        return $"{placed.Region.Name} {placed.Fate} {placed.Start}";
    }

    private static void AssertSensible(IReadOnlyList<MemoryRegion> regions)
    {
        ulong end = 0;
        foreach (MemoryRegion region in regions)
        {
            Assert.True(region.Start.Value >= end && region.Size != 0 && region.End.Value <= 1UL << 52, $"{region.Start}-{region.End}");
            end = region.End.Value;
        }
    }

    // Everything the reader knows, in one small tree.
    private static byte[] OddTree(uint version = 17) => DtbWriter.Root((0x5800_0000, 0x1000), (0x5900_0000, 0x123)).Text("model", "odd")
        .Begin("chosen").Text("bootargs", "quiet").Text("stdout-path", "/uart").Numbers("kaslr-seed", 7)
        .Cells("linux,initrd-start", 0x5a00_0000).Numbers("linux,initrd-end", 0x5a00_1234)
        .Numbers("linux,usable-memory-range", 0x4800_0000, 0x3000_0000, 0x1000_0000, 0x10_0000)
        .Numbers("linux,elfcorehdr", 0x5b00_0000, 0x400)
        .Numbers("linux,uefi-system-table", 1).Numbers("linux,uefi-mmap-start", 2).Cells("linux,uefi-mmap-size", 3)
        .Cells("linux,uefi-mmap-desc-size", 4).Cells("linux,uefi-mmap-desc-ver", 5)
        .End()
        .BeginReservations()
        .Begin("a@50000000").Numbers("reg", 0x5000_0000, 0x800, 0x5100_0000, 0x1000).End()
        .Begin("b").Numbers("size", 0x10_0000).Numbers("alignment", 0x1000).Flag("no-map").End()
        .Begin("c@52000000").Numbers("reg", 0x5200_0000, 0x800).Flag("no-map").Text("status", "okay").End()
        .End()
        .Begin("memory@80000000").Numbers("reg", 0x8000_0000, 0x1000_0000).Flag("hotpluggable").Text("device_type", "memory").End()
        .Nop()
        .Memory(0x4000_0000, 0x4000_0000)
        .End().Build(version);

    // Regions without a place, with everything that decides about them, and hostile numbers among them.
    private static byte[] PlacedTree() => DtbWriter.Root((0x7ff0_0000, 0x10_0000))
        .Begin("memory@40000000").Text("device_type", "memory").Numbers("reg", 0x4000_0000, 0x4000_0000, 0, 0).End()
        .BeginReservations()
        .Begin("pool").Text("compatible", "shared-dma-pool").Numbers("size", 0x40_0000).Numbers("alignment", 0x20_0000).Flag("reusable").Flag("linux,cma-default").End()
        .Begin("ranges").Numbers("size", 0x1_2345).Numbers("alloc-ranges", 0x5000_0000, 0x1000, 0x6000_0000, 0x1000_0000).Flag("no-map").End()
        .Begin("next").Numbers("size", 0x1000).Numbers("alloc-ranges", 0x6000_0000, 0x1000_0000).End()
        .Begin("coherent").Bytes("compatible", "vendor,x\0shared-dma-pool\0"u8.ToArray()).Numbers("size", 0x20_0000).Flag("no-map").End()
        .Begin("restricted").Text("compatible", "restricted-dma-pool").Numbers("size", 0x20_0000).Flag("linux,dma-default").End()
        .Begin("giant").Numbers("size", ~0UL).Numbers("alignment", ~0UL).End()
        .Begin("wraps").Numbers("size", 0x1000).Numbers("alignment", 1UL << 63).Numbers("alloc-ranges", ~0UL, 2, 0x7000_0000, ~0UL).End()
        .Begin("three").Numbers("size", 0x1000).Numbers("alignment", 3).End()
        .Begin("nothing").Numbers("size", 0).End()
        .Begin("empty").Numbers("reg", 0, 0).End()
        .Begin("fixed@78000000").Text("compatible", "shared-dma-pool").Numbers("reg", 0x7800_0000, 0x10_0000).Flag("reusable").End()
        .End()
        .End().Build();
}
