using System.Buffers.Binary;
using Ptewright.Captures;
using Ptewright.Fuzz;
using Ptewright.Images;

namespace Ptewright.Tests.Images;

/// <summary>Flattened files: pieces in any order, written twice, cut short, damaged; held against a file that is put together piece by piece.</summary>
public sealed class FlattenedFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_last_piece_counts_and_gaps_are_zero()
    {
        using FileBytes file = Open(FlatWriter.Write((10, [1, 1, 1, 1]), (20, [2, 2]), (12, [3, 3, 3, 3, 3]), (11, [4]), (0, [5])));
        Assert.Equal([5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 4, 3, 3, 3, 3, 3, 0, 0, 0, 2, 2], file.Copy(0, 100));
        Assert.Equal([3, 3, 0], file.Copy(15, 3));
        Assert.Empty(file.Remarks);
    }

    [Fact]
    public void Pieces_of_every_arrangement_make_the_same_file()
    {
        for (int seed = 0; seed < 300; seed++)
        {
            Random random = new(seed);
            (long, byte[])[] pieces = [.. Enumerable.Range(0, random.Next(1, 30)).Select(i =>
            {
                byte[] bytes = new byte[random.Next(1, 40)];
                bytes.AsSpan().Fill((byte)(i + 1));
                return ((long)random.Next(200), bytes);
            })];
            byte[] flat = FlatWriter.Write(pieces);
            using FileBytes file = Open(flat);
            Assert.Equal(FlatWriter.Restore(flat), file.Copy(0, 1000));
        }
    }

    [Fact]
    public void Without_the_end_it_is_read_as_far_as_it_goes_and_says_so()
    {
        byte[] flat = FlatWriter.Write((0, [1, 2, 3, 4]), (4, [5, 6, 7, 8]));
        foreach (int missing in new[] { 16, 15, 18 })
        {
            using FileBytes file = Open(flat[..^missing]);
            Assert.Equal(missing == 18 ? [1, 2, 3, 4, 5, 6] : [1, 2, 3, 4, 5, 6, 7, 8], file.Copy(0, 100));
            Assert.Equal(
                $"It is a flattened file without an end, cut short at byte 0x{flat.Length - missing:x}: what should follow is missing.", Assert.Single(file.Remarks));
        }
    }

    [Theory]
    [InlineData(16, 2L, "it is a flattened file of type 2 and version 1, and only type 1 of version 1 is known.")]
    [InlineData(24, 0L, "it is a flattened file of type 1 and version 0, and only type 1 of version 1 is known.")]
    [InlineData(4096, -2L, "it is a flattened file, and the piece at byte 0x1000 has 4 bytes for the offset -2: it is damaged.")]
    [InlineData(4096, long.MaxValue - 3, "it is a flattened file, and the piece at byte 0x1000 has 4 bytes for the offset 9223372036854775804: it is damaged.")]
    [InlineData(4104, 0L, "it is a flattened file, and the piece at byte 0x1000 has 0 bytes for the offset 0: it is damaged.")]
    [InlineData(4104, -1L, "it is a flattened file, and the piece at byte 0x1000 has -1 bytes for the offset 0: it is damaged.")]
    [InlineData(4096, -1L, "it is a flattened file with nothing in it behind its first 4096 bytes.")]
    public void Damage_is_refused_with_its_place(int at, long value, string sentence)
    {
        byte[] flat = FlatWriter.Write((0, [1, 2, 3, 4]));
        BinaryPrimitives.WriteInt64BigEndian(flat.AsSpan(at), value);
        string path = Write(flat);
        Assert.Equal($"{path}: {sentence}", Assert.Throws<InvalidInputException>(() => FileBytes.Open(path)).Message);
    }

    [Fact]
    public void What_is_flattened_and_nothing_that_is_known_is_said()
    {
        string path = Write(FlatWriter.Write((0, new byte[5000])));
        Assert.Equal(
            $"{path}: it does not begin as a kdump-compressed file does, with KDUMP or DISKDUMP.", Assert.Throws<InvalidInputException>(() => MemorySource.Open(path)).Message);
    }

    [Fact]
    public void What_a_file_is_is_told_by_the_piece_that_begins_it_wherever_that_is()
    {
        Assert.True(ElfCore.IsElfFile(Write(FlatWriter.Write((64, new byte[10]), (0, CoreFile.Small)))));
        Assert.True(KdumpImage.IsKdump(Write(FlatWriter.Write((64, new byte[10]), (0, "DISKDUMP"u8.ToArray())))));
        Assert.False(ElfCore.IsElfFile(Write(FlatWriter.Write((64, CoreFile.Small)))));
    }

    private FileBytes Open(byte[] bytes)
    {
        FileBytes file = FileBytes.Open(Write(bytes));
        Assert.IsType<FlattenedFile>(file);
        return file;
    }

    private string Write(byte[] bytes)
    {
        string path = Path.Combine(_folder, "file");
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
