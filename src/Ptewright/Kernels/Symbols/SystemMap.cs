using Ptewright.Addressing;
using Ptewright.Texts;

namespace Ptewright.Kernels.Symbols;

/// <summary>The symbols of a kernel: its <c>System.map</c>, or <c>/proc/kallsyms</c> of a running one, read as root.</summary>
/// <remarks>
/// Each line is an address, a type and a name, as <c>nm</c> prints them; they need not be sorted. Where several symbols have one name, a
/// global one (upper-case type) counts, otherwise the first. Symbols of modules, which kallsyms has, are passed over.
/// </remarks>
public sealed class SystemMap
{
    /// <summary>The longest file that is read: 32 MiB. (A kernel of a distribution has 4 to 15 MB.)</summary>
    public const int MaxLength = 32 << 20;

    private const int MaxLines = 1_000_000;
    private const int MaxLineLength = 1024;
    private const string Example = "ffff800080000000 T _text";
    private readonly Dictionary<string, Symbol> _symbols;

    private SystemMap(string name, Dictionary<string, Symbol> symbols)
    {
        Name = name;
        _symbols = symbols;
    }

    /// <summary>The name of the file, as it was given.</summary>
    public string Name { get; }

    /// <summary>How many names there are.</summary>
    public int Count => _symbols.Count;

    /// <summary>Reads the symbols in a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidInputException">It is something else, is longer than <see cref="MaxLength"/>, or its addresses are hidden.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static SystemMap Read(string path) => Parse(TextFile.Read(path, MaxLength), path);

    /// <summary>Reads the symbols in a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="name">The name that errors call it by.</param>
    /// <exception cref="InvalidInputException">It is something else, or its addresses are hidden.</exception>
    public static SystemMap Parse(ReadOnlySpan<char> text, string name)
    {
        Dictionary<string, Symbol> symbols = new(StringComparer.Ordinal);
        Dictionary<string, Symbol>.AlternateLookup<ReadOnlySpan<char>> bySpan = symbols.GetAlternateLookup<ReadOnlySpan<char>>();
        bool isHidden = true;
        LineReader lines = new(text, name, MaxLines, MaxLineLength);
        while (lines.TryRead(out ReadOnlySpan<char> line))
        {
            if (line.IsEmpty)
            {
                continue;
            }

            if (!TryParse(line, out ReadOnlySpan<char> symbol, out Symbol value, out bool isOfModule))
            {
                throw lines.Error(line.Contains("The real System.map is in", StringComparison.Ordinal)
                    ? "this is the placeholder that Debian ships: the real System.map is in the linux-image package that ends with -dbg"
                    : $"{TextFile.Quote(line)} is not a symbol such as '{Example}'");
            }

            isHidden &= value.Address.Value == 0;
            if (!isOfModule && (!bySpan.TryGetValue(symbol, out Symbol known) || (value.IsGlobal && !known.IsGlobal)))
            {
                bySpan[symbol] = value;
            }
        }

        return symbols.Count == 0 ? throw TextFile.Error(name, $"it has no symbols such as '{Example}'")
            : isHidden ? throw TextFile.Error(name, "its addresses are all zero, as the kernel shows /proc/kallsyms to ordinary users: read it as root")
            : new SystemMap(name, symbols);
    }

    /// <summary>Looks up a symbol.</summary>
    /// <param name="symbol">Its name.</param>
    /// <param name="address">Its address, or for absolute symbols its value.</param>
    /// <returns>False when there is none of that name.</returns>
    public bool TryFind(string symbol, out VirtualAddress address)
    {
        bool found = _symbols.TryGetValue(symbol, out Symbol value);
        address = value.Address;
        return found;
    }

    /// <summary>The address of a symbol that has to be there.</summary>
    /// <param name="symbol">Its name.</param>
    /// <exception cref="InvalidInputException">There is none of that name.</exception>
    public VirtualAddress Find(string symbol) =>
        TryFind(symbol, out VirtualAddress address) ? address : throw TextFile.Error(Name, $"it has no symbol '{symbol}'");

    /// <summary>The kernel's image, loaded at a physical address.</summary>
    /// <param name="imageBase">Where <c>_text</c> lies, a multiple of 64 KiB (of 2 MiB without EFI).</param>
    /// <exception cref="InvalidInputException">A symbol is missing, the symbols are out of order, or the image cannot lie there.</exception>
    public KernelImage ImageAt(PhysicalAddress imageBase) => KernelImage.Create(this, imageBase);

    // Address, type and name are separated by one blank; kallsyms puts a tab and the module in brackets behind.
    private static bool TryParse(ReadOnlySpan<char> line, out ReadOnlySpan<char> name, out Symbol symbol, out bool isOfModule)
    {
        name = default;
        symbol = default;
        isOfModule = false;
        int blank = line.IndexOf(' ');
        if (blank < 0 || line.Length < blank + 4 || line[blank + 2] != ' ' || !IsType(line[blank + 1])
            || !FileNumber.TryHexadecimal(line[..blank], out ulong address))
        {
            return false;
        }

        name = line[(blank + 3)..];
        int end = name.IndexOf('\t');
        isOfModule = end > 0 && name[end..].Trim() is ['[', .., ']'];
        name = isOfModule ? name[..end] : name;
        symbol = new Symbol(new VirtualAddress(address), char.IsAsciiLetterUpper(line[blank + 1]));
        return !name.ContainsAny(" \t") && !name.IsEmpty;
    }

    private static bool IsType(char type) => char.IsAsciiLetter(type) || type == '?';

    private readonly record struct Symbol(VirtualAddress Address, bool IsGlobal);
}
