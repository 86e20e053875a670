using System.Buffers.Binary;
using System.IO.Compression;
using Ptewright.Texts;
using ZstdSharp;

namespace Ptewright.Kernels.Symbols;

/// <summary>Unpacks what kernels are packed in: gzip, zstd, and the EFI program around either (zboot).</summary>
/// <remarks>Linux: <c>drivers/firmware/efi/libstub/zboot-header.S</c>.</remarks>
internal static class KernelPacking
{
    private const int ZbootStart = 8;
    private const int ZbootSize = 12;
    private const int ZbootPacker = 24;
    private const int ZbootHeader = 64;

    // Enough to tell an image.
    private const int StartLength = 64;

    /// <summary>Whether a file is packed by gzip.</summary>
    public static bool IsGzip(ReadOnlySpan<byte> start) => start.StartsWith((ReadOnlySpan<byte>)[0x1f, 0x8b]);

    /// <summary>Whether a file is an EFI program that unpacks a kernel.</summary>
    public static bool IsZboot(ReadOnlySpan<byte> start) => start.Length >= ZbootHeader && start.StartsWith("MZ"u8) && start[4..].StartsWith("zimg"u8);

    /// <summary>How a file begins, unpacked where gzip or zstd packed all of it; nothing where it cannot be unpacked.</summary>
    public static byte[] Start(string path)
    {
        using FileStream file = File.OpenRead(path);
        byte[] start = new byte[StartLength];
        int length = file.ReadAtLeast(start, StartLength, throwOnEndOfStream: false);
        file.Position = 0;
        try
        {
            using Stream? unpacked = Open(file, start.AsSpan(0, length));
            length = unpacked?.ReadAtLeast(start, StartLength, throwOnEndOfStream: false) ?? length;
            return start[..length];
        }
        catch (Exception problem) when (problem is InvalidDataException or ZstdException or EndOfStreamException)
        {
            return [];
        }
    }

    /// <summary>Unpacks a file.</summary>
    /// <param name="file">The file, at its beginning.</param>
    /// <param name="start">How it begins.</param>
    /// <param name="name">The name that errors call it by.</param>
    /// <returns>Null when it is not packed, or in a way that is not known.</returns>
    /// <exception cref="InvalidInputException">It is damaged, cut short or longer than any kernel.</exception>
    public static byte[]? Unpack(Stream file, ReadOnlySpan<byte> start, string name)
    {
        if (!IsZboot(start))
        {
            return UnpackAll(file, start, name);
        }

        ReadOnlySpan<byte> packer = start[ZbootPacker..];
        if (!packer.StartsWith("gzip"u8) && !packer.StartsWith("zstd"u8))
        {
            return null;
        }

        uint at = BinaryPrimitives.ReadUInt32LittleEndian(start[ZbootStart..]);
        uint size = BinaryPrimitives.ReadUInt32LittleEndian(start[ZbootSize..]);
        if (at > file.Length || size > file.Length - at || size > KernelFile.MaxLength)
        {
            throw TextFile.Error(name, $"it is an EFI program that unpacks the kernel, and the {size} bytes at offset {at} that it unpacks do not lie in the file: it is cut short");
        }

        byte[] payload = new byte[size];
        file.Position = at;
        file.ReadExactly(payload);
        using MemoryStream packed = new(payload);
        return UnpackAll(packed, payload, name) ?? throw TextFile.Error(name, "it is an EFI program that unpacks the kernel, but what it unpacks is neither gzip nor zstd data");
    }

    /// <summary>Reads all of a file.</summary>
    /// <exception cref="InvalidInputException">It is longer than any kernel.</exception>
    public static byte[] ReadAll(Stream stream, string name)
    {
        using MemoryStream image = new();
        byte[] buffer = new byte[1 << 20];
        int read;
        while ((read = stream.Read(buffer)) > 0)
        {
            if (image.Length + read > KernelFile.MaxLength)
            {
                throw TextFile.Error(name, $"it is longer than {KernelFile.MaxLength >> 20} MiB, which no kernel is");
            }

            image.Write(buffer, 0, read);
        }

        return image.ToArray();
    }

    private static Stream? Open(Stream file, ReadOnlySpan<byte> start) =>
        IsGzip(start) ? new GZipStream(file, CompressionMode.Decompress, leaveOpen: true)
        : IsZstd(start) ? new DecompressionStream(file, leaveOpen: true)
        : null;

    private static bool IsZstd(ReadOnlySpan<byte> start) => start.StartsWith((ReadOnlySpan<byte>)[0x28, 0xb5, 0x2f, 0xfd]);

    private static byte[]? UnpackAll(Stream file, ReadOnlySpan<byte> start, string name)
    {
        string kind = IsGzip(start) ? "gzip" : "zstd";
        byte[] image;
        try
        {
            using Stream? unpacked = Open(file, start);
            if (unpacked is null)
            {
                return null;
            }

            image = ReadAll(unpacked, name);
        }
        catch (Exception problem) when (problem is InvalidDataException or ZstdException or EndOfStreamException)
        {
            throw TextFile.Error(name, $"it begins as {kind} data, but cannot be unpacked");
        }

        if (kind == "zstd")
        {
            return image;
        }

        // RFC 1952: the last four bytes are the length of what was packed.
        Span<byte> trailer = stackalloc byte[4];
        file.Position = Math.Max(0, file.Length - trailer.Length);
        return file.ReadAtLeast(trailer, trailer.Length, throwOnEndOfStream: false) == trailer.Length && BinaryPrimitives.ReadUInt32LittleEndian(trailer) == (uint)image.Length
            ? image
            : throw TextFile.Error(name, "it is gzip data without its end, so it is cut short");
    }
}
