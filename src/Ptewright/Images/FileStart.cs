namespace Ptewright.Images;

/// <summary>The first bytes of a file, which say what it is.</summary>
internal static class FileStart
{
    /// <summary>The first bytes of a file as they lie in it, fewer where it is shorter; none where the name leads to no file.</summary>
    /// <remarks>By a stream: there are files without a length that are recognised, to be refused by those who know them.</remarks>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static byte[] Read(string path, int bytes)
    {
        if (!File.Exists(path))
        {
            return [];
        }

        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        byte[] start = new byte[bytes];
        return start[..file.ReadAtLeast(start, bytes, throwOnEndOfStream: false)];
    }

    /// <summary>Whether a file begins with some bytes.</summary>
    public static bool Begins(string path, ReadOnlySpan<byte> magic) => Read(path, magic.Length).AsSpan().SequenceEqual(magic);
}
