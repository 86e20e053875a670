using System.Buffers.Binary;
using Ptewright.Addressing;
using Ptewright.Captures;
using Ptewright.Fuzz;
using Ptewright.Images;

namespace Ptewright.Tests.Images;

/// <summary>Split dumps: all files by name, one with the others beside it, and such that do not belong together.</summary>
public sealed class KdumpSetTests : IDisposable
{
    private const ulong First = KdumpFiles.FirstPage;

    private static readonly KdumpWriter _whole = new() { Stored = KdumpFiles.Memory(4096), Excluded = [First + 9], Note = Samples.Note, Packings = [PagePacking.Lzo, PagePacking.Zlib] };

    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_files_of_a_set_are_named_in_any_order()
    {
        string[] paths = WriteSet();
        foreach (string[] order in new string[][] { [paths[0], paths[1], paths[2]], [paths[2], paths[0], paths[1]], [paths[1], paths[0], paths[2]] })
        {
            using KdumpImage dump = Assert.IsType<KdumpImage>(MemorySource.Open(string.Join(',', order)));
            IsWhole(dump);
            Assert.Empty(dump.Remarks);
        }
    }

    [Theory]
    [InlineData(0, "b' and '", "c'")]
    [InlineData(1, "a' and '", "c'")]
    [InlineData(2, "a' and '", "b'")]
    public void One_file_of_a_set_finds_the_others_beside_it_by_what_is_in_them(int named, string second, string third)
    {
        string[] paths = WriteSet();

        // Files of other dumps, whole ones and rubbish do not disturb.
        _ = Write("other", (_whole with { Part = (First + 2, First + 5), Note = Samples.Note.Replace("6.12", "6.13", StringComparison.Ordinal) }).Build());
        _ = Write("whole", _whole.Build());
        _ = Write("damaged", "KDUMP   "u8.ToArray());
        _ = Write("text", "KDUMP"u8.ToArray());
        _ = Write("nothing", []);
        using KdumpImage dump = new(paths[named]);
        IsWhole(dump);
        string remark = Assert.Single(dump.Remarks);
        Assert.StartsWith("It is a part of a split dump, and is read with '", remark, StringComparison.Ordinal);
        Assert.Contains(second, remark, StringComparison.Ordinal);
        Assert.EndsWith($"{third}.", remark, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_a_set_may_have_no_pages()
    {
        string all = Write("all", (_whole with { Part = (0, 1024) }).Build());
        string none = Write("none", (_whole with { Part = (1024, 1024) }).Build());
        foreach (string name in new[] { all, none, $"{none},{all}" })
        {
            using KdumpImage dump = new(name.Split(','));
            IsWhole(dump);
        }
    }

    [Fact]
    public void What_lies_in_a_file_that_is_not_there_is_lost_and_it_is_said()
    {
        string[] paths = WriteSet();
        File.Delete(paths[1]);
        using KdumpImage dump = new(paths[0], paths[2]);
        using MemoryReader reader = dump.OpenReader();
        Assert.Equal(
            [MemoryPresence.Present, MemoryPresence.Lost, MemoryPresence.Lost, MemoryPresence.Present, MemoryPresence.Excluded],
            new[] { 1UL, 2UL, 4UL, 5UL, 9UL }.Select(page => reader.WindowAt(new PhysicalAddress((First + page) << 12), 8).Presence));
        Assert.Equal(
            ["It is a part of a split dump; the 3 pages from 0x12000 up to 0x15000 are in another file of it, so they are lost: name all files, as in FILE,FILE."], dump.Remarks);
    }

    [Fact]
    public void Where_two_files_have_the_same_part_nobody_guesses()
    {
        string[] paths = WriteSet();
        File.Copy(paths[1], Path.Combine(_folder, "copy"));
        using (KdumpImage dump = new(paths[0]))
        {
            Assert.Equal("It is a part of a split dump, and more than one file beside it has the same part: name those that are meant, as in FILE,FILE.", dump.Remarks[0]);
            Assert.StartsWith("It is a part of a split dump; the 5 pages from 0x12000 up to 0x400000 are in another file", dump.Remarks[1], StringComparison.Ordinal);
        }

        Assert.EndsWith($"copy: the pages from {First + 2} on are in '{paths[1]}' too.", Refusal(paths[0], paths[1], Path.Combine(_folder, "copy")), StringComparison.Ordinal);
    }

    [Fact]
    public void Files_of_different_dumps_are_refused()
    {
        string[] paths = WriteSet();
        string strange = Write("strange", (_whole with { Part = (First + 2, First + 5), Note = Samples.Note.Replace("6.12", "6.13", StringComparison.Ordinal) }).Build());
        Assert.Equal($"{strange}: it is not a part of the same split dump as '{paths[0]}'.", Refusal(paths[0], strange, paths[2]));
        string larger = Write("larger", (_whole with { Part = (First + 2, First + 5), Pages = 2048 }).Build());
        Assert.Equal($"{larger}: it is not a part of the same split dump as '{paths[0]}'.", Refusal(paths[0], larger));
        string whole = Write("whole", _whole.Build());
        Assert.Equal($"{whole}: it is no part of a split dump, so it is read alone.", Refusal(paths[0], whole));

        // The headers are the same, and other pages are stored.
        KdumpWriter fewer = _whole with { Stored = new SortedDictionary<ulong, byte[]>(_whole.Stored.Where(page => page.Key != First).ToDictionary()), Part = (First + 2, First + 5) };
        string other = Write("other", fewer.Build());
        Assert.StartsWith($"{other}: other pages are stored than '{paths[0]}' says", Refusal(paths[0], other), StringComparison.Ordinal);
    }

    [Fact]
    public void Overlaps_are_seen_past_a_file_without_pages()
    {
        string wide = Write("wide", (_whole with { Part = (0, 100) }).Build());
        string empty = Write("empty", (_whole with { Part = (50, 50) }).Build());
        string late = Write("late", (_whole with { Part = (60, 1024) }).Build());
        Assert.Equal($"{late}: the pages from 60 on are in '{wide}' too.", Refusal(late, empty, wide));
    }

    [Fact]
    public void Old_versions_say_their_part_elsewhere()
    {
        KdumpWriter old = _whole with { Version = 5 };
        string[] paths = [Write("a", (old with { Part = (0, First + 3) }).Build()), Write("b", (old with { Part = (First + 3, 1024) }).Build())];
        using KdumpImage dump = new(paths);
        IsWhole(dump);
    }

    [Fact]
    public void Flattened_files_make_a_set_too()
    {
        string[] paths = WriteSet();
        File.WriteAllBytes(paths[1], FlatWriter.Write(File.ReadAllBytes(paths[1]), new Random(9)));
        using KdumpImage dump = new(paths[2]);
        IsWhole(dump);
    }

    [Fact]
    public void A_name_with_a_comma_that_there_is_is_one_file()
    {
        using KdumpImage dump = Assert.IsType<KdumpImage>(MemorySource.Open(Write("a,b", _whole.Build())));
        IsWhole(dump);
    }

    private static void IsWhole(KdumpImage dump)
    {
        using MemoryReader reader = dump.OpenReader();
        byte[] read = new byte[4096];
        foreach ((ulong page, byte[] bytes) in _whole.Stored)
        {
            Assert.True(reader.TryRead(new PhysicalAddress(page << 12), read));
            Assert.Equal(bytes, read);
        }

        Assert.Equal(0xc1a7_9000UL, dump.Registers.Ttbr1);
    }

    private static string Refusal(params string[] paths) => Assert.Throws<InvalidInputException>(() => new KdumpImage(paths)).Message;

    private string[] WriteSet() =>
    [
        Write("a", (_whole with { Part = (0, First + 2) }).Build()),
        Write("b", (_whole with { Part = (First + 2, First + 5) }).Build()),
        Write("c", (_whole with { Part = (First + 5, 1024) }).Build()),
    ];

    private string Write(string name, byte[] bytes)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
