using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Ptewright.Discovery;
using Ptewright.Images;

namespace Ptewright.Fuzz;

/// <summary>Memory in which somebody looks for a kernel: one whole, hand-made kernel of 2 MiB that is found, and what damage makes of it.</summary>
internal static class DiscoveryMemory
{
    /// <summary>Where it begins.</summary>
    public const ulong Start = 0x4000_0000;

    /// <summary>How many bytes it has.</summary>
    public const int Bytes = 2 << 20;

    /// <summary>Where in it the image begins, which reaches to its end.</summary>
    public const int Image = 0x10_0000;

    /// <summary>Where in it the kernel's root table lies.</summary>
    public const int Swapper = Image + 0xa_0000;

    /// <summary>The image's virtual address.</summary>
    public const ulong ImageStart = 0xffff_8000_8000_0000;

    private const int Page = 4096;
    private const ulong ImageDistance = ImageStart - Start - Image;

    private static readonly Lazy<byte[]> _whole = new(MakeWhole);

    /// <summary>Makes memory: the kernel damaged where it matters, or hostile tables.</summary>
    public static byte[] Make(Random random)
    {
        if (random.Next(4) == 0)
        {
            return TableMutator.Make(random);
        }

        byte[] memory = (byte[])_whole.Value.Clone();
        for (int rounds = random.Next(24); rounds > 0; rounds--)
        {
            Damage(memory, random);
        }

        return TableImage.Join(new ImageRegisters(0, 0, 0, 0), random.Next(8) == 0 ? (ulong)random.Next() << 12 : Start, (ulong)random.NextInt64(), memory);
    }

    /// <summary>The whole kernel, undamaged; VMCOREINFO begins at 0xc0000 of the image.</summary>
    public static byte[] Whole() => (byte[])_whole.Value.Clone();

    /// <summary>Looks for a kernel. What is found is proven, and its root maps itself.</summary>
    public static void Check(ReadOnlySpan<byte> input)
    {
        bool isWhole = input.Length > TableImage.HeaderLength && input[TableImage.HeaderLength..].SequenceEqual(_whole.Value);
        bool isInPlace = input.Length > TableImage.HeaderLength && BinaryPrimitives.ReadUInt64LittleEndian(input[32..]) == Start;
        TableImage.With(input, (image, _, options) =>
        {
            DiscoveryMethods methods = (DiscoveryMethods)(options >> 8) & DiscoveryMethods.All;
            DiscoveryResult result = KernelDiscovery.Find(image, methods);
            foreach (FoundKernel kernel in result.Kernels)
            {
                FuzzTarget.Require(kernel is { IsProven: true, Score: > 0 and <= 100, ImageStart: not null, LinearStart: not null }, "a kernel is told that nothing proves");
                FuzzTarget.Require(kernel.Points.Sum(point => point.Given) == kernel.Score && kernel.Points.All(point => point.Given >= 0 && point.Given <= point.Most), "the points are none");
            }

            FuzzTarget.Require(!isWhole || !isInPlace || (methods & (DiscoveryMethods.Text | DiscoveryMethods.Tables)) == 0 || result.Kernel is not null, "the whole kernel was not found");
            if (result.Kernel is null)
            {
                throw new InvalidInputException($"No kernel was found. {result.Tried[^1]}");
            }
        });
    }

    private static void Damage(byte[] memory, Random random)
    {
        // Tables, headers and texts more often than what lies between them.
        int[] places = [0, Page, 2 * Page, 3 * Page, 4 * Page, 5 * Page, 6 * Page, Image, Swapper - Page, Swapper, Image + 0x8_0000, Image + 0xc_0000];
        int at = random.Next(5) == 0 ? random.Next(Bytes - 8) : places[random.Next(places.Length)] + random.Next(Page);
        switch (random.Next(5))
        {
            case 0:
                memory[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                BinaryPrimitives.WriteUInt64LittleEndian(memory.AsSpan(at & ~7), (ulong)random.NextInt64());
                break;
            case 2:
                BinaryPrimitives.WriteUInt64LittleEndian(memory.AsSpan(at & ~7), Start + ((ulong)random.Next(Bytes / Page) * Page) + 3);
                break;
            case 3:
                memory.AsSpan(at & -Page, Page).CopyTo(memory.AsSpan(random.Next(Bytes / Page) * Page));
                break;
            default:
                memory.AsSpan(at, Math.Min(random.Next(1, 64), Bytes - at)).Clear();
                break;
        }
    }

    // 4K pages, 48 bits: the linear map by way of pages 0 to 2, the image by way of pages 3 to 5.
    private static byte[] MakeWhole()
    {
        byte[] memory = new byte[Bytes];
        new Random(11).NextBytes(memory.AsSpan(8 * Page));
        memory.AsSpan(Image, Bytes - Image).Clear();
        const ulong Rights = 0x0060_0000_0000_0703;
        for (int i = 0; i < Bytes / Page; i++)
        {
            Put(memory, (2 * Page) + (i * 8), (Start + ((ulong)i * Page)) | Rights);
        }

        for (int i = 0; i < (Bytes - Image) / Page; i++)
        {
            ulong rights = i < 0x80 ? 0x0040_0000_0000_0783UL : i < 0xc0 ? 0x0060_0000_0000_0783UL : Rights;
            Put(memory, (5 * Page) + (i * 8), (Start + Image + ((ulong)i * Page)) | rights);
        }

        Put(memory, Swapper, Start | 3);
        Put(memory, 0, (Start + Page) | 3);
        Put(memory, Page, (Start + (2 * Page)) | 3);
        Put(memory, Swapper + (256 * 8), (Start + (3 * Page)) | 3);
        Put(memory, (3 * Page) + (2 * 8), (Start + (4 * Page)) | 3);
        Put(memory, 4 * Page, (Start + (5 * Page)) | 3);
        Put(memory, Image + 0xd_0000, Start + Swapper + ImageDistance);
        "ARM\x64"u8.CopyTo(memory.AsSpan(Image + 56));
        Put(memory, Image + 16, Bytes - Image);
        Put(memory, Image + 24, 10);
        "Linux version 6.12.117 (a@b) #1\n\0"u8.CopyTo(memory.AsSpan(Image + 0x8_0000));
        Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $"OSRELEASE=6.12.117\nPAGESIZE=4096\nSYMBOL(swapper_pg_dir)={Start + Swapper + ImageDistance:x}\nNUMBER(VA_BITS)=48\nNUMBER(TCR_EL1_T1SZ)=0x10\nNUMBER(kimage_voffset)=0x{ImageDistance:x}\nNUMBER(PHYS_OFFSET)=0x{Start:x}\nKERNELOFFSET=0\n"))
            .CopyTo(memory.AsSpan(Image + 0xc_0000));
        return memory;
    }

    private static void Put(byte[] memory, int at, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(memory.AsSpan(at), value);
}
