using Ptewright.Texts;

namespace Ptewright.Kernels.Symbols;

/// <summary>Reads the symbols of a kernel as text: its <c>System.map</c>, or <c>/proc/kallsyms</c> of a running one, read as root.</summary>
/// <remarks>
/// Each line is an address, a type and a name, as <c>nm</c> prints them; they need not be sorted. Symbols of modules, which kallsyms has, are passed over.
/// </remarks>
public static class SystemMap
{
    /// <summary>The longest file that is read: 32 MiB. (A kernel of a distribution has 4 to 15 MB.)</summary>
    public const int MaxLength = 32 << 20;

    private const int MaxLines = 1_000_000;
    private const int MaxLineLength = 1024;
    private const string Example = "ffff800080000000 T _text";
    /// <summary>Reads the symbols in a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidInputException">It is something else, is longer than <see cref="MaxLength"/>, or its addresses are hidden.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static KernelSymbols Read(string path) => Parse(TextFile.Read(path, MaxLength), path);

    /// <summary>Reads the symbols in a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="name">The name that errors call it by.</param>
    /// <exception cref="InvalidInputException">It is something else, or its addresses are hidden.</exception>
    public static KernelSymbols Parse(ReadOnlySpan<char> text, string name)
    {
        KernelSymbols symbols = new(name);
        bool isHidden = true;
        LineReader lines = new(text, name, MaxLines, MaxLineLength);
        while (lines.TryRead(out ReadOnlySpan<char> line))
        {
            if (line.IsEmpty)
            {
                continue;
            }

            if (!TryParse(line, out ReadOnlySpan<char> symbol, out ulong address, out char type, out bool isOfModule))
            {
                throw lines.Error(line.Contains("The real System.map is in", StringComparison.Ordinal)
                    ? "this is the placeholder that Debian ships: the kernel's own image, vmlinuz, has the symbols too; the real System.map is in the linux-image package that ends with -dbg"
                    : $"{TextFile.Quote(line)} is not a symbol such as '{Example}'");
            }

            isHidden &= address == 0;
            if (!isOfModule)
            {
                symbols.Add(symbol, address, type);
            }
        }

        return symbols.Count == 0 ? throw TextFile.Error(name, $"it has no symbols such as '{Example}'")
            : isHidden ? throw TextFile.Error(name, "its addresses are all zero, as the kernel shows /proc/kallsyms to ordinary users: read it as root")
            : symbols;
    }

    // Address, type and name are separated by one blank; kallsyms puts a tab and the module in brackets behind.
    private static bool TryParse(ReadOnlySpan<char> line, out ReadOnlySpan<char> name, out ulong address, out char type, out bool isOfModule)
    {
        name = default;
        address = 0;
        type = default;
        isOfModule = false;
        int blank = line.IndexOf(' ');
        if (blank < 0 || line.Length < blank + 4 || line[blank + 2] != ' ' || !IsType(line[blank + 1])
            || !FileNumber.TryHexadecimal(line[..blank], out address))
        {
            return false;
        }

        name = line[(blank + 3)..];
        int end = name.IndexOf('\t');
        isOfModule = end > 0 && name[end..].Trim() is ['[', .., ']'];
        name = isOfModule ? name[..end] : name;
        type = line[blank + 1];
        return !name.ContainsAny(" \t") && !name.IsEmpty;
    }

    private static bool IsType(char type) => char.IsAsciiLetter(type) || type == '?';
}
