using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Ptewright.Texts;
using Ptewright.Translation;

namespace Ptewright.Kernels.Symbols;

/// <summary>Tells an arm64 kernel image from what people take for one, by its beginning.</summary>
/// <remarks>QEMU's <c>-kernel</c> puts any file into memory and runs it, so a wrong one shows as a machine that never says anything.</remarks>
internal static class KernelFileKind
{
    /// <summary>How many bytes the header of an image has.</summary>
    public const int HeaderLength = 64;

    /// <summary>How many bytes tell what a file is.</summary>
    public const int Length = 4096;

    // Linux: struct arm64_image_header (Documentation/arch/arm64/booting.rst).
    private const int FlagsOffset = 24;
    private const int MagicOffset = 56;

    // Microsoft's PE format, which an image with EFI_STUB is as well: where its header is, then the sections, of 40 bytes each.
    private const int PeOffset = 60;
    private const int PeHeaderLength = 24;
    private const int SectionLength = 40;
    private const int MostSections = 96;

    // Linux: drivers/firmware/efi/libstub/zboot-header.S.
    private const int ZbootStart = 8;
    private const int ZbootSize = 12;
    private const int ZbootPacker = 24;
    private const int ZbootPackerLength = 32;

    private const ushort Aarch64 = 183;

    private static readonly (int Offset, byte[] Magic, string What)[] _others =
    [
        (0x202, "HdrS"u8.ToArray(), "it is an x86 kernel (bzImage)"),
        (0x24, [0x18, 0x28, 0x6f, 0x01], "it is a 32-bit Arm kernel (zImage)"),
        (0, [0x27, 0x05, 0x19, 0x56], "it is a U-Boot image (uImage); the kernel is what mkimage was given"),
        (0, [0xd0, 0x0d, 0xfe, 0xed], "it is a device tree or a FIT image, not a kernel image"),
        (0, [0xfd, 0x37, 0x7a, 0x58, 0x5a], "it is packed by xz; unpack it first"),
        (0, [0x02, 0x21, 0x4c, 0x18], "it is packed by lz4; unpack it first"),
        (0, [0x42, 0x5a, 0x68], "it is packed by bzip2; unpack it first"),
        (0, [0x5d, 0x00, 0x00], "it is packed by lzma; unpack it first"),
    ];

    /// <summary>Whether a file is an arm64 kernel image, by its beginning.</summary>
    public static bool IsImage(ReadOnlySpan<byte> start) => start.Length >= HeaderLength && start[MagicOffset..].StartsWith("ARM\x64"u8);

    /// <summary>The granule that an image was built for, by its header; null where it does not say.</summary>
    /// <remarks>Bits 2:1 of the flags.</remarks>
    public static GranuleSize? GranuleOf(ReadOnlySpan<byte> image) => (BinaryPrimitives.ReadUInt64LittleEndian(image[FlagsOffset..]) >> 1 & 3) switch
    {
        1 => GranuleSize.Size4K,
        2 => GranuleSize.Size16K,
        3 => GranuleSize.Size64K,
        _ => null,
    };

    /// <summary>Refuses what is no arm64 kernel image, and says what it is.</summary>
    /// <param name="start">The beginning of the file, unpacked.</param>
    /// <param name="name">The name that errors call it by.</param>
    /// <exception cref="InvalidInputException">It is none.</exception>
    public static void RefuseOthers(ReadOnlySpan<byte> start, string name)
    {
        if (IsImage(start))
        {
            return;
        }

        throw TextFile.Error(name, start.IsEmpty ? "it is empty" : Describe(start));
    }

    /// <summary>How long the file is by its own header; 0 when that does not say.</summary>
    /// <remarks>An image without EFI_STUB has no such header, and what of it is missing cannot be told.</remarks>
    public static long LengthByHeader(ReadOnlySpan<byte> image)
    {
        uint header = BinaryPrimitives.ReadUInt32LittleEndian(image[PeOffset..]);
        if (header < HeaderLength || header > (uint)Math.Max(0, image.Length - PeHeaderLength) || !image[(int)header..].StartsWith("PE\0\0"u8))
        {
            return 0;
        }

        ReadOnlySpan<byte> pe = image[(int)header..];
        int sections = Math.Min((int)BinaryPrimitives.ReadUInt16LittleEndian(pe[6..]), MostSections);
        int first = PeHeaderLength + BinaryPrimitives.ReadUInt16LittleEndian(pe[20..]);
        long end = 0;
        for (int i = 0; i < sections && first + ((i + 1) * SectionLength) <= pe.Length; i++)
        {
            ReadOnlySpan<byte> section = pe[(first + (i * SectionLength))..];
            end = Math.Max(end, (long)BinaryPrimitives.ReadUInt32LittleEndian(section[16..]) + BinaryPrimitives.ReadUInt32LittleEndian(section[20..]));
        }

        return end;
    }

    private static string Describe(ReadOnlySpan<byte> start)
    {
        if (start.StartsWith("\u007fELF"u8))
        {
            return start.Length >= 20 && BinaryPrimitives.ReadUInt16LittleEndian(start[18..]) == Aarch64 && start[4] == 2
                ? "it is an ELF file (vmlinux), and QEMU takes the Image that is made of it: objcopy -O binary vmlinux Image"
                : "it is an ELF file of another machine";
        }

        if (KernelPacking.IsZboot(start))
        {
            ReadOnlySpan<byte> packer = start.Slice(ZbootPacker, ZbootPackerLength);
            int end = packer.IndexOf((byte)0);
            string name = TextFile.Quote(Encoding.Latin1.GetString(end < 0 ? packer : packer[..end]));
            return string.Create(
                CultureInfo.InvariantCulture,
                $"it is an EFI program that unpacks the kernel (zboot, {name}); take out the {BinaryPrimitives.ReadUInt32LittleEndian(start[ZbootSize..])} bytes at offset {BinaryPrimitives.ReadUInt32LittleEndian(start[ZbootStart..])} and unpack them");
        }

        foreach ((int offset, byte[] magic, string what) in _others)
        {
            if (start.Length > offset && start[offset..].StartsWith(magic))
            {
                return what;
            }
        }

        return "it is no arm64 kernel image (Image or Image.gz)";
    }
}
