using System.Runtime.CompilerServices;
using Ptewright.Addressing;
using Ptewright.Captures;
using Ptewright.Comparing;
using Ptewright.Firmware;
using Ptewright.Fuzz;
using Ptewright.Images;
using Ptewright.Kernels.Configuration;
using Ptewright.Kernels.Cpus;
using Ptewright.Kernels.Planning;
using Ptewright.Kernels.Versions;
using Ptewright.Listing;
using Ptewright.Live;
using Ptewright.Memory;
using Ptewright.Simulation;
using Ptewright.Tests.Memory;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Tests.Images;

/// <summary>Whatever holds native memory is disposed of as often as anybody likes, and refuses to be used afterwards; what is forgotten is freed.</summary>
[Collection(nameof(AloneWithNativeMemory))]
public sealed class DisposalTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    // What earlier tests forgot is gone before anything is counted.
    public DisposalTests() => Collect();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<string> Images => ["raw", "core", "kdump", "capture", "folder"];

    // What has both tables at hand as soon as the first is asked for.
    public static TheoryData<string> LoadedImages => ["raw", "core", "capture", "folder"];

    [Fact]
    public void A_simulation_is_disposed_of_twice_and_then_refuses_everything()
    {
        long before = NativeBlock.BytesInUse;
        LinearMapSimulation simulation = Build(out _, out _);
        LateSimulation late = new(simulation, new LateOptions(StrategyPresets.SingleMap.Options, default));
        Assert.True(NativeBlock.BytesInUse > before);
        simulation.Dispose();
        Assert.Equal(before, NativeBlock.BytesInUse);
        simulation.Dispose();
        simulation.Memory.Dispose();
        Assert.Equal(before, NativeBlock.BytesInUse);

        PhysicalAddress start = new(0x4000_0000);
        RefusesAll(
            () => simulation.Build(StrategyPresets.Baseline.Options),
            () => simulation.Build(StrategyPresets.Premapped.Options),
            () => simulation.Digest(),
            () => simulation.Leaves(),
            () => simulation.Memory.Read(start, 4096),
            simulation.Memory.Dirty,
            () => late.HotAdd(new PhysicalAddress(1UL << 32), 128 << 20, Reach.Fixmap),
            () => late.ChangeProtection(start, 4096, Ptewright.Translation.ProtectionKind.KernelReadOnly, Reach.Direct));
    }

    [Theory]
    [MemberData(nameof(Images))]
    public void An_image_is_disposed_of_twice_and_whoever_reads_it_is_refused(string kind)
    {
        long before = NativeBlock.BytesInUse;
        MemoryImage image = Open(kind);
        ImageRegisters registers = new(Ttbr1: 0x1000, Tcr: 0x2_8019_0019, Mair: 0xff);
        TranslationRoot root = TranslationRoot.Of(kind == "folder" ? image.Registers : registers, AddressHalf.Upper);
        using TableWalker walker = new(image, root);
        PhysicalAddress inside = image.Segments[0].Start;
        Assert.True(image.TryRead(inside, new byte[8]));
        image.Dispose();
        image.Dispose();
        RefusesAll(
            () => walker.Walk(root.Start),
            () => walker.Translate([root.Start], new PhysicalAddress[1]),
            () => TableScanner.Scan(image, root, new Sink(null)),
            () => TableComparison.Compare(image, root, image, root),
            () => TableFolder.Capture(Path.Combine(_folder, "never"), image, registers, "gone"),
            () => image.TryRead(inside, new byte[8]),
            () => image.TryRead(new PhysicalAddress(1UL << 50), new byte[8]),
            () => new TableWalker(image, root).Dispose(),
            () => ImageLister.List(TextWriter.Null, image, root, KernelProfiles.Find("linux-6.12")));

        // A walker has a reader open, which keeps the memory.
        Assert.True(NativeBlock.BytesInUse > before);
        walker.Dispose();
        Assert.Equal(before, NativeBlock.BytesInUse);
    }

    [Theory]
    [MemberData(nameof(LoadedImages))]
    public void An_image_that_is_disposed_of_while_it_is_scanned_is_read_to_the_end_of_the_table(string kind)
    {
        long before = NativeBlock.BytesInUse;
        using MemoryImage image = Open(kind);
        TranslationRoot root = TranslationRoot.Of(kind == "folder" ? image.Registers : new ImageRegisters(Ttbr1: 0x1000, Tcr: 0x2_8019_0019), AddressHalf.Upper);
        Sink sink = new(image);
        _ = TableScanner.Scan(image, root, sink);
        Assert.True(sink.Tables > 1);
        Assert.Equal(before, NativeBlock.BytesInUse);
    }

    [Fact]
    public void The_digest_of_a_folder_that_is_gone_is_refused()
    {
        TableFolder folder = (TableFolder)Open("folder");
        KernelTables kernel = folder.Kernel!;
        Assert.NotEmpty(folder.Leaves());
        folder.Dispose();
        RefusesAll(
            () => folder.TryRead(folder.Segments[0].Start, new byte[8]),
            () => folder.Leaves(),
            () => folder.OpenReader(),
            () => BuiltTables.Digest(folder, kernel.Roots().First(), out _));
    }

    [Fact]
    public void A_prediction_whose_simulation_is_gone_is_refused()
    {
        LinearMapSimulation simulation = Build(out KernelMachine machine, out KernelPlan plan);
        using SimulationImage image = new(simulation.Memory, KernelRegisters.Of(machine, plan, simulation.Root).ForImage());
        Assert.True(image.TryRead(simulation.Root, new byte[4096]));

        // Also across pieces of memory, which lie behind one another only by chance.
        ulong border = simulation.Memory.Start.Value + SparseMemory.ChunkSize;
        byte[] across = new byte[16];
        Assert.True(image.TryRead(new PhysicalAddress(border - 8), across));
        Assert.Equal((image.Word(border - 8), image.Word(border)), (BitConverter.ToUInt64(across), BitConverter.ToUInt64(across, 8)));
        Assert.False(image.TryRead(simulation.Memory.End - 8, new byte[16]));
        Assert.False(image.TryRead(new PhysicalAddress(ulong.MaxValue - 3), new byte[8]));
        simulation.Dispose();
        RefusesAll(() => image.TryRead(new PhysicalAddress(0x4000_0000), new byte[8]));
    }

    [Theory]
    [InlineData(2 << 20, 1)]
    [InlineData(0, (2 << 20) + 1)]
    [InlineData((2 << 20) - 4096, 8192)]
    [InlineData(0, -1)]
    public void A_page_of_a_simulation_ends_with_its_chunk(int offset, int bytes)
    {
        using SparseMemory memory = new(new PhysicalAddress(0x4000_0000), new PhysicalAddress(0x4020_0000));
        _ = Assert.Throws<ArgumentOutOfRangeException>(() => memory.Read(new PhysicalAddress(0x4000_0000 + (ulong)offset), bytes).Length);
    }

    [Fact]
    public void Pages_of_a_guest_are_freed_once_and_refused_afterwards()
    {
        long before = NativeBlock.BytesInUse;
        PageCache pages = new("guest", (_, page) => page.Length == 4096);
        MemoryReader reader = pages.OpenReader();
        Assert.Equal(MemoryPresence.Present, reader.WindowAt(new PhysicalAddress(0x3000), 4096).Presence);
        Assert.Equal(before + (64 << 10), NativeBlock.BytesInUse);
        pages.Dispose();
        pages.Dispose();

        // Whoever is reading keeps what was fetched.
        Assert.Equal(before + (64 << 10), NativeBlock.BytesInUse);
        RefusesAll(() => reader.WindowAt(new PhysicalAddress(0x3000), 8), () => pages.OpenReader());
        reader.Dispose();
        Assert.Equal(before, NativeBlock.BytesInUse);
    }

    [Fact]
    public void What_is_forgotten_is_freed()
    {
        long before = NativeBlock.BytesInUse;
        Forget();
        Assert.True(NativeBlock.BytesInUse > before);
        for (int round = 0; round < 10 && NativeBlock.BytesInUse > before; round++)
        {
            Collect();
        }

        Assert.Equal(before, NativeBlock.BytesInUse);
    }

    private static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }

    // Not inlined, so that nothing of it is alive afterwards.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Forget()
    {
#pragma warning disable CA2000 // That is what is tested.
        _ = Build(out _, out _);
        foreach (string kind in new[] { "raw", "core", "kdump", "capture", "folder" })
        {
            _ = Open(kind);
        }
#pragma warning restore CA2000
    }

    private static void RefusesAll(params Action[] uses) => Assert.All(uses, use => Assert.Throws<ObjectDisposedException>(use));

    private static LinearMapSimulation Build(out KernelMachine machine, out KernelPlan plan)
    {
        KernelProfile profile = KernelProfiles.Find("linux-6.12");
        machine = new(MemorySpec.Parse("8M@0x40000000"), CpuModel.Parse("cortex-a72"), profile.ReadDefaultConfig(), KernelCommandLine.Parse("nokaslr"));
        plan = profile.Plan(machine, KernelScope.MapMem);
        LinearMapSimulation simulation = new(plan.Plan);
        _ = simulation.Build(plan.Strategy.Options);
        return simulation;
    }

    private MemoryImage Open(string kind)
    {
        // A root at 0x1000 that leads to a table at 0x2000 with a block.
        byte[] memory = new byte[8192];
        _ = BitConverter.TryWriteBytes(memory, 0x2003UL);
        _ = BitConverter.TryWriteBytes(memory.AsSpan(4096), 0x4000_0705UL);
        string path = Path.Combine(_folder, kind);
        switch (kind)
        {
            case "raw":
                File.WriteAllBytes(path, memory);
                return new RawImage((path, new PhysicalAddress(0x1000)));
            case "core":
                File.WriteAllBytes(path, CoreFile.Build(Samples.Note, (0x1000UL, memory)));
                return new ElfCore(path);
            case "kdump":
                SortedDictionary<ulong, byte[]> pages = new() { [1] = memory[..4096], [2] = memory[4096..] };
                File.WriteAllBytes(path, new KdumpWriter { Stored = pages }.Build());
                return new KdumpImage(path);
            case "capture":
                using (MemoryImage raw = Open("raw"))
                {
                    _ = TableFolder.Capture(path, raw, new ImageRegisters(Ttbr1: 0x1000, Tcr: 0x2_8019_0019, Mair: 0xff), "test");
                }

                return new TableFolder(path);
            default:
                using (LinearMapSimulation simulation = Build(out KernelMachine machine, out KernelPlan plan))
                {
                    _ = TableFolder.Save(path, machine, plan, simulation);
                }

                return new TableFolder(path);
        }
    }

    // Disposes of an image at the first table.
    private sealed class Sink(MemoryImage? image) : IRangeSink
    {
        public int Tables { get; private set; }

        public void OnRange(in MappedRange range)
        {
        }

        public void OnProblem(TableProblem problem)
        {
        }

        public void OnTable(PhysicalAddress table, int level, VirtualAddress start, int bytes)
        {
            Tables++;
            image?.Dispose();
        }
    }
}
