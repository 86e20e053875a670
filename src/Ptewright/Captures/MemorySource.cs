using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.Texts;

namespace Ptewright.Captures;

/// <summary>Opens a source of memory by the name that a person gives it: the first <see cref="SourceForm"/> that recognises the name, or what the name leads to.</summary>
/// <remarks>A new format of files is one more form in the list here; what is no file, such as a machine that runs, is a form that comes from above.</remarks>
public static class MemorySource
{
    // Files that are recognised by what is in them.
    private static readonly (string Article, string Noun, Func<string, bool> Recognises, Func<string, MemoryImage> Open)[] _files =
    [
        ("an", "ELF core", ElfCore.IsElfFile, name => new ElfCore(name)),
        ("a", "kdump-compressed dump", KdumpImage.IsKdump, KdumpImage.Open),
    ];

    /// <summary>The forms that there are, in the order in which they are asked.</summary>
    public static IReadOnlyList<SourceForm> Forms { get; } =
    [
        new(InputWords.TableFolder, Directory.Exists, name => new TableFolder(name)),
        new("FILE@ADDRESS[,FILE@ADDRESS...] (raw memory)", IsRaw, name => new RawImage([.. name.Split(',').Select(ParsePart)])),
        .. _files.Select(file => new SourceForm($"{file.Article} {file.Noun}", file.Recognises, file.Open)),
    ];

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
        return others.Concat(Forms).FirstOrDefault(form => form.Recognises(name)) is { } found ? found.Open(name)
            : File.Exists(name) ? throw TextFile.Error(
                name, $"it is no {string.Join(" and no ", _files.Select(file => file.Noun))}; if it is raw memory, say where its first byte lies, as in {name}@0x40000000")
            : throw new InvalidInputException($"There is no file or folder {TextFile.Quote(name)}; a source is {Describe(others)}.");
    }

    /// <summary>How sources are named, in one line for people.</summary>
    /// <param name="others">Other forms, which come first.</param>
    public static string Describe(params IReadOnlyList<SourceForm> others) => string.Join(", ", others.Concat(Forms).Select(form => form.Wording));

    // A file that has such a name is not cut in two.
    private static bool IsRaw(string name) => name.Contains('@', StringComparison.Ordinal) && !File.Exists(name);

    private static (string Path, PhysicalAddress Start) ParsePart(string part)
    {
        int at = part.LastIndexOf('@');
        ReadOnlySpan<char> text = at < 0 ? default : part.AsSpan(at + 1);
        return at > 0 && text.Length > 0
            ? (part[..at], new PhysicalAddress(NumberText.Parse(text.ToString(), NumberHabit.Address, $"the address of {TextFile.Quote(part)}")))
            : throw new InvalidInputException($"{TextFile.Quote(part)} does not say where the file's first byte lies, as in ram.img@0x40000000.");
    }
}
