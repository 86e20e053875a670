using Ptewright.Addressing;
using Ptewright.Files;
using Ptewright.Live;

namespace Ptewright.Images;

/// <summary>Opens a source of memory by the name that a person gives it.</summary>
/// <remarks>
/// <list type="bullet">
/// <item><c>gdb:HOST:PORT</c>, <c>gdb:SOCKET</c>: a live QEMU guest through its gdbstub.</item>
/// <item><c>qmp:SOCKET</c>: the same through its machine protocol, without copying where its memory is a shared file.</item>
/// <item>A folder that <c>map -o</c> or <c>capture</c> wrote.</item>
/// <item><c>FILE@ADDRESS</c>, several joined by commas: raw memory; the address is hexadecimal.</item>
/// <item>A file: an ELF core.</item>
/// </list>
/// </remarks>
public static class MemorySource
{
    /// <summary>How sources are named, in one line for people.</summary>
    public const string Forms = "gdb:HOST:PORT, gdb:SOCKET or qmp:SOCKET (a live QEMU), a folder of map -o or capture, FILE@ADDRESS[,FILE@ADDRESS...] (raw memory), an ELF core";

    private const int MaxPort = 65535;

    /// <summary>Opens a source.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="InvalidInputException">It is none of these, or not what it should be.</exception>
    /// <exception cref="IOException">A file is missing or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    public static MemoryImage Open(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (name.StartsWith("gdb:", StringComparison.Ordinal))
        {
            return OpenGdb(name);
        }

        if (name.StartsWith("qmp:", StringComparison.Ordinal))
        {
            return QmpImage.Connect(name["qmp:".Length..]);
        }

        if (Directory.Exists(name))
        {
            return OpenFolder(name);
        }

        if (File.Exists(name))
        {
            return IsElf(name) ? new ElfCore(name) : throw TextFile.Error(name, $"it is no ELF core; if it is raw memory, say where its first byte lies, as in {name}@0x40000000");
        }

        return name.Contains('@', StringComparison.Ordinal)
            ? new RawImage([.. name.Split(',').Select(ParsePart)])
            : throw new InvalidInputException($"There is no file or folder {TextFile.Quote(name)}; a source is {Forms}.");
    }

    private static MemoryImage OpenFolder(string name) =>
        (File.Exists(Path.Combine(name, CaptureFolder.DescriptionFile)), File.Exists(Path.Combine(name, TableFolder.TablesFile))) switch
        {
            (true, true) => throw TextFile.Error(
                name, $"it holds both a capture ({CaptureFolder.DescriptionFile}) and tables that were built ({TableFolder.TablesFile}): take the files of one of them away"),
            (true, false) => new CaptureFolder(name),
            (false, true) => new FolderImage(name),
            _ => throw TextFile.Error(name, $"it holds neither {CaptureFolder.DescriptionFile} nor {TableFolder.TablesFile}, so it is no folder of map -o or capture"),
        };

    private static GdbImage OpenGdb(string name)
    {
        string place = name["gdb:".Length..];
        int colon = place.LastIndexOf(':');
        if (colon < 0)
        {
            return place.Length > 0 ? GdbImage.Connect(place) : throw new InvalidInputException("Name the stub, as in gdb:localhost:1234.");
        }

        string host = place[..colon].Trim('[', ']');
        return NumberText.TryParse(place.AsSpan(colon + 1), NumberHabit.Count, out ulong port) && port is > 0 and <= MaxPort
            ? GdbImage.Connect(host.Length == 0 ? "localhost" : host, (int)port)
            : throw new InvalidInputException($"{TextFile.Quote(name)} has no port, as in gdb:localhost:1234.");
    }

    private static (string Path, PhysicalAddress Start) ParsePart(string part)
    {
        int at = part.LastIndexOf('@');
        ReadOnlySpan<char> text = at < 0 ? default : part.AsSpan(at + 1);
        return at > 0 && text.Length > 0
            ? (part[..at], new PhysicalAddress(NumberText.Parse(text.ToString(), NumberHabit.Address, $"the address of {TextFile.Quote(part)}")))
            : throw new InvalidInputException($"{TextFile.Quote(part)} does not say where the file's first byte lies, as in ram.img@0x40000000.");
    }

    private static bool IsElf(string path)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        Span<byte> start = stackalloc byte[4];
        return file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && ElfCore.IsElf(start);
    }
}
