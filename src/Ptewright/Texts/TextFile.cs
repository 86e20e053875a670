using System.IO.Compression;
using System.Text;

namespace Ptewright.Texts;

/// <summary>Reads text files that people hand over, and builds the sentences about what is wrong with them.</summary>
internal static class TextFile
{
    private const int FirstBufferLength = 64 << 10;

    /// <summary>The whole text of a file; pipes and files of <c>/proc</c> will do, and what gzip made of one.</summary>
    /// <param name="path">The file.</param>
    /// <param name="maxLength">The longest text that is read, in bytes, unpacked.</param>
    /// <exception cref="InvalidInputException">It is longer, is no text, or is broken gzip data.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static string Read(string path, int maxLength)
    {
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        ReadOnlySpan<byte> bytes = ReadAll(stream, path, maxLength);
        return Decode(bytes, path, maxLength);
    }

    /// <summary>The whole text of a stream.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="name">The name that errors call it by.</param>
    /// <param name="maxLength">The longest text that is read, in bytes, unpacked.</param>
    /// <exception cref="InvalidInputException">It is longer, is no text, or is broken gzip data.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public static string Read(Stream stream, string name, int maxLength)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return Decode(ReadAll(stream, name, maxLength), name, maxLength);
    }

    /// <summary>The text that <paramref name="bytes"/> hold: UTF-8, UTF-16 with a byte order mark, or either packed by gzip.</summary>
    /// <param name="bytes">All bytes of the file.</param>
    /// <param name="name">The name that errors call it by.</param>
    /// <param name="maxLength">The longest text in bytes, unpacked.</param>
    /// <exception cref="InvalidInputException">It is longer, is no text, or is broken gzip data.</exception>
    public static string Decode(ReadOnlySpan<byte> bytes, string name, int maxLength)
    {
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0x1f, 0x8b]))
        {
            bytes = Unpack(bytes, name, maxLength);
        }

        // Shells on Windows redirect into UTF-16.
        Encoding encoding = bytes.StartsWith((ReadOnlySpan<byte>)[0xff, 0xfe]) ? Encoding.Unicode
            : bytes.StartsWith((ReadOnlySpan<byte>)[0xfe, 0xff]) ? Encoding.BigEndianUnicode
            : Encoding.UTF8;
        string text = encoding.GetString(bytes.StartsWith(encoding.Preamble) ? bytes[encoding.Preamble.Length..] : bytes);
        return text.Contains('\0', StringComparison.Ordinal) ? throw Error(name, "it is not a text file, because it holds zero bytes") : text;
    }

    /// <summary>The exception about a whole file.</summary>
    /// <param name="name">The file.</param>
    /// <param name="reason">What is wrong, without a full stop.</param>
    public static InvalidInputException Error(string name, string reason) => new($"{name}: {reason}.");

    /// <summary>The exception about one line.</summary>
    /// <param name="name">The file.</param>
    /// <param name="line">The line, counted from 1.</param>
    /// <param name="reason">What is wrong, without a full stop.</param>
    public static InvalidInputException Error(string name, int line, string reason) => new($"{name}: line {line}: {reason}.");

    /// <summary>A piece of a file for a sentence: <see cref="ForeignText.Quote"/>.</summary>
    public static string Quote(ReadOnlySpan<char> text) => ForeignText.Quote(text);

    /// <summary>The name of a file for a sentence: <see cref="ForeignText.QuoteName"/>.</summary>
    public static string QuoteName(ReadOnlySpan<char> name) => ForeignText.QuoteName(name);

    private static ReadOnlySpan<byte> Unpack(ReadOnlySpan<byte> bytes, string name, int maxLength)
    {
        try
        {
            using MemoryStream packed = new(bytes.ToArray());
            using GZipStream unpacked = new(packed, CompressionMode.Decompress);
            return ReadAll(unpacked, name, maxLength);
        }
        catch (InvalidDataException)
        {
            throw Error(name, "it begins as gzip data, but cannot be unpacked");
        }
    }

    // The length of a pipe or of a file of /proc is not known beforehand.
    private static ReadOnlySpan<byte> ReadAll(Stream stream, string name, int maxLength)
    {
        byte[] buffer = new byte[Math.Min(FirstBufferLength, maxLength + 1)];
        int length = 0;
        int read;
        while ((read = stream.Read(buffer, length, buffer.Length - length)) != 0)
        {
            length += read;
            if (length > maxLength)
            {
                throw Error(name, $"it is longer than {maxLength} bytes, the most that is read of such a file");
            }

            if (length == buffer.Length)
            {
                Array.Resize(ref buffer, (int)Math.Min(length * 2L, maxLength + 1L));
            }
        }

        return buffer.AsSpan(0, length);
    }
}
