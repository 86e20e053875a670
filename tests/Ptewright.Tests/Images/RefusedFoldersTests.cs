using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Ptewright.Addressing;
using Ptewright.Captures;
using Ptewright.Firmware;
using Ptewright.Images;
using Ptewright.Kernels.Planning;
using Ptewright.LinearMap;
using Ptewright.Simulation;
using Ptewright.Tests.Kernels;
using Ptewright.Tests.Walking;

namespace Ptewright.Tests.Images;

/// <summary>Captures and saved tables that are not what they should be: which sentence each gets, and what a good one holds.</summary>
public sealed class RefusedFoldersTests : IDisposable
{
    // 4K pages, 39 bits: a root at 0x4000, a table at 0x5000 and one at 0x8000.
    private const ulong Tcr = (5UL << 32) | (2UL << 30) | (25UL << 16) | 25;

    private readonly string _folder = Path.Combine(Directory.CreateTempSubdirectory().FullName, "folder");

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_folder)!, recursive: true);

    private string Pages => Path.Combine(_folder, TableFolder.PagesFile);

    private string Tables => Path.Combine(_folder, TableFolder.TablesFile);

    [Fact]
    public void A_capture_holds_the_tables_and_nothing_else()
    {
        Assert.Equal(0x3000UL, Capture());
        using TableFolder capture = new(_folder);
        Assert.Equal([(0x4000UL, 0x2000UL), (0x8000UL, 0x1000UL)], capture.Segments.Select(segment => (segment.Start.Value, segment.Size)));
        Assert.Equal(new ImageRegisters(null, 0x4000, Tcr, 0xff), capture.Registers);
        Assert.Equal("a test", capture.Source);
        byte[] bytes = new byte[8];
        Assert.True(capture.TryRead(new PhysicalAddress(0x8008), bytes));
        Assert.Equal(0x8020_0703UL, BitConverter.ToUInt64(bytes));
    }

    [Theory]
    [InlineData("\"version\": 2", "\"version\": 3", "it has version 3 of the format, and only versions 1 and 2 are read")]
    [InlineData("\"address\": \"0x4000\"", "\"address\": \"0x4800\"", "run 1, 8192 bytes at '0x4800', has no whole pages of 4096 bytes")]
    [InlineData("\"size\": 8192", "\"size\": 8000", "run 1, 8000 bytes at '0x4000', has no whole pages of 4096 bytes")]
    [InlineData("\"size\": 8192", "\"size\": 0", "run 1, 0 bytes at '0x4000', ")]
    [InlineData("\"size\": 8192", "\"size\": 68719480832", "run 1, 68719480832 bytes at '0x4000', ")] // 64 GiB and a page.
    [InlineData("\"size\": 8192", "\"size\": 68719476736", "run 2, 4096 bytes at '0x8000', ")] // 64 GiB, and then 4 KiB more.
    [InlineData("\"address\": \"0x8000\"", "\"address\": \"8000\"", "the address of run 2 is '8000', not a hexadecimal number with 0x")]
    [InlineData("\"address\": \"0x8000\"", "\"address\": \"0xz\"", "the address of run 2 is '0xz', not a hexadecimal number with 0x")]
    [InlineData("\"ttbr1\": \"0x4000\"", "\"ttbr1\": \"x\"", "ttbr1 is 'x', not a hexadecimal number with 0x")]
    [InlineData("\"ttbr1\": \"0x4000\"", "\"ttbr0\": \"x\"", "ttbr0 is 'x', not a hexadecimal number with 0x")]
    [InlineData("\"ttbr1\": \"0x4000\"", "\"ttbr1\": \"0x\"", "ttbr1 is '0x', not a hexadecimal number with 0x")]
    [InlineData("\"tcr\": \"0x", "\"tcr\": \"0x1", "tcr is '0x1", "0123456789")]
    [InlineData("\"mair\": \"0xff\"", "\"mair\": \"ff\"", "mair is 'ff', not a hexadecimal number with 0x")]
    public void A_description_of_a_capture_that_is_wrong_is_said(string old, string changed, string reason, string more = "")
    {
        _ = Capture();
        Edit(Tables, old, changed + (more.Length == 0 ? "" : "fffffffffffffff"));
        Assert.StartsWith($"{Tables}: {reason}", Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_description_that_is_no_JSON_is_said_with_its_line()
    {
        _ = Capture();
        Edit(Tables, "\"source\"", "source");
        Assert.Equal($"{Tables}: line 3: it is not the JSON of a table folder at '$'.", Refused());
        File.WriteAllText(Tables, "null");
        Assert.Equal($"{Tables}: it holds nothing.", Refused());
    }

    [Fact]
    public void Pages_that_are_not_those_of_the_description_are_said()
    {
        _ = Capture();
        byte[] good = Unpack();
        foreach ((byte[] bytes, string reason) in new[]
        {
            (good[..^1], "it holds fewer pages than its description says"),
            ([.. good, 0], "it holds more pages than its description says"),
            ([.. good[..^1], (byte)(good[^1] ^ 1)], "its pages are not those of its description (SHA-256), so it is damaged or belongs to another folder"),
        })
        {
            using (GZipStream packed = new(File.Create(Pages), CompressionLevel.NoCompression))
            {
                packed.Write(bytes);
            }

            Assert.Equal($"{Pages}: {reason}.", Refused());
        }

        File.WriteAllBytes(Pages, new byte[100]);
        Assert.Equal($"{Pages}: it is no gzip data.", Refused());

        // 12 KiB cannot come out of less than 12 bytes.
        File.WriteAllBytes(Pages, new byte[10]);
        Assert.Equal($"{Pages}: it holds fewer pages than its description says.", Refused());
    }

    [Fact]
    public void Where_there_are_no_tables_nothing_is_captured()
    {
        using HandmadeImage image = new(0x4000, 0x1000);
        Assert.Equal(
            "handmade: there are no tables where the registers say.",
            Assert.Throws<InvalidInputException>(() => TableFolder.Capture(_folder, image, new ImageRegisters(Ttbr1: 0x9000, Tcr: Tcr), "nothing")).Message);
        Assert.False(Directory.Exists(_folder));
    }

    // A root of 16 entries in the middle of a page; one of two entries in a page of 16 KiB of which the source has a quarter.
    [Theory]
    [InlineData(0x4080UL, (5UL << 32) | (2UL << 30) | (48UL << 16))]
    [InlineData(0x4000UL, (5UL << 32) | (1UL << 30) | (16UL << 16))]
    public void A_small_root_is_captured_with_what_there_is_of_its_page(ulong root, ulong tcr)
    {
        using HandmadeImage image = new(0x4000, 0x1000);
        Assert.Equal(0x1000UL, TableFolder.Capture(_folder, image, new ImageRegisters(Ttbr1: root, Tcr: tcr), "small"));
        using TableFolder capture = new(_folder);
        Assert.Equal([(0x4000UL, 0x1000UL)], capture.Segments.Select(segment => (segment.Start.Value, segment.Size)));
    }

    [Theory]
    [InlineData("\"ttbr0\": \"0x", "\"ttbr0\": \"", "ttbr0 is '")]
    [InlineData("\"ttbr1\": \"0x", "\"ttbr1\": \"", "ttbr1 is '")]
    [InlineData("\"tcr\": \"0x", "\"tcr\": \"", "tcr is '")]
    [InlineData("\"mair\": \"0x", "\"mair\": \"", "mair is '")]
    [InlineData("\"memstart\": \"0x", "\"memstart\": \"", "memstart is '")]
    [InlineData("\"identityRoot\": \"0x", "\"identityRoot\": \"", "identityRoot is '")]
    public void A_number_of_saved_tables_that_is_none_is_said_by_its_name(string old, string changed, string reason)
    {
        Save();
        Edit(Tables, old, changed);
        Assert.StartsWith($"{Tables}: {reason}", Refused(), StringComparison.Ordinal);
        Assert.EndsWith("', not a hexadecimal number with 0x.", Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_digest_has_32_digits()
    {
        Save();
        string text = File.ReadAllText(Tables);
        int at = text.IndexOf("\"digest\": \"", StringComparison.Ordinal) + "\"digest\": \"".Length;
        string digest = text.Substring(at, 32);
        foreach (string other in new[] { digest.Insert(16, "0"), digest[1..], digest[..31] + "g", "g" + digest[1..] })
        {
            File.WriteAllText(Tables, text.Replace(digest, other, StringComparison.Ordinal));
            Assert.Equal($"{Tables}: digest '{other}' does not have 32 hexadecimal digits.", Refused());
        }

        string wrong = (digest[0] == '0' ? "1" : "0") + digest[1..];
        File.WriteAllText(Tables, text.Replace(digest, wrong, StringComparison.Ordinal));
        Assert.Equal($"{Tables}: its digest is not that of the tables.", Refused());
    }

    [Fact]
    public void A_root_that_is_not_aligned_is_said()
    {
        Save();
        string text = File.ReadAllText(Tables);
        string root = Regex.Match(text, "\"root\": \"(0x[0-9a-f]+)\"").Groups[1].Value;
        File.WriteAllText(Tables, text.Replace($"\"root\": \"{root}\"", $"\"root\": \"{root[..^1]}8\"", StringComparison.Ordinal));
        Assert.Equal($"{Tables}: the root at {root[..^1]}8 is not aligned to its 4096 bytes.", Refused());
    }

    [Fact]
    public void A_page_that_no_root_leads_to_and_one_that_two_entries_lead_to_are_said()
    {
        Save();
        string good = File.ReadAllText(Tables);
        byte[] bytes = Unpack();
        Match last = Regex.Matches(good, "\"address\": \"0x([0-9a-f]+)\",\\s*\"size\": ([0-9]+)")[^1];
        ulong end = ulong.Parse(last.Groups[1].Value, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) + ulong.Parse(last.Groups[2].Value, CultureInfo.InvariantCulture);

        // One page more, behind the last.
        Write([.. bytes, .. new byte[4096]], $"\"address\": \"0x{end:x}\", \"size\": 4096");
        Assert.Equal($"{Tables}: its roots lead to {bytes.Length} bytes of table pages, but it lists {bytes.Length + 4096}.", Refused());

        // A run that begins in the last one: no page is there twice.
        Write([.. bytes, .. new byte[4096]], $"\"address\": \"0x{end - 4096:x}\", \"size\": 4096");
        Assert.Contains("does not lie behind the one before", Refused(), StringComparison.Ordinal);

        // A free entry of the root leads where another one leads.
        Write(bytes, null);
        byte[] rootPage = new byte[4096];
        using (TableFolder folder = new(_folder))
        {
            Assert.True(folder.TryRead(folder.Kernel!.Root, rootPage));
        }

        int root = bytes.AsSpan().IndexOf(rootPage);
        int used = Enumerable.Range(0, 512).First(i => (bytes[root + (i * 8)] & 3) == 3);
        int free = Enumerable.Range(0, 512).First(i => (bytes[root + (i * 8)] & 1) == 0);
        byte[] shared = [.. bytes];
        bytes.AsSpan(root + (used * 8), 8).CopyTo(shared.AsSpan(root + (free * 8)));
        Write(shared, null);
        Assert.Matches("two entries lead to the table page at 0x[0-9a-f]+, so the tables are no tree\\.$", Refused());

        // Not one at all.
        File.WriteAllText(Tables, Regex.Replace(good, "\"runs\": \\[.*?\\]", "\"runs\": []", RegexOptions.Singleline));
        Assert.Equal($"{Tables}: it lists no table pages.", Refused());

        void Write(byte[] all, string? run)
        {
            using (GZipStream packed = new(File.Create(Pages), CompressionLevel.Fastest))
            {
                packed.Write(all);
            }

            string text = Regex.Replace(good, "\"sha256\": \"[0-9a-f]+\"", $"\"sha256\": \"{Convert.ToHexStringLower(SHA256.HashData(all))}\"");
            File.WriteAllText(Tables, run is null ? text : text.Insert(text.IndexOf('}', text.LastIndexOf("\"size\"", StringComparison.Ordinal)) + 1, $", {{ {run} }}"));
        }
    }

    private ulong Capture()
    {
        using HandmadeImage image = new(0x4000, 0x5000);
        image[0x4000] = 0x5003;
        image[0x5000] = 0x8003;
        image[0x8000] = 0x8000_0703;
        image[0x8008] = 0x8020_0703;
        return TableFolder.Capture(_folder, image, new ImageRegisters(Ttbr1: 0x4000, Tcr: Tcr, Mair: 0xff), "a test");
    }

    private byte[] Unpack()
    {
        using GZipStream packed = new(File.OpenRead(Pages), CompressionMode.Decompress);
        using MemoryStream all = new();
        packed.CopyTo(all);
        return all.ToArray();
    }

    private void Save()
    {
        KernelMachine machine = SampleKernels.Machine("6.1-cloud", "cortex-a72", MemorySpec.Parse("512M"), "nokaslr rodata=on");
        KernelPlan plan = SampleKernels.Profile("6.1-cloud").Plan(machine, KernelScope.PagingInit);
        using LinearMapSimulation simulation = new(plan.Plan);
        _ = simulation.Build(plan.Strategy.Options);
        _ = TableFolder.Save(_folder, machine, plan, simulation);
    }

    private static void Edit(string path, string old, string changed)
    {
        string text = File.ReadAllText(path);
        Assert.Contains(old, text, StringComparison.Ordinal);
        int at = text.IndexOf(old, StringComparison.Ordinal);
        File.WriteAllText(path, string.Concat(text.AsSpan(0, at), changed, text.AsSpan(at + old.Length)));
    }

    private string Refused() => Assert.Throws<InvalidInputException>(() => new TableFolder(_folder).Dispose()).Message;
}
