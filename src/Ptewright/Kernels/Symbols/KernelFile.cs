using System.Buffers.Binary;
using System.Text;
using Ptewright.Addressing;
using Ptewright.Texts;

namespace Ptewright.Kernels.Symbols;

/// <summary>The file that an arm64 kernel is started from: its header, and the code behind it as it is linked.</summary>
/// <remarks>Linux: <c>Documentation/arch/arm64/booting.rst</c>, "Call the kernel image".</remarks>
public sealed class KernelFile
{
    /// <summary>The longest image that is read: 512 MiB. (A kernel of a distribution has 25 to 65 MB.)</summary>
    public const int MaxLength = 512 << 20;

    private const int MaxBannerLength = 512;
    private const int MaxConfigurationLength = 4 << 20;
    private const int MarkLength = 8;
    private const int MostPackings = 3;

    // Below this offset QEMU puts its own few instructions, and so moves the image up to the next 2 MiB. Source: QEMU's hw/arm/boot.c.
    private const ulong LoaderSize = 4096;
    private const ulong LoaderStep = 2 << 20;

    private readonly byte[] _image;

    private KernelFile(string name, byte[] image)
    {
        Name = name;
        _image = image;
    }

    /// <summary>The image, unpacked.</summary>
    public ReadOnlySpan<byte> Image => _image;

    /// <summary>Whether QEMU's <c>-kernel</c> takes the file as it is: an image, or one packed by gzip alone.</summary>
    internal bool IsBootable { get; private init; } = true;

    /// <summary>The page size that the header says it was built for, in bytes; 0 where it does not say.</summary>
    public int PageSize => KernelFileKind.GranuleOf(_image) is { } granule ? 1 << (int)granule : 0;

    /// <summary>The name of the file, without its folder.</summary>
    public string Name { get; }

    /// <summary>Where the image wants to lie: this far from a multiple of 2 MiB.</summary>
    public ulong TextOffset => BinaryPrimitives.ReadUInt64LittleEndian(_image.AsSpan(8));

    /// <summary>Whether a file is a kernel's image, packed or not, by how it begins.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static bool IsKernel(string path) => KernelPacking.Start(path) is var start && (KernelFileKind.IsImage(start) || KernelPacking.IsZboot(start));

    /// <summary>Reads an <c>Image</c>, one packed by gzip or zstd, or an EFI program that unpacks such a one (zboot); distributions' <c>vmlinuz</c> are such files.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidInputException">It is something else, or is cut short; the sentence says what it is.</exception>
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
        byte[]? image = KernelPacking.Unpack(file, start.AsSpan(0, length), name);
        if (image is null)
        {
            // What is none is refused by its beginning, however long it is.
            KernelFileKind.RefuseOthers(start.AsSpan(0, length), name);
            return Parse(KernelPacking.ReadAll(file, name), name);
        }

        // Some are packed once more, for the server that they were downloaded from.
        bool isBootable = KernelPacking.IsGzip(start.AsSpan(0, length));
        for (int i = 1; i < MostPackings; i++)
        {
            using MemoryStream inner = new(image);
            if (KernelPacking.Unpack(inner, image, name) is not { } unpacked)
            {
                break;
            }

            image = unpacked;
            isBootable = false;
        }

        return new KernelFile(name, Parse(image, name)._image) { IsBootable = isBootable };
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

    /// <summary>The kernel's symbols, out of its own table of them.</summary>
    /// <exception cref="InvalidInputException">It has none.</exception>
    public KernelSymbols ReadSymbols()
    {
        KernelSymbols symbols = Kallsyms.Read(_image, Name)
            ?? throw TextFile.Error(Name, "it has no table of its symbols that can be read, as without CONFIG_KALLSYMS; its System.map or vmlinux has them");
        symbols.Version = FindVersion();
        return symbols;
    }

    /// <summary>The text of the configuration that the kernel was built with, if the image holds it.</summary>
    /// <returns>Null without CONFIG_IKCONFIG.</returns>
    /// <remarks>Linux: <c>kernel/configs.c</c>, which puts gzip data between two marks.</remarks>
    public string? FindConfiguration() => FindConfiguration(_image, Name);

    /// <summary>The same of an image of which not all may be there, as in a dump.</summary>
    /// <param name="image">The image.</param>
    /// <param name="name">The name that errors call it by.</param>
    internal static string? FindConfiguration(ReadOnlySpan<byte> image, string name)
    {
        for (int at = 0, found; (found = image[at..].IndexOf("IKCFG_ST"u8)) >= 0;)
        {
            at += found + MarkLength;
            int length = image[at..].IndexOf("IKCFG_ED"u8);
            if (length > 0 && KernelPacking.IsGzip(image[at..]))
            {
                return TextFile.Decode(image.Slice(at, length), name, MaxConfigurationLength);
            }
        }

        return null;
    }

    /// <summary>The version that the kernel says when it starts, with the stable update that a distribution's package is made of; null when it does not say.</summary>
    public LinuxVersion? FindVersion()
    {
        for (int at = 0, found; (found = KernelBanner.IndexIn(_image.AsSpan(at))) >= 0;)
        {
            at += found + KernelBanner.Start.Length;
            ReadOnlySpan<byte> text = _image.AsSpan(at, Math.Min(MaxBannerLength, _image.Length - at));
            int end = text.IndexOfAnyExceptInRange((byte)' ', (byte)'~');
            text = end < 0 ? text : text[..end];
            if (text.Contains((byte)' ') && KernelBanner.TryReadVersion(Encoding.ASCII.GetString(text), out LinuxVersion version))
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
}
