using System.Buffers.Binary;
using Ptewright.Images;

namespace Ptewright.Tests.Images;

/// <summary>Cores whose segments are not all memory of their own, as <c>/proc/kcore</c> and <c>/proc/vmcore</c> have them.</summary>
public sealed class ElfSegmentTests : IDisposable
{
    private const ulong None = ulong.MaxValue;
    private const ulong FarBehindTheFile = 0x7fff_ffff_0000_0000;
    private const ulong LinearMap = 0xffff_0000_0000_0000;
    private const ulong Vmalloc = 0xffff_8000_8240_0000;
    private const ulong Image = 0xffff_8000_8000_0000;
    private const int Data = 64 + (8 * 56);

    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Virtual_segments_without_a_physical_address_are_passed_over_wherever_they_say_they_are()
    {
        using ElfCore core = Core(
            new(Data, LinearMap, 0x4000_0000, 64), new(FarBehindTheFile, Vmalloc, None, 1UL << 40), new(FarBehindTheFile, 0xffff_fdff_c000_0000, None, 4096),
            new(Data + 64, LinearMap + 0x4000_0000, 0x8000_0000, 32));

        Assert.Equal([(0x4000_0000UL, 64UL), (0x8000_0000UL, 32UL)], Segments(core));
        Assert.Equal(
            [
                "2 of 4 segments left out: no physical address, as vmalloc, modules and the page array have none in /proc/kcore; "
                + "the first is program header 1, virtual address 0xffff800082400000.",
            ],
            core.Remarks);
        Assert.Equal(1, ReadByte(core, 0x4000_0000));
        Assert.Equal(65, ReadByte(core, 0x8000_0000));
    }

    [Theory]
    [InlineData(1UL << 56, 1)]
    [InlineData((1UL << 56) - 4096, 2)]
    public void What_lies_behind_56_bits_has_no_physical_address(ulong physical, int kept)
    {
        using ElfCore core = Core(new(Data, LinearMap, 0x4000_0000, 64), new(Data, LinearMap + 0x4000_0000, physical, 32));

        Assert.Equal(kept, core.Segments.Count);
        Assert.Equal(2 - kept, core.Remarks.Count);
    }

    [Fact]
    public void Old_kernels_say_physical_address_0_for_all_and_none_is_believed()
    {
        InvalidInputException refusal = Assert.Throws<InvalidInputException>(
            () => Core(new(Data, LinearMap, 0, 64), new(FarBehindTheFile, Vmalloc, 0, 4096), new(Data, Image, 0, 32)));

        Assert.Equal($"{_path}: none of its 3 segments says where in physical memory it lies.", refusal.Message);
    }

    [Fact]
    public void Of_several_at_0_none_is_believed_but_others_are()
    {
        using ElfCore core = Core(new(Data, LinearMap + 0x4000_0000, 0x4000_0000, 64), new(FarBehindTheFile, Vmalloc, 0, 4096), new(FarBehindTheFile, Image, 0, 32));

        Assert.Equal([(0x4000_0000UL, 64UL)], Segments(core));
        Assert.Equal(
            [
                "2 of 3 segments left out: physical address 0, which old kernels write for all of /proc/kcore; "
                + "the first is program header 1, virtual address 0xffff800082400000.",
            ],
            core.Remarks);
    }

    [Fact]
    public void Memory_that_begins_at_0_is_memory()
    {
        using ElfCore core = Core(new(Data, LinearMap, 0, 64), new(FarBehindTheFile, Vmalloc, None, 4096));

        Assert.Equal([(0UL, 64UL)], Segments(core));
    }

    [Fact]
    public void The_image_is_memory_that_another_segment_has_already()
    {
        using ElfCore core = Core(new(Data + 80, Image, 0x4000_0010, 16), new(Data, LinearMap, 0x4000_0000, 64));

        Assert.Equal([(0x4000_0000UL, 64UL)], Segments(core));
        Assert.Equal(
            [
                "1 of 2 segments left out: memory that a larger segment has too, as the kernel's image; "
                + "the first is program header 0, virtual address 0xffff800080000000.",
            ],
            core.Remarks);
        Assert.Equal(17, ReadByte(core, 0x4000_0010));
    }

    [Theory]
    [InlineData(0x4000_0030UL, 32UL, Image)]
    [InlineData(0x4000_0000UL, 64UL, Image)]
    [InlineData(0x4000_0010UL, 16UL, 0UL)]
    [InlineData(0x4000_0010UL, 16UL, LinearMap)]
    public void Memory_that_is_there_twice_otherwise_is_refused(ulong physical, ulong size, ulong virtualAddress)
    {
        InvalidInputException refusal = Assert.Throws<InvalidInputException>(
            () => Core(new(Data, LinearMap, 0x4000_0000, 64), new(Data, virtualAddress, physical, size)));

        Assert.EndsWith("is there twice.", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_kept_and_lies_behind_the_file_is_lost()
    {
        using ElfCore core = Core(new(Data, LinearMap, 0x4000_0000, 64), new(FarBehindTheFile, Image, 0x8000_0000, 64));
        Assert.Equal([(0x4000_0000UL, 64UL)], Segments(core));
        Assert.Equal([$"It is cut short: 64 bytes of its memory lie behind its end at byte 0x{Data + 96:x}, and are lost."], core.Remarks);
    }

    // Some 100,000 segments, each beside the next: nothing is compared with everything.
    [Fact]
    public void Many_segments_are_chosen_from_at_once()
    {
        List<string> remarks = [];
        ElfSegment[] segments = [.. Enumerable.Range(0, 1 << 20).Select(i => new ElfSegment(i, 0, Image + ((ulong)i << 12), (ulong)i << 11, 4096, 4096))];

        Assert.Equal(1 << 20, ElfSegment.Choose(segments, remarks).Count);
        Assert.Empty(remarks);
    }

    private static IEnumerable<(ulong Start, ulong Size)> Segments(ElfCore core) => core.Segments.Select(segment => (segment.Start.Value, segment.Size));

    private static byte ReadByte(ElfCore core, ulong address)
    {
        Span<byte> one = stackalloc byte[1];
        Assert.True(core.TryRead(new(address), one));
        return one[0];
    }

    // The file's bytes behind the headers count from 1.
    private ElfCore Core(params Part[] parts)
    {
        byte[] core = new byte[Data + 96];
        "\u007fELF\u0002\u0001\u0001"u8.CopyTo(core);
        BinaryPrimitives.WriteUInt16LittleEndian(core.AsSpan(16), 4);
        BinaryPrimitives.WriteUInt16LittleEndian(core.AsSpan(18), 183);
        BinaryPrimitives.WriteUInt64LittleEndian(core.AsSpan(32), 64);
        BinaryPrimitives.WriteUInt16LittleEndian(core.AsSpan(54), 56);
        BinaryPrimitives.WriteUInt16LittleEndian(core.AsSpan(56), (ushort)parts.Length);
        for (int i = 0; i < parts.Length; i++)
        {
            Span<byte> header = core.AsSpan(64 + (i * 56));
            BinaryPrimitives.WriteUInt32LittleEndian(header, 1);
            BinaryPrimitives.WriteUInt64LittleEndian(header[8..], parts[i].Offset);
            BinaryPrimitives.WriteUInt64LittleEndian(header[16..], parts[i].Virtual);
            BinaryPrimitives.WriteUInt64LittleEndian(header[24..], parts[i].Physical);
            BinaryPrimitives.WriteUInt64LittleEndian(header[32..], parts[i].Size);
            BinaryPrimitives.WriteUInt64LittleEndian(header[40..], parts[i].Size);
        }

        for (int i = 0; i < 96; i++)
        {
            core[Data + i] = (byte)(i + 1);
        }

        File.WriteAllBytes(_path, core);
        return new ElfCore(_path);
    }

    private sealed record Part(ulong Offset, ulong Virtual, ulong Physical, ulong Size);
}
