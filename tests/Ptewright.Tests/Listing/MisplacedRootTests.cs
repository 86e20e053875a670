using System.Buffers.Binary;
using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.Kernels.Versions;
using Ptewright.Listing;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Tests.Listing;

/// <summary>A kernel's own list of a root that does not lie where such a kernel has it: 64K pages, 48 bits in use, perhaps built for 52.</summary>
public sealed class MisplacedRootTests : IDisposable
{
    private const ulong Tcr = 0x5_c010_0010;
    private const ulong Page = 0x10000;

    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Theory]
    [InlineData(0x0)]
    [InlineData(0x200)]
    [InlineData(0x1c00)]
    [InlineData(0x2000)]
    [InlineData(0x10000)]
    [InlineData(0x10200)]
    [InlineData(0x1fe00)]
    public void It_is_refused_with_a_sentence_where_the_kernel_is_built_for_more_than_it_uses(ulong ttbr1)
    {
        foreach (ulong start in new[] { 0UL, Page })
        {
            using RawImage image = Load(new byte[2 * Page], start);
            InvalidInputException refusal = Assert.Throws<InvalidInputException>(() => List(image, ttbr1, 52));
            Assert.Equal(
                $"TTBR1_EL1 points {ttbr1 % Page} bytes into a page, to 0x{ttbr1:x}; in a kernel with 64K pages that is built for 52-bit addresses and uses 48 bits it points 7680 bytes into one. "
                + "If this one is built for 48-bit addresses, give the size of addresses, 48.",
                refusal.Message);
        }
    }

    [Theory]
    [InlineData(0x200)]
    [InlineData(0x10200)]
    [InlineData(0x1fe00)]
    public void It_is_listed_from_where_the_register_points_where_nobody_says_what_it_is_built_for(ulong ttbr1)
    {
        byte[] memory = new byte[2 * Page];
        Put(memory, ttbr1 + (8 * 32), 0x3); // A table at 0: the entry in the middle of the half.
        Put(memory, 8 * 5, 0x0060_0000_0800_0711);
        using RawImage image = Load(memory, 0);
        Assert.Equal(List(image, ttbr1, 48), List(image, ttbr1, null));
        Assert.Contains("BLK", List(image, ttbr1, null), StringComparison.Ordinal);
    }

    [Fact]
    public void A_root_in_its_place_is_listed_and_needs_nothing_but_what_is_in_use()
    {
        byte[] memory = new byte[2 * Page];
        Put(memory, 0x1e00 + (8 * 32), Page | 3);
        Put(memory, Page + (8 * 5), 0x0060_0000_0800_0711);
        using RawImage whole = Load(memory, 0);
        string listed = List(whole, 0x1e00, 52);
        Assert.Contains("BLK", listed, StringComparison.Ordinal);
        Assert.Equal(listed, List(whole, 0x1e00, null));

        using RawImage part = Load(memory[0x1e00..], 0x1e00);
        Assert.Equal(listed, List(part, 0x1e00, 52));
    }

    [Theory]
    [InlineData(65536, 52, 16, 0x1e00)]
    [InlineData(65536, 48, 16, 0)]
    [InlineData(65536, 52, 12, 0)]
    [InlineData(4096, 52, 16, 0)]
    [InlineData(16384, 52, 17, 0)]
    public void A_core_says_where_the_part_of_the_root_in_use_lies(int page, int built, int t1sz, ulong inRoot)
    {
        ImageRegisters registers = VmCoreInfo.Parse(
            $"PAGESIZE={page}\nNUMBER(VA_BITS)={built}\nNUMBER(TCR_EL1_T1SZ)=0x{t1sz:x}\nNUMBER(kimage_voffset)=0xffff7fffc0000000\nSYMBOL(swapper_pg_dir)=ffff800081a70000\n").ToRegisters();
        Assert.Equal(0xc1a7_0000 + inRoot, registers.Ttbr1);
    }

    private static string List(MemoryImage image, ulong ttbr1, int? built)
    {
        TranslationRoot root = TranslationRoot.Of(new ImageRegisters(Ttbr1: ttbr1, Tcr: Tcr), AddressHalf.Upper);
        using StringWriter text = new();
        ImageLister.List(text, image, root, KernelProfiles.Find("linux-6.12"), built);
        return text.ToString();
    }

    private static void Put(byte[] memory, ulong at, ulong entry) => BinaryPrimitives.WriteUInt64LittleEndian(memory.AsSpan((int)at), entry);

    private RawImage Load(byte[] memory, ulong start)
    {
        File.WriteAllBytes(_file, memory);
        return new RawImage((_file, new PhysicalAddress(start)));
    }
}
