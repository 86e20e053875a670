using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.Texts;

namespace Ptewright.Captures;

/// <summary>Opens a source of memory by the name that a person gives it.</summary>
/// <remarks>
/// <list type="bullet">
/// <item>A folder that <c>map -o</c> or <c>capture</c> wrote.</item>
/// <item><c>FILE@ADDRESS</c>, several joined by commas: raw memory; the address is hexadecimal.</item>
/// <item>A file: an ELF core.</item>
/// </list>
/// What else there is, such as a machine that runs, comes from above: <see cref="SourceForm"/>.
/// </remarks>
public static class MemorySource
{
    /// <summary>How sources are named, in one line for people.</summary>
    public const string Forms = "a folder of map -o or capture, FILE@ADDRESS[,FILE@ADDRESS...] (raw memory), an ELF core";

    /// <summary>Opens a source.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="others">Other forms, which come first.</param>
    /// <exception cref="InvalidInputException">It is none of these, or not what it should be.</exception>
    /// <exception cref="IOException">A file is missing or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    public static MemoryImage Open(string name, params IReadOnlyList<SourceForm> others)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(others);
        if (others.FirstOrDefault(form => form.Recognises(name)) is { } other)
        {
            return other.Open(name);
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
            : throw new InvalidInputException($"There is no file or folder {TextFile.Quote(name)}; a source is {string.Concat(others.Select(form => form.Wording + ", "))}{Forms}.");
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
