using System.Buffers;
using System.IO.Compression;
using System.Security.Cryptography;
using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.Memory;
using Ptewright.Texts;

namespace Ptewright.Captures;

/// <summary>The bytes of a folder's pages, packed by gzip: a member for each piece of them, so that all CPUs pack.</summary>
internal static class FolderPages
{
    private const int PieceLength = 1 << 20;
    private const int Page = (int)FolderDescription.SmallestPage;

    // RFC 1951: a match of 258 bytes takes two bits at best.
    private const ulong MostPacked = 1032;

    /// <summary>Small: for what is sent around.</summary>
    public static ZLibCompressionOptions Small => new() { CompressionLevel = 6 };

    /// <summary>Quick: for what is built again in no time. Tables of single pages get as small with the fixed codes as with their own, and those take a third longer.</summary>
    public static ZLibCompressionOptions Quick => new() { CompressionLevel = 1, CompressionStrategy = ZLibCompressionStrategy.Fixed };

    /// <summary>Writes pages.</summary>
    /// <param name="path">The file.</param>
    /// <param name="source">Where they lie.</param>
    /// <param name="pages">Their addresses, ascending, in pieces of the smallest page; what the source does not have is left out.</param>
    /// <param name="effort">How they are packed.</param>
    /// <returns>Where those lie that were there, and the SHA-256 of their bytes.</returns>
    /// <exception cref="InvalidInputException">None of them is there.</exception>
    public static (IReadOnlyList<MemorySegment> Runs, string Sha256) Write(string path, MemoryImage source, ReadOnlySpan<ulong> pages, ZLibCompressionOptions effort)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using FileStream file = new(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        List<MemorySegment> runs = [];
        Queue<Task<MemoryStream>> packing = [];
        byte[] piece = ArrayPool<byte>.Shared.Rent(PieceLength);
        int length = 0;
        using MemoryReader reader = source.OpenReader();
        foreach (ulong page in pages)
        {
            if (!reader.TryRead(new PhysicalAddress(page), piece.AsSpan(length, Page)))
            {
                continue; // The rest of a page whose beginning, a small root, is all that the source has.
            }

            Append(runs, page);
            length += Page;
            if (length == PieceLength)
            {
                Pack();
                piece = ArrayPool<byte>.Shared.Rent(PieceLength);
                length = 0;
            }
        }

        if (length > 0)
        {
            Pack();
        }

        while (packing.Count > 0)
        {
            WriteNext();
        }

        return runs.Count == 0 ? throw TextFile.Error(source.Name, "it has no whole page of its tables") : (runs, Convert.ToHexStringLower(hash.GetHashAndReset()));

        void Pack()
        {
            hash.AppendData(piece, 0, length);
            (byte[] full, int count) = (piece, length);
            packing.Enqueue(Task.Run(() => Packed(full, count, effort)));
            if (packing.Count > Environment.ProcessorCount)
            {
                WriteNext();
            }
        }

        void WriteNext()
        {
            using MemoryStream packed = packing.Dequeue().GetAwaiter().GetResult();
            packed.WriteTo(file);
        }
    }

    /// <summary>Reads all pages of a folder.</summary>
    /// <param name="description">What they are.</param>
    /// <param name="pages">Takes them.</param>
    /// <param name="bytes">How many bytes they are.</param>
    /// <exception cref="InvalidInputException">There are more or fewer of them, or others.</exception>
    public static void Read(FolderDescription description, NativeBlock pages, ulong bytes)
    {
        string path = description.PagesFile;
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using Stream unpacked = Open(path);
        try
        {
            for (ulong at = 0; at < bytes;)
            {
                Span<byte> piece = pages.Span(at, (int)Math.Min(bytes - at, PieceLength));
                unpacked.ReadExactly(piece);
                hash.AppendData(piece);
                at += (ulong)piece.Length;
            }

            if (unpacked.ReadByte() >= 0)
            {
                throw TextFile.Error(path, "it holds more pages than its description says");
            }
        }
        catch (InvalidDataException)
        {
            throw TextFile.Error(path, "it is no gzip data");
        }
        catch (EndOfStreamException)
        {
            throw Fewer(path);
        }

        if (Convert.ToHexStringLower(hash.GetHashAndReset()) != description.Sha256)
        {
            throw TextFile.Error(path, "its pages are not those of its description (SHA-256), so it is damaged or belongs to another folder");
        }
    }

    /// <summary>Refuses a description that promises more than a file can hold, before memory is taken for it.</summary>
    /// <param name="path">The file with the pages.</param>
    /// <param name="bytes">How many bytes the description says.</param>
    /// <exception cref="InvalidInputException">Nothing packs so well.</exception>
    public static void RefuseTooFew(string path, ulong bytes)
    {
        ulong length = (ulong)new FileInfo(path).Length;
        if (bytes / (IsPacked(path) ? MostPacked : 1) > length)
        {
            throw Fewer(path);
        }
    }

    private static bool IsPacked(string path) => !path.EndsWith(FolderDescription.BuiltPagesV1File, StringComparison.Ordinal);

    private static Stream Open(string path)
    {
        FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        return IsPacked(path) ? new GZipStream(file, CompressionMode.Decompress) : file;
    }

    private static InvalidInputException Fewer(string path) => TextFile.Error(path, "it holds fewer pages than its description says");

    private static void Append(List<MemorySegment> runs, ulong page)
    {
        if (runs.Count > 0 && runs[^1].End.Value == page)
        {
            runs[^1] = runs[^1] with { Size = runs[^1].Size + Page };
        }
        else
        {
            runs.Add(new MemorySegment(new PhysicalAddress(page), Page));
        }
    }

    private static MemoryStream Packed(byte[] bytes, int count, ZLibCompressionOptions effort)
    {
        MemoryStream packed = new(count / 2);
        using (GZipStream stream = new(packed, effort, leaveOpen: true))
        {
            stream.Write(bytes, 0, count);
        }

        ArrayPool<byte>.Shared.Return(bytes);
        return packed;
    }
}
