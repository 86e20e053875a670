using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Ptewright.Kernels.Symbols;
using ZstdSharp;

namespace Ptewright.Fuzz;

/// <summary>Kernels as distributions pack them: gzip, zstd, and an EFI program around either.</summary>
internal static class PackedKernels
{
    private const int HeaderLength = 64;

    private static readonly Lazy<byte[][]> _samples = new(() =>
    [
        Gzip(Samples.KernelFile), Zstd(Samples.KernelFile), Zboot("gzip", Gzip(Samples.KernelFile)), Zboot("zstd22", Zstd(Samples.KernelFile)), Gzip(Zboot("zstd", Zstd(Samples.KernelFile))),
    ]);

    /// <summary>A damaged file.</summary>
    public static byte[] Make(Random random)
    {
        byte[] sample = _samples.Value[random.Next(_samples.Value.Length)];
        return random.Next(8) == 0 ? sample : ByteMutator.Damage(sample, random);
    }

    /// <summary>Reads a file.</summary>
    public static void Check(ReadOnlySpan<byte> input)
    {
        string path = Scratch.Write("vmlinuz", input);
        _ = KernelFile.IsKernel(path);
        KernelFile file = KernelFile.Read(path);
        _ = file.FindVersion();
        _ = file.FindConfiguration();
    }

    /// <summary>Bytes packed by gzip.</summary>
    public static byte[] Gzip(byte[] bytes)
    {
        using MemoryStream packed = new();
        using (GZipStream stream = new(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            stream.Write(bytes);
        }

        return packed.ToArray();
    }

    /// <summary>Bytes packed by zstd.</summary>
    public static byte[] Zstd(byte[] bytes)
    {
        using Compressor compressor = new();
        return compressor.Wrap(bytes).ToArray();
    }

    /// <summary>An EFI program that unpacks a kernel: its header, what it unpacks, and a length behind that, as Linux appends it.</summary>
    public static byte[] Zboot(string packer, byte[] payload)
    {
        byte[] file = new byte[HeaderLength + payload.Length + 4];
        "MZ\0\0zimg"u8.CopyTo(file);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(8), HeaderLength);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(12), payload.Length);
        _ = Encoding.ASCII.GetBytes(packer, file.AsSpan(24));
        payload.CopyTo(file.AsSpan(HeaderLength));
        return file;
    }
}
