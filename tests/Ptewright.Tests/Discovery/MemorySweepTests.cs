using Ptewright.Addressing;
using Ptewright.Discovery;
using Ptewright.Images;
using Ptewright.Translation;

namespace Ptewright.Tests.Discovery;

/// <summary>The pass over all memory on several threads: what it finds, in what order, and how it ends.</summary>
public sealed class MemorySweepTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;
    private readonly SyntheticKernel _kernel = new(Shapes.Make(GranuleSize.Size4K, 48, 48), size: 64 << 20, hasCoreInfo: true);

    public void Dispose()
    {
        _kernel.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("raw")]
    [InlineData("kdump")]
    public void It_finds_the_same_in_the_same_order_on_any_number_of_threads(string form)
    {
        using MemoryImage image = Open(form);
        MemoryRanges memory = new(image.Segments);
        SweepFindings one = MemorySweep.Run(image, memory, default, threads: 1);
        Assert.NotEmpty(one.CoreInfos);
        Assert.NotEmpty(one.Headers);
        Assert.NotEmpty(one.Banners);
        Assert.InRange(one.Tables(12).Count, 4, 1000);
        Assert.Equal(one.Tables(12).Order(), one.Tables(12));
        foreach (int threads in new[] { 2, 3, 16 })
        {
            SweepFindings many = MemorySweep.Run(image, memory, default, threads);
            Assert.Equal((one.BytesRead, one.BytesOfHoles, one.IsCut), (many.BytesRead, many.BytesOfHoles, many.IsCut));
            Assert.Equal(one.CoreInfos, many.CoreInfos);
            Assert.Equal(one.Headers, many.Headers);
            Assert.Equal(one.Banners, many.Banners);
            Assert.Equal(one.Written, many.Written);
            for (int shift = 12; shift <= 16; shift += 2)
            {
                Assert.Equal(one.Tables(shift), many.Tables(shift));
            }
        }
    }

    [Fact]
    public void All_of_memory_is_read_or_a_hole()
    {
        const long Size = 64 << 20;
        string path = Path.Combine(_folder, "sparse");
        using (FileStream file = File.Create(path))
        {
            file.SetLength(Size);
            foreach (long at in new[] { 0L, (40L << 20) + 4096 })
            {
                file.Position = at;
                file.Write([1, 2, 3]);
            }
        }

        using RawImage image = new((path, new PhysicalAddress(0x4000_0000)));
        SweepFindings found = MemorySweep.Run(image, new MemoryRanges(image.Segments), default, threads: 3);
        Assert.Equal((ulong)Size, found.BytesRead + found.BytesOfHoles);
        Assert.InRange(found.BytesOfHoles, (ulong)Size - (4UL << 20), (ulong)Size - 8192);
    }

    [Fact]
    public void So_many_of_a_kind_are_kept_as_in_one_pass()
    {
        byte[] text = "Linux version 6.1.0 (a@b) #1 SMP\n\0"u8.ToArray();
        byte[] memory = new byte[8 << 20];
        for (int i = 0; i < 200; i++)
        {
            text.CopyTo(memory, (i * (32 << 10)) + 100);
        }

        string path = Path.Combine(_folder, "banners");
        File.WriteAllBytes(path, memory);
        using RawImage image = new((path, new PhysicalAddress(0x4000_0000)));
        foreach (int threads in new[] { 1, 4 })
        {
            Assert.Equal(
                Enumerable.Range(0, SweepFindings.MostOfAKind).Select(i => 0x4000_0064UL + ((ulong)i * (32 << 10))),
                MemorySweep.Run(image, new MemoryRanges(image.Segments), default, threads).Banners.Select(at => at.Value));
        }
    }

    [Fact]
    public void It_can_be_ended_and_says_how_far_it_is()
    {
        using MemoryImage image = Open("kdump");
        using CancellationTokenSource stop = new();
        List<WorkProgress> told = [];
        Assert.Throws<OperationCanceledException>(() => MemorySweep.Run(image, new MemoryRanges(image.Segments), new WorkWatch(new Teller(progress =>
        {
            told.Add(progress);
            if (told.Count == 2)
            {
                stop.Cancel();
            }
        }), stop.Token), threads: 1));
        Assert.Equal([(0L, 64L), (16L, 64L)], told.Select(progress => (progress.Done, progress.Total)));
    }

    [Fact]
    public void Two_threads_read_at_the_same_time()
    {
        using MeetingImage image = new();
        _ = MemorySweep.Run(image, new MemoryRanges(image.Segments), default, threads: 2);
        Assert.True(image.HaveMet);
    }

    [Fact]
    public void What_goes_wrong_on_a_thread_is_said_as_it_is()
    {
        using MemoryImage image = new FailingImage();
        Assert.Equal("The disk is gone.", Assert.Throws<InvalidInputException>(() => MemorySweep.Run(image, new MemoryRanges(image.Segments), default, threads: 4)).Message);
    }

    private MemoryImage Open(string form)
    {
        if (form == "kdump")
        {
            return new KdumpImage(SyntheticDumps.Kdump(_folder, _kernel, 1));
        }

        string path = Path.Combine(_folder, "raw");
        _kernel.Save(path);
        return new RawImage((path, new PhysicalAddress(_kernel.Start)));
    }

    private sealed class Teller(Action<WorkProgress> tell) : IProgress<WorkProgress>
    {
        public void Report(WorkProgress value) => tell(value);
    }

    // The first read of either thread ends when the other one reads too.
    private sealed class MeetingImage : MemoryImage
    {
        private readonly Barrier _meeting = new(2);
        private int _reads;

        public bool HaveMet { get; private set; }

        public override string Name => "meeting";

        public override IReadOnlyList<MemorySegment> Segments { get; } = [new MemorySegment(new PhysicalAddress(0x4000_0000), 8 << 20)];

        public override MemoryReader OpenReader() => new((_, _) =>
        {
            if (Interlocked.Increment(ref _reads) <= 2 && _meeting.SignalAndWait(TimeSpan.FromSeconds(30)))
            {
                HaveMet = true;
            }

            return MemoryWindow.Without(MemoryPresence.Missing);
        });

        protected override void Dispose(bool disposing) => _meeting.Dispose();
    }

    private sealed class FailingImage : MemoryImage
    {
        public override string Name => "failing";

        public override IReadOnlyList<MemorySegment> Segments { get; } = [new MemorySegment(new PhysicalAddress(0x4000_0000), 64 << 20)];

        public override MemoryReader OpenReader() => new((_, _) => throw new InvalidInputException("The disk is gone."));

        protected override void Dispose(bool disposing)
        {
        }
    }
}
