using Ptewright.Addressing;
using Ptewright.Discovery;
using Ptewright.Images;
using Ptewright.Simulation;
using Ptewright.Tests.Images;
using Ptewright.Tests.Walking;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Tests.Discovery;

/// <summary>Kernels in memory: found by each method alone, told from decoys, and never guessed.</summary>
public sealed class KernelDiscoveryTests
{
    public static TheoryData<GranuleSize, int, int, bool> AllShapes
    {
        get
        {
            TheoryData<GranuleSize, int, int, bool> data = [];
            foreach (TableGeometry geometry in Shapes.All)
            {
                data.Add(geometry.Granule, geometry.VirtualAddressBits, geometry.ActualVirtualAddressBits, true);
                data.Add(geometry.Granule, geometry.VirtualAddressBits, geometry.ActualVirtualAddressBits, false);
            }

            return data;
        }
    }

    private static TableGeometry Usual => Shapes.Make(GranuleSize.Size4K, 48, 48);

    [Theory]
    [MemberData(nameof(AllShapes))]
    public void Tables_alone_show_root_granule_size_and_places(GranuleSize granule, int built, int actual, bool onlyPages)
    {
        using SyntheticKernel kernel = new(Shapes.Make(granule, built, actual), onlyPages: onlyPages, hasCoreInfo: true);
        DiscoveryResult result = KernelDiscovery.Find(kernel.Memory, DiscoveryMethods.Tables);
        FoundKernel found = Single(result);
        CheckPlaces(kernel, found);
        Assert.Equal(KnownBy.Tables, found.Root.By);
        Assert.Equal(SyntheticKernel.Release, found.Release!.Value);
        Assert.Equal("linux-6.12", found.Profile!.Profile.Name);
        Assert.Equal(KnownBy.Usual, found.MairBy);
        Assert.Equal(kernel.Image, found.ImageStart!.Value);
        Assert.Equal(SyntheticKernel.ImageSize, found.ImageSize!.Value);
        Assert.Equal(
            [(RootKind.Kernel, kernel.Swapper + kernel.Geometry.Ttbr1Offset), (RootKind.Empty, kernel.Swapper - kernel.Geometry.PageSize), (RootKind.Trampoline, kernel.Swapper - (2 * kernel.Geometry.PageSize)), (RootKind.Identity, kernel.Identity)],
            found.Roots.Select(root => (root.Kind, root.Table)));
    }

    [Theory]
    [MemberData(nameof(AllShapes))]
    public void Vmcoreinfo_in_memory_says_it_and_the_tables_bear_it_out(GranuleSize granule, int built, int actual, bool onlyPages)
    {
        using SyntheticKernel kernel = new(Shapes.Make(granule, built, actual), onlyPages: onlyPages, hasCoreInfo: true);
        FoundKernel found = Single(KernelDiscovery.Find(kernel.Memory, DiscoveryMethods.Text));
        CheckPlaces(kernel, found);
        Assert.Equal((KnownBy.Text, KnownBy.Text, built), (found.Root.By, found.BuiltBits!.By, found.BuiltBits.Value));
        Assert.Equal((kernel.Place.MemoryStart.Value, KnownBy.Text), (found.PhysicalOffset!.Value, found.PhysicalOffset.By));
        Assert.Equal("0123456789abcdef0123456789abcdef01234567", found.BuildId!.Value);
        Assert.True(found.KaslrOffset!.Value == 0x800_0000, found.KaslrOffset.Evidence);
    }

    [Theory]
    [MemberData(nameof(AllShapes))]
    public void The_kernel_s_own_symbols_name_it_and_say_for_how_many_bits_it_was_built(GranuleSize granule, int built, int actual, bool onlyPages)
    {
        using SyntheticKernel kernel = new SyntheticKernel(Shapes.Make(granule, built, actual), onlyPages: onlyPages).WithSymbols();
        FoundKernel found = Single(KernelDiscovery.Find(kernel.Memory, DiscoveryMethods.Symbols));
        CheckPlaces(kernel, found);
        Assert.Equal(KnownBy.Symbols, found.Root.By);
        Assert.Equal(built, found.BuiltBits!.Value);
        Assert.NotEqual(KnownBy.Usual, found.BuiltBits.By);
        Assert.Equal((kernel.Place.MemoryStart.Value, KnownBy.Symbols), (found.PhysicalOffset!.Value, found.PhysicalOffset.By));
    }

    [Fact]
    public void Symbols_say_which_root_is_which_where_the_pages_do_not_show_it()
    {
        using SyntheticKernel kernel = new SyntheticKernel(Usual).WithSymbols();
        byte[] page = new byte[4096];
        page[8] = 1;
        kernel.Write(kernel.Swapper - 4096, page);
        FoundKernel found = Single(KernelDiscovery.Find(kernel.Memory));
        Assert.Equal(
            [(RootKind.Kernel, kernel.Swapper), (RootKind.Empty, kernel.Swapper - 4096), (RootKind.Trampoline, kernel.Swapper - 8192), (RootKind.Identity, kernel.Identity)],
            found.Roots.Select(root => (root.Kind, root.Table)));
        Assert.All(found.Roots, root => Assert.Equal(KnownBy.Symbols, root.By));
    }

    [Fact]
    public void Symbols_of_a_kernel_that_does_not_run_name_nothing()
    {
        using SyntheticKernel kernel = new SyntheticKernel(Usual).WithSymbols();

        // As a vmlinuz that somebody unpacked in memory has them: its roots are zeros there.
        PhysicalAddress copy = kernel.Image + (16 << 20);
        for (ulong at = 0; at < SyntheticKernel.ImageSize; at += 4096)
        {
            kernel.Write(copy + at, kernel.Read(kernel.Image + at, 4096));
        }

        kernel.Write(copy + (kernel.Swapper.Value - kernel.Image.Value), new byte[4096]);
        DiscoveryResult result = KernelDiscovery.Find(kernel.Memory, DiscoveryMethods.Symbols);
        CheckPlaces(kernel, Single(result));
        Assert.Contains(result.Tried, sentence => sentence.StartsWith($"The symbols of the image at {copy} name the root {copy + (kernel.Swapper.Value - kernel.Image.Value)}, which", StringComparison.Ordinal));
        kernel.Write(kernel.Swapper, new byte[4096]);
        Assert.Empty(KernelDiscovery.Find(kernel.Memory, DiscoveryMethods.Symbols).Kernels);
    }

    [Fact]
    public void Without_its_header_an_image_begins_where_the_header_must_have_been()
    {
        using SyntheticKernel kernel = new(Usual);
        kernel.Write(kernel.Image, new byte[4096]);
        FoundKernel found = Single(KernelDiscovery.Find(kernel.Memory, DiscoveryMethods.Tables));
        Assert.Equal((kernel.Image, KnownBy.Tables), (found.ImageStart!.Value, found.ImageStart.By));
        Assert.Equal(kernel.Image.Value + kernel.ImageDistance, found.ImageAddress!.Value.Value);

        // One that does not begin at a multiple of 2 MiB is taken for what is mapped of it.
        using SyntheticKernel odd = new(Usual, start: 0x4010_0000);
        odd.Write(odd.Image, new byte[4096]);
        Assert.Equal(odd.Image + (64 << 10), Single(KernelDiscovery.Find(odd.Memory, DiscoveryMethods.Tables)).ImageStart!.Value);
    }

    [Fact]
    public void Tables_that_lie_in_the_image_speak_for_a_root()
    {
        using SyntheticKernel kernel = new(Usual);
        Assert.Equal(0, Point(kernel, "fixmap"));

        // The last table on the way to a page of the image moves into its data.
        using TableWalker walker = new(kernel.Memory, TranslationRoot.Of(new RootShape(GranuleSize.Size4K, 48).Registers(kernel.Swapper), AddressHalf.Upper));
        WalkStep[] steps = new WalkStep[TableWalker.MostSteps];
        _ = walker.Walk(new VirtualAddress(kernel.Image.Value + kernel.ImageDistance + (64 << 10)), steps, out int count);
        PhysicalAddress moved = kernel.Image + (3 << 20);
        kernel.Write(moved, kernel.Read(new PhysicalAddress(steps[count - 1].Address.Value & ~0xfffUL), 4096));
        kernel.Write(steps[count - 2].Address, BitConverter.GetBytes(moved.Value | 3));
        Assert.Equal(2, Point(kernel, "fixmap"));

        static int Point(SyntheticKernel kernel, string name) => Single(KernelDiscovery.Find(kernel.Memory, DiscoveryMethods.Tables)).Points.Single(point => point.Name == name).Given;
    }

    [Theory]
    [MemberData(nameof(AllShapes))]
    public void Without_its_root_a_kernel_is_not_found_though_its_subtrees_map_all_of_memory(GranuleSize granule, int built, int actual, bool onlyPages)
    {
        using SyntheticKernel kernel = new(Shapes.Make(granule, built, actual), onlyPages: onlyPages, hasCoreInfo: true);
        kernel.Write(kernel.Swapper, new byte[kernel.Geometry.PageSize]);
        DiscoveryResult result = KernelDiscovery.Find(kernel.Memory);
        Assert.Empty(result.Kernels);
        Assert.Null(result.Kernel);
        Assert.Contains(result.Tried, sentence => sentence.Contains("which the tables do not bear out", StringComparison.Ordinal));
    }

    [Fact]
    public void A_linear_map_that_was_moved_gives_the_offset_that_the_kernel_has()
    {
        using SyntheticKernel kernel = new(Usual, linearDistance: 0x1234UL << 30);
        FoundKernel found = Single(KernelDiscovery.Find(kernel.Memory, DiscoveryMethods.Tables));
        Assert.Equal(kernel.Place.Virtual(new PhysicalAddress(kernel.Start)), found.LinearStart!.Value);

        // As distributions build 6.12: for 52 bits.
        Assert.Equal((52, KnownBy.Usual), (found.BuiltBits!.Value, found.BuiltBits.By));
        Assert.Equal(kernel.Place.MemoryStart.Value - (1UL << 52) + (1UL << 48), found.PhysicalOffset!.Value);
    }

    [Fact]
    public void Windows_that_are_good_no_longer_than_they_must_do()
    {
        using SyntheticKernel kernel = new(Usual, size: 16 << 20, hasCoreInfo: true);
        using ForgetfulImage image = new(kernel.Memory);
        CheckPlaces(kernel, Single(KernelDiscovery.Find(image)));
    }

    [Fact]
    public void Pages_that_were_left_out_are_passed_over()
    {
        using SyntheticKernel kernel = new(Usual, size: 16 << 20, hasCoreInfo: true);
        using ForgetfulImage image = new(kernel.Memory);
        for (ulong at = kernel.Image.Value + (3 << 20); at < kernel.Image.Value + (4 << 20); at += 4096)
        {
            image.Pages[at] = MemoryPresence.Excluded;
        }

        CheckPlaces(kernel, Single(KernelDiscovery.Find(image)));
    }

    [Fact]
    public void Vmcoreinfo_of_an_earlier_kernel_is_not_believed()
    {
        using SyntheticKernel kernel = new(Usual);
        PhysicalAddress stale = kernel.Image + SyntheticKernel.ImageSize + (1 << 20);
        kernel.WriteCoreInfo(kernel.Image + (3 << 20), kernel.CoreInfo(stale));
        FoundKernel found = Single(KernelDiscovery.Find(kernel.Memory));
        CheckPlaces(kernel, found);
        Assert.Equal(KnownBy.Tables, found.Root.By);
        DiscoveryResult text = KernelDiscovery.Find(kernel.Memory, DiscoveryMethods.Text);
        Assert.Null(text.Kernel);
        Assert.Contains(text.Tried, sentence => sentence.Contains($"names the root {stale}, which the tables do not bear out", StringComparison.Ordinal));
    }

    [Fact]
    public void A_copy_of_the_root_is_none()
    {
        using SyntheticKernel kernel = new(Usual);
        PhysicalAddress copy = kernel.Image + SyntheticKernel.ImageSize + (1 << 20);
        kernel.Write(copy, kernel.Read(kernel.Swapper, 4096));
        DiscoveryResult result = KernelDiscovery.Find(kernel.Memory, DiscoveryMethods.Tables);
        CheckPlaces(kernel, Single(result));
        Assert.Contains(result.Candidates, candidate => candidate.Root.Table == copy);

        // Not even when the root itself is gone.
        kernel.Write(kernel.Swapper, new byte[4096]);
        Assert.Empty(KernelDiscovery.Find(kernel.Memory, DiscoveryMethods.Tables).Kernels);
    }

    [Fact]
    public void A_table_that_leads_to_the_root_does_not_hide_it()
    {
        using SyntheticKernel kernel = new(Shapes.Make(GranuleSize.Size4K, 39, 39));
        byte[] decoy = new byte[4096];
        BitConverter.GetBytes(kernel.Swapper.Value | 3).CopyTo(decoy, 511 * 8);
        kernel.Write(kernel.Image + SyntheticKernel.ImageSize + (1 << 20), decoy);
        CheckPlaces(kernel, Single(KernelDiscovery.Find(kernel.Memory, DiscoveryMethods.Tables)));
    }

    [Fact]
    public void Two_kernels_are_both_told_and_the_larger_one_is_meant()
    {
        using SyntheticKernel main = new(Usual, size: 64 << 20, hasCoreInfo: true);
        using SyntheticKernel crash = new(Usual, start: 0x8000_0000, size: 8 << 20, hasCoreInfo: true);
        using JoinedImage both = new(main, crash);
        DiscoveryResult result = KernelDiscovery.Find(both);
        Assert.Equal([main.Ttbr1, crash.Ttbr1], result.Kernels.Select(kernel => kernel.Registers.Ttbr1!.Value));
        Assert.False(result.IsAmbiguous);
        CheckPlaces(main, result.Kernel!);
        CheckPlaces(crash, result.Kernels[1]);
    }

    [Fact]
    public void Of_two_that_are_equally_good_none_is_taken()
    {
        using SyntheticKernel one = new(Usual);
        using SyntheticKernel other = new(Usual, start: 0x8000_0000);
        using JoinedImage both = new(one, other);
        DiscoveryResult result = KernelDiscovery.Find(both);
        Assert.Equal(2, result.Kernels.Count);
        Assert.True(result.IsAmbiguous);
        Assert.Null(result.Kernel);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Where_there_is_no_kernel_none_is_found(int kind)
    {
        const ulong Start = 0x4000_0000;
        const int Bytes = 8 << 20;
        using HandmadeImage image = new(Start, Bytes);
        Random random = new(17 + kind);
        for (ulong at = Start; at < Start + Bytes; at += 8)
        {
            image[at] = kind switch
            {
                // Noise; tables that lead anywhere; tables that map nothing; poison as memory that nobody zeroed has it.
                0 => (ulong)random.NextInt64(),
                1 => random.Next(4) == 0 ? Start + ((ulong)random.Next(Bytes >> 12) << 12) + 3 : 0,
                2 => (at & 0xfff) == 0 ? Start + 3 : 0,
                _ => Ptewright.Memory.SparseMemory.Poison,
            };
        }

        DiscoveryResult result = KernelDiscovery.Find(image);
        Assert.Empty(result.Kernels);
        Assert.False(result.IsAmbiguous);
        Assert.Contains("The source itself says nothing: no registers, no VMCOREINFO note.", result.Tried);
    }

    [Fact]
    public void Registers_of_the_source_are_a_fact_whatever_the_tables_show()
    {
        using SyntheticKernel kernel = new(Usual);
        using WithRegisters image = new(kernel.Memory, new ImageRegisters(Ttbr1: 0x4100_0000, Tcr: new RootShape(GranuleSize.Size4K, 48).Registers(default).Tcr, Mair: 0x44));
        DiscoveryResult result = KernelDiscovery.Find(image, DiscoveryMethods.Registers, searches: false);
        FoundKernel found = Assert.Single(result.Kernels);
        Assert.Equal((KnownBy.Registers, false, 0x44UL), (found.Root.By, found.IsProven, found.Registers.Mair!.Value));
        Assert.Equal(0UL, result.BytesRead);
    }

    [Fact]
    public void The_work_can_be_watched_and_ended()
    {
        using SyntheticKernel kernel = new(Usual);
        using CancellationTokenSource source = new();
        List<WorkProgress> seen = [];
        Assert.Throws<OperationCanceledException>(() => KernelDiscovery.Find(kernel.Memory, progress: new Watcher(step =>
        {
            seen.Add(step);
            if (seen.Count == 2)
            {
                source.Cancel();
            }
        }), stop: source.Token));
        Assert.Equal(2, seen.Count);
        Assert.Equal((long)(kernel.Memory.Segments[0].Size >> 20), seen[0].Total);
    }

    [Fact]
    public void Holes_of_a_file_cost_nothing()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux says where holes are.");
        using SyntheticKernel kernel = new(Usual, hasCoreInfo: true);
        string path = Path.Combine(Directory.CreateTempSubdirectory().FullName, "memory");
        try
        {
            kernel.Save(path);
            using (FileStream file = new(path, FileMode.Open))
            {
                file.SetLength(64L << 30);
            }

            using RawImage image = new((path, new PhysicalAddress(kernel.Start)));
            DiscoveryResult result = KernelDiscovery.Find(image);
            CheckPlaces(kernel, Single(result));
            Assert.InRange(result.BytesRead, 1UL << 20, kernel.Size + (64 << 10));
            Assert.Equal(64UL << 30, result.BytesRead + result.BytesOfHoles);
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
        }
    }

    private static FoundKernel Single(DiscoveryResult result)
    {
        Assert.True(result.Kernels.Count == 1, string.Join('\n', [.. result.Tried, .. result.Candidates.SelectMany(candidate => candidate.Points.Select(point => $"{candidate.Root.Table} {candidate.InputBits.Value} {point}"))]));
        Assert.Same(result.Kernels[0], result.Kernel);
        return result.Kernels[0];
    }

    // What the engine was asked for is what must be found.
    private static void CheckPlaces(SyntheticKernel kernel, FoundKernel found)
    {
        Assert.True(found.IsProven);
        Assert.Equal(kernel.Ttbr1, found.Registers.Ttbr1);
        Assert.Equal((kernel.Geometry.Granule, kernel.Geometry.ActualVirtualAddressBits), (found.Granule.Value, found.InputBits.Value));
        Assert.Equal(kernel.Geometry.ActualVirtualAddressBits == 52 && kernel.Geometry.Granule != GranuleSize.Size64K, found.IsLpa2.Value);
        Assert.Equal(kernel.Place.Virtual(found.LinearPhysical!.Value), found.LinearStart!.Value);
        Assert.Equal(kernel.ImageDistance, found.ImageOffset!.Value);
        Assert.Equal(kernel.Image.Value + kernel.ImageDistance, found.ImageAddress!.Value.Value);
    }

    private sealed class Watcher(Action<WorkProgress> see) : IProgress<WorkProgress>
    {
        public void Report(WorkProgress value) => see(value);
    }

    private sealed class WithRegisters(MemoryImage inner, ImageRegisters registers) : MemoryImage
    {
        public override string Name => inner.Name;

        public override IReadOnlyList<MemorySegment> Segments => inner.Segments;

        public override ImageRegisters Registers => registers;

        public override MemoryReader OpenReader() => inner.OpenReader();

        protected override void Dispose(bool disposing)
        {
        }
    }

    private sealed class JoinedImage(SyntheticKernel first, SyntheticKernel second) : MemoryImage
    {
        public override string Name => "two kernels";

        public override IReadOnlyList<MemorySegment> Segments => [.. first.Memory.Segments, .. second.Memory.Segments];

        public override MemoryReader OpenReader()
        {
            MemoryReader one = first.Memory.OpenReader();
            MemoryReader other = second.Memory.OpenReader();
            return new MemoryReader((address, bytes) => (address.Value < second.Memory.Segments[0].Start.Value ? one : other).WindowAt(address, bytes), () =>
            {
                one.Dispose();
                other.Dispose();
            });
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
