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
        ("an", "ELF core", ElfCore.IsElfFile, name => KcoreImage.IsKcore(name) ? new KcoreImage(name) : new ElfCore(name)),
        ("a", "kdump-compressed dump", KdumpImage.IsKdump, KdumpImage.Open),
        ("a", "LiME dump", LimeImage.IsLimeFile, name => new LimeImage(name)),
        ("an", "AVML dump", AvmlImage.IsAvmlFile, name => new AvmlImage(name)),
        ("a", "list of ramdumps", RamdumpList.IsList, RamdumpList.Open),
    ];

    /// <summary>The forms that there are, in the order in which they are asked.</summary>
    public static IReadOnlyList<SourceForm> Forms { get; } =
    [
        new(InputWords.TableFolder, Directory.Exists, name => new TableFolder(name)),
        new("FILE[+OFFSET]@ADDRESS[:LENGTH][,...] (raw memory)", IsRaw, name => new RawImage([.. name.Split(',').Select(ParsePart)], [])),
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
                name, $"it is {NoneOfTheFiles}; if it is raw memory, say where its first byte lies, as in {name}@0x40000000")
            : throw new InvalidInputException($"There is no file or folder {TextFile.QuoteName(name)}; a source is {Describe(others)}.");
    }

    /// <summary>How sources are named, in one line for people.</summary>
    /// <param name="others">Other forms, which come first.</param>
    public static string Describe(params IReadOnlyList<SourceForm> others) => string.Join(", ", others.Concat(Forms).Select(form => form.Wording));

    /// <summary>Whether a name is that of a file that is none of the forms, so that it may be raw memory without an address.</summary>
    internal static bool IsUnknownFile(string name) => File.Exists(name) && !Forms.Any(form => form.Recognises(name));

    private static string NoneOfTheFiles => $"neither {string.Join(", ", _files[..^1].Select(file => $"{file.Article} {file.Noun}"))} nor {_files[^1].Article} {_files[^1].Noun}";

    // A file that has such a name is not cut in two.
    private static bool IsRaw(string name) => name.Contains('@', StringComparison.Ordinal) && !File.Exists(name);

    // A plus sign may be in a file's name too, as long as what is behind it is no number, or there is such a file.
    private static RawPart ParsePart(string part)
    {
        int at = part.LastIndexOf('@');
        if (at <= 0 || at == part.Length - 1)
        {
            throw new InvalidInputException($"{TextFile.QuoteName(part)} does not say where the file's first byte lies, as in ram.img@0x40000000.");
        }

        string file = part[..at];
        string[] place = part[(at + 1)..].Split(':', 2);
        ulong address = NumberText.Parse(place[0], NumberHabit.Address, $"the address of {TextFile.QuoteName(part)}");
        ulong? length = place is [_, { Length: > 0 } text] ? NumberText.Parse(text, NumberHabit.Address, $"the length of {TextFile.QuoteName(part)}") : null;
        int plus = file.LastIndexOf('+');
        return plus > 0 && !File.Exists(file) && NumberText.TryParse(file.AsSpan(plus + 1), NumberHabit.Address, out ulong offset)
            ? new RawPart(file[..plus], new PhysicalAddress(address), offset, length)
            : new RawPart(file, new PhysicalAddress(address), 0, length);
    }
}
