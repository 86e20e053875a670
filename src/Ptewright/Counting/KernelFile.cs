using System.Buffers.Binary;
using System.IO.Compression;
using Ptewright.Addressing;
using Ptewright.Files;

namespace Ptewright.Counting;

/// <summary>The file that an arm64 kernel is started from: its header, and the code behind it as it is linked.</summary>
/// <remarks>Linux: <c>Documentation/arch/arm64/booting.rst</c>, "Call the kernel image".</remarks>
public sealed class KernelFile
{
    /// <summary>The longest image that is read: 512 MiB. (A kernel of a distribution has 25 to 65 MB.)</summary>
    public const int MaxLength = 512 << 20;

    private const int HeaderLength = 64;
    private const int MagicOffset = 56;

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
    /// <exception cref="InvalidInputException">It is something else, such as an EFI program that unpacks the kernel.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static KernelFile Read(string path)
    {
        string name = Path.GetFileName(path);
        using FileStream file = File.OpenRead(path);
        Span<byte> start = stackalloc byte[2];
        bool isPacked = file.ReadAtLeast(start, 2, throwOnEndOfStream: false) == 2 && start is [0x1f, 0x8b];
        file.Position = 0;
        using Stream stream = isPacked ? new GZipStream(file, CompressionMode.Decompress) : file;
        using MemoryStream image = new();
        try
        {
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
        }
        catch (InvalidDataException)
        {
            throw TextFile.Error(name, "it begins as gzip data, but cannot be unpacked");
        }

        return Parse(image.ToArray(), name);
    }

    /// <summary>Takes the bytes of an image.</summary>
    /// <param name="image">The bytes, unpacked. They are not copied.</param>
    /// <param name="name">The name that errors call it by.</param>
    /// <exception cref="InvalidInputException">They are no image of an arm64 kernel.</exception>
    public static KernelFile Parse(byte[] image, string name)
    {
        ArgumentNullException.ThrowIfNull(image);
        return image.Length >= HeaderLength && image.AsSpan(MagicOffset).StartsWith("ARM\x64"u8)
            ? new KernelFile(name, image)
            : throw TextFile.Error(name, "it is no arm64 kernel image (Image or Image.gz)");
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
}
