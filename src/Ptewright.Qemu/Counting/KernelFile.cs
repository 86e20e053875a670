using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Ptewright.Addressing;
using Ptewright.Texts;

namespace Ptewright.Counting;

/// <summary>The file that an arm64 kernel is started from: its header, and the code behind it as it is linked.</summary>
/// <remarks>Linux: <c>Documentation/arch/arm64/booting.rst</c>, "Call the kernel image".</remarks>
public sealed class KernelFile
{
    /// <summary>The longest image that is read: 512 MiB. (A kernel of a distribution has 25 to 65 MB.)</summary>
    public const int MaxLength = 512 << 20;

    private const int MaxVersionLength = 64;

    // Below this offset QEMU puts its own few instructions, and so moves the image up to the next 2 MiB. Source: QEMU's hw/arm/boot.c.
    private const ulong LoaderSize = 4096;
    private const ulong LoaderStep = 2 << 20;

    private readonly byte[] _image;

    private KernelFile(string name, byte[] image)
    {
        Name = name;
        _image = image;
    }

    /// <summary>The name of the file, without its folder.</summary>
    public string Name { get; }

    /// <summary>Where the image wants to lie: this far from a multiple of 2 MiB.</summary>
    public ulong TextOffset => BinaryPrimitives.ReadUInt64LittleEndian(_image.AsSpan(8));

    /// <summary>Reads an <c>Image</c>, or one packed by gzip; Debian's and Ubuntu's <c>vmlinuz</c> are such files.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidInputException">It is something else, such as an EFI program that unpacks the kernel, or is cut short; the sentence says what it is.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static KernelFile Read(string path)
    {
        string name = Path.GetFileName(path);
        if (Directory.Exists(path))
        {
            throw TextFile.Error(path, "it is a folder, not a kernel image");
        }

        using FileStream file = File.OpenRead(path);
        if (!file.CanSeek)
        {
            throw TextFile.Error(path, "it is no ordinary file, and a kernel is read more than once");
        }

        byte[] start = new byte[KernelFileKind.Length];
        int length = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        file.Position = 0;
        if (!start.AsSpan(0, length).StartsWith((ReadOnlySpan<byte>)[0x1f, 0x8b]))
        {
            // What is none is refused by its beginning, however long it is.
            KernelFileKind.RefuseOthers(start.AsSpan(0, length), name);
            return Parse(ReadAll(file, name), name);
        }

        using GZipStream unpacked = new(file, CompressionMode.Decompress, leaveOpen: true);
        byte[] image;
        try
        {
            image = ReadAll(unpacked, name);
        }
        catch (InvalidDataException)
        {
            throw TextFile.Error(name, "it begins as gzip data, but cannot be unpacked");
        }

        // RFC 1952: the last four bytes are the length of what was packed.
        Span<byte> trailer = stackalloc byte[4];
        file.Position = Math.Max(0, file.Length - trailer.Length);
        return file.ReadAtLeast(trailer, trailer.Length, throwOnEndOfStream: false) == trailer.Length && BinaryPrimitives.ReadUInt32LittleEndian(trailer) == (uint)image.Length
            ? Parse(image, name)
            : throw TextFile.Error(name, "it is gzip data without its end, so it is cut short");
    }

    /// <summary>Takes the bytes of an image.</summary>
    /// <param name="image">The bytes, unpacked. They are not copied.</param>
    /// <param name="name">The name that errors call it by.</param>
    /// <exception cref="InvalidInputException">They are no image of an arm64 kernel.</exception>
    public static KernelFile Parse(byte[] image, string name)
    {
        ArgumentNullException.ThrowIfNull(image);
        KernelFileKind.RefuseOthers(image, name);
        return KernelFileKind.LengthByHeader(image) is var length && length <= image.Length
            ? new KernelFile(name, image)
            : throw TextFile.Error(name, $"it is cut short: {image.Length} of {length} bytes are there");
    }

    /// <summary>The version that the kernel says when it starts; null when it does not say.</summary>
    public LinuxVersion? FindVersion()
    {
        ReadOnlySpan<byte> banner = "Linux version "u8;
        for (int at = 0, found; (found = _image.AsSpan(at).IndexOf(banner)) >= 0;)
        {
            at += found + banner.Length;
            ReadOnlySpan<byte> text = _image.AsSpan(at, Math.Min(MaxVersionLength, _image.Length - at));
            int blank = text.IndexOf((byte)' ');
            if (blank > 0 && LinuxVersion.TryParse(Encoding.Latin1.GetString(text[..blank]), out LinuxVersion version))
            {
                return version;
            }
        }

        return null;
    }

    /// <summary>Where QEMU's <c>virt</c> machine loads the image: from its beginning of memory on, as the header asks, but not over QEMU's own start-up code.</summary>
    /// <param name="memory">Where memory begins.</param>
    public PhysicalAddress LoadAddress(PhysicalAddress memory) => memory + (TextOffset < LoaderSize ? TextOffset + LoaderStep : TextOffset);

    /// <summary>The instructions that call a function.</summary>
    /// <param name="text">Where the image's first byte is linked: <c>_text</c>.</param>
    /// <param name="function">The function.</param>
    /// <param name="from">The first address that is searched.</param>
    /// <param name="to">The first one behind.</param>
    /// <returns>Their addresses, ascending. What does not lie in the file is not searched.</returns>
    public IReadOnlyList<VirtualAddress> FindCalls(VirtualAddress text, VirtualAddress function, VirtualAddress from, VirtualAddress to)
    {
        List<VirtualAddress> calls = [];
        ulong first = from > text ? from.Value - text.Value : 0;
        ulong end = to > text ? Math.Min(to.Value - text.Value, (ulong)_image.Length) : 0;
        for (ulong offset = (first + 3) & ~3UL; offset + BranchLink.Length <= end; offset += BranchLink.Length)
        {
            VirtualAddress address = text + offset;
            uint word = BinaryPrimitives.ReadUInt32LittleEndian(_image.AsSpan((int)offset));
            if (BranchLink.TryDecode(word, address, out VirtualAddress target) && target == function)
            {
                calls.Add(address);
            }
        }

        return calls;
    }

    private static byte[] ReadAll(Stream stream, string name)
    {
        using MemoryStream image = new();
        byte[] buffer = new byte[1 << 20];
        int read;
        while ((read = stream.Read(buffer)) > 0)
        {
            if (image.Length + read > MaxLength)
            {
                throw TextFile.Error(name, $"it is longer than {MaxLength >> 20} MiB, which no kernel is");
            }

            image.Write(buffer, 0, read);
        }

        return image.ToArray();
    }
}
