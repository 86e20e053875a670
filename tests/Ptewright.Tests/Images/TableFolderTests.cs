using System.IO.Compression;
using System.Security.Cryptography;
using Ptewright.Addressing;
using Ptewright.Captures;
using Ptewright.Images;
using Ptewright.Kernels.Planning;
using Ptewright.Memory;
using Ptewright.Simulation;
using Ptewright.Tests.Kernels;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Tests.Images;

/// <summary>Saved tables come back as they were, and damaged ones do not come back.</summary>
public sealed class TableFolderTests : IDisposable
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    public void Dispose()
    {
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("6.1-cloud", "cortex-a72", null, 48)]
    [InlineData("6.12-cloud", "cortex-a72", null, 52)]
    [InlineData("6.12-cloud", "max", null, 52)]
    [InlineData("6.12-16k", "cortex-a76", null, 52)]
    [InlineData("6.12-cloud", "cortex-a72", GranuleSize.Size64K, 52)]
    [InlineData("6.12-cloud", "max", GranuleSize.Size64K, 42)]
    public void What_is_saved_is_what_is_loaded(string kernel, string cpu, GranuleSize? granule, int bits)
    {
        KernelMachine machine = SampleKernels.Machine(kernel, cpu, MemoryLayout.OfRange(new(1UL << 30), 256UL << 20), "nokaslr");
        machine = granule is { } size ? machine with { Config = machine.Config.WithShape(size, bits), Image = null } : machine;
        KernelPlan plan = SampleKernels.Profile(kernel).Plan(machine, KernelScope.PagingInit);
        using LinearMapSimulation simulation = new(plan.Plan);
        _ = simulation.Build(plan.Strategy.Options);
        ulong bytes = TableFolder.Save(_folder, machine, plan, simulation);

        using TableFolder loaded = new(_folder);

        KernelTables tables = loaded.Kernel!;
        Assert.Equal(plan.Profile.Name, tables.Profile);
        Assert.Equal(plan.Geometry.ActualVirtualAddressBits, tables.Geometry.ActualVirtualAddressBits);
        Assert.Equal(plan.Plan.Settings.Format, tables.Format);
        Assert.Equal(simulation.Root, tables.Root);
        Assert.Equal(simulation.Digest(), tables.Digest);
        Assert.Equal(KernelRegisters.Of(machine, plan, simulation.Root).ForImage(), loaded.Registers);
        Assert.Equal(plan.Plan.MemoryStart, tables.MemoryStart);
        Assert.Equal(kernel == "6.1-cloud", tables.IdentityRoot is not null);
        Assert.Equal($"{plan.Profile.Name} on {cpu}, built by Ptewright", loaded.Source);
        Assert.Equal(simulation.Leaves(), loaded.Leaves());
        Assert.Equal(plan.Plan.Steps, loaded.Steps);
        Assert.Equal(bytes, (ulong)loaded.Segments.Sum(segment => (long)segment.Size));
        byte[] page = new byte[plan.Geometry.PageSize];
        foreach (MemorySegment segment in loaded.Segments)
        {
            for (PhysicalAddress at = segment.Start; at < segment.End; at += plan.Geometry.PageSize)
            {
                Assert.True(loaded.TryRead(at, page));
                Assert.True(page.AsSpan().SequenceEqual(simulation.Memory.Read(at, page.Length)));
            }
        }
    }

    [Theory]
    [InlineData("linux-6.12", "2c4bd508d90666862d4bb7f1f7344c51", 1, 7, null)]
    [InlineData("linux-6.1", "cfa7608e7cfb9783ebfe8314c5cbc9d4", 14, 21, 0x4158_c000UL)]
    public void Built_tables_of_version_1_are_read(string name, string digest, int steps, int pages, ulong? identityRoot)
    {
        using TableFolder loaded = new(SampleKernels.PathOf("folders", name));

        Assert.Equal(name, loaded.Kernel!.Profile);
        Assert.Equal(name, loaded.Source);
        Assert.Equal(digest, loaded.Kernel.Digest.ToString());
        Assert.Equal(identityRoot, loaded.Kernel.IdentityRoot?.Value);
        Assert.Equal(steps, loaded.Steps.Count);
        Assert.Equal(pages * 4096, loaded.Segments.Sum(segment => (long)segment.Size));
        Assert.NotEmpty(loaded.Leaves());
    }

    [Fact]
    public void A_capture_of_version_1_is_read_as_one_of_today()
    {
        using TableFolder old = new(SampleKernels.PathOf("captures", "6.1-cloud"));
        Assert.Null(old.Kernel);
        Assert.Empty(old.Steps);
        Assert.Equal("vmlinuz-6.1.0-56-cloud-arm64, cortex-a72, 512M, nokaslr rodata=on", old.Source);

        ulong bytes = TableFolder.Capture(_folder, old, old.Registers, old.Source);
        using TableFolder today = new(_folder);
        Assert.Contains("\"version\": 2,", File.ReadAllText(Path.Combine(_folder, TableFolder.TablesFile)), StringComparison.Ordinal);
        Assert.Equal(old.Source, today.Source);
        Assert.Equal(old.Registers, today.Registers);
        Assert.Equal(old.Segments, today.Segments);
        Assert.Equal(bytes, (ulong)today.Segments.Sum(segment => (long)segment.Size));
    }

    [Theory]
    [InlineData(300)]
    [InlineData(256)]
    public void Pages_are_the_same_in_whichever_pieces_they_are_packed(int pages)
    {
        // The table of the root's first entry leads to tables of pages: more or as much as one piece has.
        byte[] memory = new byte[pages * 4096];
        new Random(7).NextBytes(memory.AsSpan(3 * 4096));
        _ = BitConverter.TryWriteBytes(memory, 0x2003UL);
        for (int i = 0; i < pages - 2; i++)
        {
            _ = BitConverter.TryWriteBytes(memory.AsSpan(4096 + (i * 8)), 0x3003UL + ((ulong)i * 4096));
        }

        string raw = Path.GetTempFileName();
        File.WriteAllBytes(raw, memory);
        using RawImage image = new((raw, new PhysicalAddress(0x1000)));
        ulong bytes = TableFolder.Capture(_folder, image, new ImageRegisters(Ttbr1: 0x1000, Tcr: 0x2_8019_0019), "packed");
        File.Delete(raw);

        Assert.Equal((ulong)memory.Length, bytes);
        using TableFolder captured = new(_folder);
        Assert.Equal([new MemorySegment(new PhysicalAddress(0x1000), bytes)], captured.Segments);
        byte[] page = new byte[4096];
        for (int i = 0; i < pages; i++)
        {
            Assert.True(captured.TryRead(new PhysicalAddress(0x1000 + ((ulong)i * 4096)), page));
            Assert.True(page.AsSpan().SequenceEqual(memory.AsSpan(i * 4096, 4096)));
        }
    }

    [Theory]
    [InlineData("tables.json", "\"version\": 2", "\"version\": 3", "has version 3 of the format, and only versions 1 and 2 are read")]
    [InlineData("tables.json", "\"granule\": \"4K\"", "\"granule\": \"5K\"", "granule '5K'")]
    [InlineData("tables.json", "\"actualVaBits\": 48", "\"actualVaBits\": 47", "there are no 52-bit virtual addresses")]
    [InlineData("tables.json", "\"pageOffset\": \"0xfff0", "\"pageOffset\": \"0xffff", "pageOffset is '0xffff000000000000', but 52-bit addresses begin at 0xfff0000000000000")]
    [InlineData("tables.json", "\"48-bit\"", "\"LPA\"", "address format 'LPA'")]
    [InlineData("tables.json", "\"size\": ", "\"size\": 1", "run 1, ")]
    [InlineData("tables.json", "\"size\": 4096", "\"size\": 0", "run 1, 0 bytes")]
    [InlineData("tables.json", "\"runs\": [", "\"runs\": [ { \"address\": \"0x7fffffff000\", \"size\": 4096 },", "run 2, ")]
    [InlineData("tables.json", "\"root\": \"0x", "\"root\": \"0x7", "there is no table page at 0x7")]
    [InlineData("tables.json", "\"root\": \"0x", "\"root\": \"x", "root is 'x")]
    [InlineData("tables.json", "\"digest\": \"", "\"digest\": \"0", "digest '0")]
    [InlineData("tables.json", "\"tcr\": \"0x", "\"tcr\": \"x", "tcr is 'x")]
    [InlineData("tables.json", "\"sha256\": \"", "\"sha256\": \"0", "SHA-256")]
    [InlineData("tables.json", "\"registers\"", "\"others\"", "is not the JSON of a table folder")]
    [InlineData("tables.json", "\"kernel\"", "\"colonel\"", "it knows of no kernel, so plan.json belongs to other tables")]
    [InlineData("tables.json", "{", "[", "line 1: it is not the JSON of a table folder")]
    [InlineData("tables.json", "\"runs\": [", "\"runs\": [ null,", "run 1 is null")]
    [InlineData("plan.json", "\"version\": 2", "\"version\": 1", "it has version 1 of the format, and the tables have version 2")]
    [InlineData("plan.json", "\"steps\": [", "\"steps\": [ null,", "step 1 is null")]
    [InlineData("plan.json", "\"kind\": \"map\"", "\"kind\": \"nap\"", "the kind of step 1 is 'nap'")]
    [InlineData("plan.json", "\"noBlock\"", "\"knoBlock\"", "a flag of step 1 is 'knoBlock'")]
    [InlineData("plan.json", "\"kernel\": \"linux-6.12\"", "\"kernel\": \"linux-6.1\"", "it is the plan of 'linux-6.1'")]
    public void Damage_gets_one_sentence(string file, string old, string changed, string reason)
    {
        Save();
        Change(file, old, changed);
        RefusedWith(file is "tables.json" && reason == "SHA-256" ? "pages.bin.gz" : file, reason);
    }

    [Theory]
    [InlineData("tables.json", "\"version\": 1", "\"version\": 3", "has version 3 of the format")]
    [InlineData("tables.json", "\"offset\": 0", "\"offset\": 8", "run 1 has no pages, or does not lie behind the one before at offset 0")]
    [InlineData("tables.json", "\"pages\": ", "\"pages\": -", "run 1 has no pages")]
    [InlineData("tables.json", "\"pages\": ", "\"pages\": 9", "run 2 has no pages, or does not lie behind the one before at offset")]
    [InlineData("tables.json", "\"runs\": [", "\"runs\": [ null,", "run 1 has no pages")]
    [InlineData("tables.json", "\"granule\": \"4K\"", "\"granule\": \"5K\"", "granule '5K'")]
    [InlineData("tables.json", "\"root\": \"0x", "\"root\": \"0x7", "there is no table page at 0x7")]
    [InlineData("plan.json", "\"version\": 1", "\"version\": 2", "it has version 2 of the format, and the tables have version 1")]
    public void Damage_of_version_1_gets_one_sentence_too(string file, string old, string changed, string reason)
    {
        CopyVersion1();
        Change(file, old, changed);
        RefusedWith(file, reason);
    }

    [Theory]
    [InlineData("capture.json", "\"version\": 1", "\"version\": 2", "it has version 2 of the format, and only version 1 is read")]
    [InlineData("capture.json", "\"size\": 8192", "\"size\": 4095", "run 1, 4095 bytes at '0x4158e000', has no whole pages of 4096 bytes")]
    [InlineData("capture.json", "\"size\": 8192", "\"size\": 137438953472", "run 1, 137438953472 bytes")]
    [InlineData("capture.json", "\"size\": 8192", "\"size\": 4096", "more pages than its description says")]
    [InlineData("capture.json", "\"runs\": [", "\"runs\": [ { \"address\": \"0x0\", \"size\": 1073741824 },", "fewer pages than its description says")]
    public void Damage_of_a_capture_of_version_1_gets_one_sentence_too(string file, string old, string changed, string reason)
    {
        _ = Directory.CreateDirectory(_folder);
        foreach (string name in new[] { "capture.json", "pages.bin.gz" })
        {
            File.Copy(SampleKernels.PathOf("captures", "6.1-cloud", name), Path.Combine(_folder, name));
        }

        Change(file, old, changed);
        RefusedWith(reason.EndsWith("its description says", StringComparison.Ordinal) ? "pages.bin.gz" : file, reason);
    }

    [Fact]
    public void A_changed_byte_shows()
    {
        CopyVersion1();
        string path = Path.Combine(_folder, "tables.bin");
        byte[] pages = File.ReadAllBytes(path);
        pages[5000] ^= 1;
        File.WriteAllBytes(path, pages);
        RefusedWith("tables.bin", "SHA-256");
    }

    [Theory]
    [InlineData("tables.bin", -4096, "fewer pages")]
    [InlineData("tables.bin", -1, "fewer pages")]
    [InlineData("tables.bin", 1, "more pages")]
    [InlineData("pages.bin.gz", -4096, "fewer pages")]
    [InlineData("pages.bin.gz", 4096, "more pages")]
    public void Pages_that_are_missing_or_too_many_show(string file, int more, string reason)
    {
        bool isPacked = file == TableFolder.PagesFile;
        if (isPacked)
        {
            Save();
        }
        else
        {
            CopyVersion1();
        }

        string path = Path.Combine(_folder, file);
        byte[] pages = isPacked ? Unpacked(path) : File.ReadAllBytes(path);
        Array.Resize(ref pages, pages.Length + more);
        WritePages(path, pages, isPacked);
        RefusedWith(file, reason);
    }

    [Theory]
    [InlineData("the root's first entry leads nowhere", "there is no table page at 0x7ffff000")]
    [InlineData("two entries lead to one table", "two entries lead to the table page at ")]
    [InlineData("a table leads to the root", "two entries lead to the table page at ")]
    [InlineData("nothing leads to a table", "bytes of table pages, but it lists ")]
    [InlineData("a hundred entries are of a reserved type", "its digest is not that of the tables")]
    [InlineData("a page maps something else", "its digest is not that of the tables")]
    public void Other_tables_than_those_that_were_built_are_refused_though_their_hash_is_right(string change, string reason)
    {
        Save();
        string path = Path.Combine(_folder, TableFolder.PagesFile);
        byte[] pages = Unpacked(path);
        string before = Convert.ToHexStringLower(SHA256.HashData(pages));
        using (TableFolder folder = new(_folder))
        {
            Edit(folder, change, pages);
        }

        WritePages(path, pages, isPacked: true);
        Change(TableFolder.TablesFile, before, Convert.ToHexStringLower(SHA256.HashData(pages)));
        RefusedWith(TableFolder.TablesFile, reason);
    }

    [Fact]
    public void A_root_inside_a_page_is_refused()
    {
        Save();
        ulong root;
        using (TableFolder folder = new(_folder))
        {
            root = folder.Kernel!.Root.Value;
        }

        Change(TableFolder.TablesFile, $"\"root\": \"0x{root:x}\"", $"\"root\": \"0x{root + 8:x}\"");
        RefusedWith(TableFolder.TablesFile, $"the root at 0x{root + 8:x} is not aligned to its 4096 bytes");
    }

    [Theory]
    [InlineData(TableFolder.TablesFile)]
    [InlineData(TableFolder.PlanFile)]
    public void Whatever_is_in_the_text_it_is_loaded_or_refused(string file) => Fuzz(file, 1500);

    [Theory]
    [InlineData(TableFolder.TablesFile)]
    [InlineData(TableFolder.PlanFile)]
    [Trait("Category", "Slow")]
    public void Whatever_is_in_the_text_it_is_loaded_or_refused_100_000_times(string file) => Fuzz(file, 50_000);

    [Fact]
    public void A_missing_file_is_an_error_of_the_file_system()
    {
        Save();
        File.Delete(Path.Combine(_folder, TableFolder.PlanFile));

        _ = Assert.Throws<FileNotFoundException>(() => new TableFolder(_folder).Dispose());
    }

    private void Fuzz(string file, int rounds)
    {
        Save();
        string path = Path.Combine(_folder, file);
        byte[] whole = File.ReadAllBytes(path);
        Random random = new(612);
        int refused = 0;
        for (int round = 0; round < rounds; round++)
        {
            byte[] changed = [.. whole];
            for (int i = random.Next(1, 4); i > 0; i--)
            {
                changed[random.Next(changed.Length)] = (byte)"0123456789abcdefx-\"{}[],: null"[random.Next(30)];
            }

            File.WriteAllBytes(path, random.Next(8) == 0 ? changed[..random.Next(changed.Length)] : changed);
            try
            {
                new TableFolder(_folder).Dispose();
            }
            catch (Exception refusal) when (refusal is InvalidInputException or FileNotFoundException { FileName: [.., 'b', 'i', 'n'] })
            {
                refused++; // Of version 1 it would have another file.
            }
        }

        Assert.InRange(refused, rounds / 4, rounds);
    }

    private void Save()
    {
        KernelMachine machine = SampleKernels.Machine("6.12-cloud", "cortex-a72", MemoryLayout.OfRange(new(1UL << 30), 64UL << 20), "nokaslr");
        KernelPlan plan = SampleKernels.Profile("6.12-cloud").Plan(machine, KernelScope.MapMem);
        using LinearMapSimulation simulation = new(plan.Plan);
        _ = simulation.Build(plan.Strategy.Options);
        _ = TableFolder.Save(_folder, machine, plan, simulation);
    }

    private static byte[] Unpacked(string path)
    {
        using GZipStream stream = new(File.OpenRead(path), CompressionMode.Decompress);
        using MemoryStream unpacked = new();
        stream.CopyTo(unpacked);
        return unpacked.ToArray();
    }

    private static void WritePages(string path, byte[] pages, bool isPacked)
    {
        using FileStream file = File.Create(path);
        using Stream stream = isPacked ? new GZipStream(file, CompressionLevel.Fastest) : file;
        stream.Write(pages);
    }

    // The entries that a walk to the first page reads.
    private static void Edit(TableFolder folder, string change, byte[] pages)
    {
        WalkStep[] steps = new WalkStep[TableWalker.MostSteps];
        TranslationRoot root = TranslationRoot.Of(folder.Registers, AddressHalf.Upper);
        WalkResult walk = folder.WalkOnce(root, folder.Leaves()[0].Start, steps, out int count);
        Assert.True(walk.IsMapped && count == 4);
        switch (change)
        {
            case "the root's first entry leads nowhere":
                Set(steps[0].Address, 0x7fff_f003);
                break;
            case "two entries lead to one table":
                Set(steps[2].Address + 8, steps[2].Entry.Raw);
                break;
            case "a table leads to the root":
                Set(steps[2].Address, folder.Kernel!.Root.Value | 3);
                break;
            case "a hundred entries are of a reserved type":
                for (ulong i = 0; i < 100; i++)
                {
                    Set(steps[3].Address + (i * 8), steps[3].Entry.Raw & ~2UL);
                }

                break;
            case "nothing leads to a table":
                Set(steps[2].Address, 0);
                break;
            default:
                Set(steps[3].Address, steps[3].Entry.Raw ^ (1UL << 54));
                break;
        }

        void Set(PhysicalAddress address, ulong entry)
        {
            ulong offset = 0;
            foreach (MemorySegment segment in folder.Segments)
            {
                if (address >= segment.Start && address < segment.End)
                {
                    Assert.True(BitConverter.TryWriteBytes(pages.AsSpan((int)(offset + (address.Value - segment.Start.Value))), entry));
                    return;
                }

                offset += segment.Size;
            }

            Assert.Fail("The entry lies in no segment.");
        }
    }

    private void CopyVersion1()
    {
        _ = Directory.CreateDirectory(_folder);
        foreach (string file in Directory.GetFiles(SampleKernels.PathOf("folders", "linux-6.12")))
        {
            File.Copy(file, Path.Combine(_folder, Path.GetFileName(file)));
        }
    }

    private void Change(string file, string old, string changed)
    {
        string path = Path.Combine(_folder, file);
        string text = File.ReadAllText(path);
        int at = text.IndexOf(old, StringComparison.Ordinal);
        Assert.True(at >= 0, text);
        File.WriteAllText(path, string.Concat(text.AsSpan(0, at), changed, text.AsSpan(at + old.Length)));
    }

    private void RefusedWith(string file, string reason)
    {
        InvalidInputException refusal = Assert.Throws<InvalidInputException>(() => new TableFolder(_folder).Dispose());
        Assert.StartsWith(Path.Combine(_folder, file) + ": ", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
        Assert.EndsWith(".", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("\n", refusal.Message, StringComparison.Ordinal);
    }
}
