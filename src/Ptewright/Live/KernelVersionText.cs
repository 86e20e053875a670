using System.IO.Compression;
using System.Text;
using Ptewright.Files;
using Ptewright.Kernels;

namespace Ptewright.Live;

/// <summary>Finds the version in a kernel's image: the banner that it prints when it starts.</summary>
public static class KernelVersionText
{
    private const int MaxLength = 512 << 20;
    private static readonly byte[] _banner = "Linux version "u8.ToArray();

    /// <summary>The version of the kernel in a file: <c>Image</c>, <c>Image.gz</c>, <c>vmlinux</c>, <c>vmlinuz</c> that is no EFI archive.</summary>
    /// <param name="path">The file.</param>
    /// <returns>Null when it does not say.</returns>
    /// <exception cref="InvalidInputException">It is too long, or broken gzip data.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static LinuxVersion? Find(string path)
    {
        using FileStream file = File.OpenRead(path);
        Span<byte> start = stackalloc byte[2];
        bool isPacked = file.ReadAtLeast(start, 2, throwOnEndOfStream: false) == 2 && start is [0x1f, 0x8b];
        file.Position = 0;
        using Stream stream = isPacked ? new GZipStream(file, CompressionMode.Decompress) : file;
        try
        {
            return Find(stream, path);
        }
        catch (InvalidDataException)
        {
            throw TextFile.Error(path, "it begins as gzip data, but cannot be unpacked");
        }
    }

    private static LinuxVersion? Find(Stream stream, string path)
    {
        byte[] buffer = new byte[1 << 20];
        int kept = 0;
        int total = 0;
        int read;
        while ((read = stream.Read(buffer, kept, buffer.Length - kept)) > 0)
        {
            total += read;
            if (total > MaxLength)
            {
                throw TextFile.Error(path, $"it is longer than {MaxLength >> 20} MiB, which no kernel is");
            }

            ReadOnlySpan<byte> have = buffer.AsSpan(0, kept + read);
            for (int at = have.IndexOf(_banner); at >= 0 && have.Length - at >= 128; at = Next(have, at))
            {
                ReadOnlySpan<byte> text = have.Slice(at + _banner.Length, 64);
                int blank = text.IndexOf((byte)' ');
                if (blank > 0 && LinuxVersion.TryParse(Encoding.Latin1.GetString(text[..blank]), out LinuxVersion version))
                {
                    return version;
                }
            }

            // The banner may lie across two pieces.
            kept = Math.Min(256, have.Length);
            have[^kept..].CopyTo(buffer);
        }

        return null;
    }

    private static int Next(ReadOnlySpan<byte> have, int at)
    {
        int next = have[(at + 1)..].IndexOf(_banner);
        return next < 0 ? -1 : at + 1 + next;
    }
}
