using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using CsCheck;
using Ptewright.Addressing;
using Ptewright.Counting;
using Ptewright.Kernels.Symbols;
using Ptewright.Texts;

namespace Ptewright.Tests.Counting;

/// <summary>Where a function of a kernel is called from, out of the kernel's file.</summary>
public sealed class KernelFileTests
{
    private const ulong Text = 0xffff_8000_8000_0000;
    private const int CodeStart = 0x1000;
    private const int CodeEnd = 0x3000;
    private const int Function = 0x2000;

    [Fact]
    public void The_region_goes_from_the_function_to_the_instruction_behind_its_call()
    {
        // As assembled at these offsets: bl #+0xffc, bl #-0x20, bl #+4 (to another function).
        byte[] image = Image((0x1004, 0x9400_03ff), (0x1008, 0x9400_0001));
        CountedRegion region = Region(image);
        Assert.Equal((Text + Function, Text + 0x1008), (region.Start.Value, region.End.Value));

        image = Image((0x2020, 0x97ff_fff8));
        Assert.Equal(Text + 0x2024, Region(image).End.Value);
    }

    [Theory]
    [InlineData(0x0800, 0x9400_0600)] // a call before the code of boot
    [InlineData(0x3000, 0x97ff_fc00)] // one behind it
    [InlineData(0x1004, 0x1400_03ff)] // a jump
    [InlineData(0x1004, 0x9400_03fe)] // a call of the instruction before
    public void What_is_no_call_in_the_code_of_boot_is_none(int offset, uint word)
    {
        InvalidInputException refusal = Assert.Throws<InvalidInputException>(() => Region(Image((offset, word))));
        Assert.Contains("never calls paging_init", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_calls_are_one_too_many()
    {
        InvalidInputException refusal = Assert.Throws<InvalidInputException>(() => Region(Image((0x1004, 0x9400_03ff), (0x2020, 0x97ff_fff8))));
        Assert.Contains("from 2 places", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_call_is_found_wherever_it_lies_and_wherever_it_leads() => Gen.Select(Gen.Int[0x1000 / 4, 0x2fff / 4], Gen.Int[-(1 << 25), (1 << 25) - 1]).Sample((at, distance) =>
    {
        byte[] image = Image((at * 4, 0x9400_0000 | ((uint)distance & 0x3ff_ffff)));
        VirtualAddress from = new(Text);
        VirtualAddress target = new(unchecked(Text + (ulong)((at + (long)distance) * 4)));
        IReadOnlyList<VirtualAddress> calls = KernelFile.Parse(image, "Image").FindCalls(from, target, from + CodeStart, from + CodeEnd);
        return calls is [VirtualAddress call] && call.Value == Text + ((ulong)at * 4);
    });

    [Theory]
    [InlineData(0, 0x4020_0000)]
    [InlineData(0x8_0000, 0x4008_0000)]
    [InlineData(0x1000, 0x4000_1000)]
    [InlineData(0xfff, 0x4020_0fff)]
    public void The_header_says_where_qemu_puts_it(ulong textOffset, ulong address)
    {
        byte[] image = Image();
        BinaryPrimitives.WriteUInt64LittleEndian(image.AsSpan(8), textOffset);
        Assert.Equal(address, KernelFile.Parse(image, "Image").LoadAddress(new PhysicalAddress(0x4000_0000)).Value);
    }

    [Fact]
    public void Packed_kernels_are_unpacked_and_other_files_refused()
    {
        string path = Path.GetTempFileName();
        try
        {
            byte[] image = Image((0x1004, 0x9400_03ff));
            using (FileStream file = File.Create(path))
            using (GZipStream packed = new(file, CompressionMode.Compress))
            {
                packed.Write(image);
            }

            Assert.Equal(Text + 0x1008, CountedRegion.OfFunction(KernelFile.Read(path), Symbols(), "paging_init").End.Value);

            byte[] broken = File.ReadAllBytes(path);
            broken.AsSpan(10, 8).Fill(0xff);
            File.WriteAllBytes(path, broken);
            Assert.Contains("cannot be unpacked", Assert.Throws<InvalidInputException>(() => KernelFile.Read(path)).Message, StringComparison.Ordinal);

            File.WriteAllBytes(path, image[..63]);
            Assert.Contains("no arm64 kernel image", Assert.Throws<InvalidInputException>(() => KernelFile.Read(path)).Message, StringComparison.Ordinal);
            File.WriteAllBytes(path, []);
            Assert.Contains("it is empty", Assert.Throws<InvalidInputException>(() => KernelFile.Read(path)).Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData("7f454c4602010100000000000000000002003e00", 0, "it is an ELF file of another machine")]
    [InlineData("7f454c460201010000000000000000000200b700", 0, "it is an ELF file (vmlinux), and QEMU takes the Image that is made of it: objcopy -O binary vmlinux Image")]
    [InlineData("48647253", 0x202, "it is an x86 kernel (bzImage)")]
    [InlineData("18286f01", 0x24, "it is a 32-bit Arm kernel (zImage)")]
    [InlineData("27051956", 0, "it is a U-Boot image (uImage); the kernel is what mkimage was given")]
    [InlineData("d00dfeed", 0, "it is a device tree or a FIT image, not a kernel image")]
    [InlineData("fd377a585a00", 0, "it is packed by xz; unpack it first")]
    [InlineData("28b52ffd", 0, "it begins as zstd data, but cannot be unpacked")]
    [InlineData("02214c18", 0, "it is packed by lz4; unpack it first")]
    [InlineData("425a6839", 0, "it is packed by bzip2; unpack it first")]
    [InlineData("5d000080", 0, "it is packed by lzma; unpack it first")]
    [InlineData("4d5a00007a696d672010000000200000000000000000000067", 0, "it is an EFI program that unpacks the kernel (zboot, 'g'); take out the 8192 bytes at offset 4128 and unpack them")]
    [InlineData("7765622d310a", 0, "it is no arm64 kernel image (Image or Image.gz)")]
    [InlineData("", 0, "it is empty")]
    public void What_people_take_for_a_kernel_is_named(string bytes, int offset, string sentence)
    {
        byte[] start = Convert.FromHexString(bytes);
        byte[] file = [.. new byte[offset], .. start, .. start.Length == 0 || bytes == "7765622d310a" ? (byte[])[] : new byte[600]];
        string path = Path.GetTempFileName();
        try
        {
            foreach (bool isPacked in (bool[])[false, true])
            {
                using (FileStream written = File.Create(path))
                using (Stream packed = isPacked ? new GZipStream(written, CompressionMode.Compress) : written)
                {
                    packed.Write(file);
                }

                if (!isPacked || file.Length > 0)
                {
                    Assert.Equal($"{Path.GetFileName(path)}: {sentence}.", Assert.Throws<InvalidInputException>(() => KernelFile.Read(path)).Message);
                }
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void What_is_cut_short_is_no_kernel_packed_or_not()
    {
        // A PE header behind the first one, with one section from 0x1000 to 0x4000.
        byte[] image = Image((0x1004, 0x9400_03ff));
        BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(60), 64);
        "PE\0\0"u8.CopyTo(image.AsSpan(64));
        BinaryPrimitives.WriteUInt16LittleEndian(image.AsSpan(64 + 6), 1);
        BinaryPrimitives.WriteUInt16LittleEndian(image.AsSpan(64 + 20), 16);
        BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(64 + 24 + 16 + 16), 0x3000);
        BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(64 + 24 + 16 + 20), 0x1000);
        _ = KernelFile.Parse(image, "Image");
        Assert.Equal(
            "Image: it is cut short: 16383 of 16384 bytes are there.", Assert.Throws<InvalidInputException>(() => KernelFile.Parse(image[..0x3fff], "Image")).Message);

        using MemoryStream written = new();
        using (GZipStream packed = new(written, CompressionMode.Compress, leaveOpen: true))
        {
            packed.Write(Image());
        }

        byte[] whole = written.ToArray();
        string path = Path.GetTempFileName();
        try
        {
            foreach (int length in (int[])[whole.Length - 1, whole.Length - 8, whole.Length / 2, 12, 3])
            {
                File.WriteAllBytes(path, whole[..length]);
                Assert.Contains("gzip data", Assert.Throws<InvalidInputException>(() => KernelFile.Read(path)).Message, StringComparison.Ordinal);
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_folder_is_no_kernel() =>
        Assert.Equal($"{Path.GetTempPath()}: it is a folder, not a kernel image.", Assert.Throws<InvalidInputException>(() => KernelFile.Read(Path.GetTempPath())).Message);

    [Theory]
    [InlineData("Linux version %s (%s)\0Linux version 6.12.117+deb12-cloud-arm64 (debian", "6.12")]
    [InlineData("Linux version 6.1.0-56-cloud-arm64 ", "6.1")]
    [InlineData("Linux version 6.1.0-56-cloud-arm64", null)]
    [InlineData("Linux", null)]
    public void The_version_is_the_one_that_the_kernel_prints(string text, string? version)
    {
        byte[] image = [.. Image(), .. Encoding.Latin1.GetBytes(text)];
        LinuxVersion? found = KernelFile.Parse(image, "Image").FindVersion();
        Assert.Equal(version is null ? null : LinuxVersion.TryParse($"{version}.0", out _) ? version : null, found is { } known ? $"{known.Major}.{known.Minor}" : null);
    }

    private static CountedRegion Region(byte[] image) => CountedRegion.OfFunction(KernelFile.Parse(image, "Image"), Symbols(), "paging_init");

    private static KernelSymbols Symbols() => SystemMap.Parse(
        $"{Text:x} T _text\n{Text + CodeStart:x} T __inittext_begin\n{Text + Function:x} T paging_init\n{Text + CodeEnd:x} T __inittext_end\n", "System.map");

    private static byte[] Image(params (int Offset, uint Word)[] words)
    {
        byte[] image = new byte[0x4000];
        "ARM\x64"u8.CopyTo(image.AsSpan(56));
        foreach ((int offset, uint word) in words)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(offset), word);
        }

        return image;
    }
}
