using System.Buffers.Binary;
using System.Text;

namespace Ptewright.Fuzz;

/// <summary>Good inputs: the tests' data, and small ones made here.</summary>
internal static class Samples
{
    /// <summary>What a kernel says of itself in a core.</summary>
    public const string Note =
        "OSRELEASE=6.12.117+deb12-arm64\nPAGESIZE=4096\nNUMBER(VA_BITS)=52\nNUMBER(TCR_EL1_T1SZ)=0x10\nNUMBER(kimage_voffset)=0xffff7fffc0000000\n"
        + "SYMBOL(swapper_pg_dir)=ffff800081a79000\nNUMBER(PHYS_OFFSET)=0x40000000\nKERNELOFFSET=0\n";

    /// <summary>What the boot image says.</summary>
    public const string Transcript =
        "@machine version=1 midr=0x410fd083 el=2 image=0x40200000 imageEnd=0x40c00000 deviceTree=0x48000000 deviceTreeSize=1048576 frequency=62500000 rangeInvalidation=1 counters=1\n"
        + "@plan granule=16K vaBits=52 actualBits=47 addressBits=48 root=0x40300000 start=0x40000000 requests=3 bytes=1073741824\n"
        + "@memory start=0x40000000 end=0x80000000 nomap=0\n@reserved start=0x40200000 end=0x40c00000\n"
        + "@result granule=16K vaBits=52 actualBits=47 strategy=lazy-unmap ticksMin=100 ticksMedian=110 cyclesMin=7 instructionsMin=9 fixmapMaps=1 fixmapUnmaps=2 tlbiVaale1is=3 "
        + "tlbiVaae1is=4 tlbiRvaale1is=5 tlbiVmalle1is=6 tlbiVmalle1=7 dsbIshst=8 dsbIsh=9 dsbNshst=10 dsbNsh=11 isb=12 ttbr0Writes=13 ttbr1Writes=14 tables=15 visits=16 pages=17 "
        + "blocks=18 pagesVerified=19 digest=0123456789abcdef00112233445566ff passed=1\n1 passed, 0 failed\n";

    /// <summary>A kernel's <c>Image</c>: its header, and a call.</summary>
    public static byte[] KernelFile { get; } = MakeKernelFile();

    /// <summary>The folder of the tests' data: that of the repository, or the copy beside the tests.</summary>
    public static string Folder { get; } = FindFolder();

    /// <summary>Files of the tests' data.</summary>
    public static byte[][] Files(string folder, string pattern)
    {
        byte[][] files = [.. Directory.EnumerateFiles(Path.Combine(Folder, folder), pattern).Order(StringComparer.Ordinal).Select(File.ReadAllBytes)];
        return files.Length > 0 ? files : throw new FileNotFoundException($"There is no {pattern} in {Path.Combine(Folder, folder)}.");
    }

    /// <summary>Files of the tests' data as texts.</summary>
    public static string[] Texts(string folder, string pattern) => [.. Files(folder, pattern).Select(Encoding.UTF8.GetString)];

    private static string FindFolder()
    {
        for (string? at = AppContext.BaseDirectory; at is not null; at = Path.GetDirectoryName(at))
        {
            foreach (string candidate in new[] { Path.Combine(at, "data"), Path.Combine(at, "tests", "data") })
            {
                if (Directory.Exists(Path.Combine(candidate, "iomem")))
                {
                    return candidate;
                }
            }
        }

        throw new DirectoryNotFoundException("The tests' data are not here: run the fuzzer from its place in the repository.");
    }

    private static byte[] MakeKernelFile()
    {
        byte[] image = new byte[4096];
        BinaryPrimitives.WriteUInt64LittleEndian(image.AsSpan(16), (ulong)image.Length);
        "ARM\u0064"u8.CopyTo(image.AsSpan(56));
        BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(1024), 0x9400_0000 | (0x03ff_ffff & unchecked((uint)-256)));
        return image;
    }
}
