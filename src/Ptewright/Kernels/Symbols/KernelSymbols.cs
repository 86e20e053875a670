using Ptewright.Addressing;
using Ptewright.Texts;

namespace Ptewright.Kernels.Symbols;

/// <summary>The symbols of a kernel: out of its <c>System.map</c>, its <c>vmlinux</c>, or the kernel's own table of them in its image.</summary>
/// <remarks>Where several symbols have one name, a global one (upper-case type) counts, otherwise the first.</remarks>
public sealed class KernelSymbols
{
    private readonly Dictionary<string, Symbol> _symbols = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _found = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Symbol>.AlternateLookup<ReadOnlySpan<char>> _bySpan;

    internal KernelSymbols(string name)
    {
        Name = name;
        _bySpan = _symbols.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>The name of the file, as it was given.</summary>
    public string Name { get; }

    /// <summary>The version of the kernel, where the file with its symbols says that: an image or a vmlinux; a list of symbols has none.</summary>
    internal LinuxVersion? Version { get; set; }

    /// <summary>How many names there are.</summary>
    public int Count => _symbols.Count;

    /// <summary>What is known of where they come from, to be said with a symbol that is not there; null where there is nothing to say.</summary>
    internal string? Origin { get; init; }

    /// <summary>What the image's code says of symbols that its table lacks; null where the table has all, or it was no image.</summary>
    internal SymbolEvidence? Evidence { get; set; }

    /// <summary>The symbols that were found in the image's code, and by what.</summary>
    internal IReadOnlyDictionary<string, string> Found => _found;

    /// <summary>Reads the symbols in a file, whichever kind it is: a <c>System.map</c> or a copy of <c>/proc/kallsyms</c>, a <c>vmlinux</c>, a kernel's image packed or not.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidInputException">It is something else, or has no symbols.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static KernelSymbols Read(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return VmlinuxSymbols.IsVmlinux(path) ? VmlinuxSymbols.Read(path)
            : KernelFile.IsKernel(path) ? KernelFile.Read(path).ReadSymbols()
            : SystemMap.Read(path);
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
    public VirtualAddress Find(string symbol) => TryFind(symbol, out VirtualAddress address) ? address
        : throw TextFile.Error(Name, $"it has no symbol '{symbol}'{WhyMissing(symbol)}");

    /// <summary>The kernel's image, loaded at a physical address.</summary>
    /// <param name="imageBase">Where <c>_text</c> lies, a multiple of 64 KiB (of 2 MiB without EFI).</param>
    /// <exception cref="InvalidInputException">A symbol is missing, the symbols are out of order, or the image cannot lie there.</exception>
    public KernelImage ImageAt(PhysicalAddress imageBase) => KernelImage.Create(this, imageBase);

    /// <summary>Adds a symbol; of several with one name the first global one counts, or else the first.</summary>
    internal void Add(ReadOnlySpan<char> name, ulong address, char type)
    {
        bool isGlobal = char.IsAsciiLetterUpper(type);
        if (!_bySpan.TryGetValue(name, out Symbol known) || (isGlobal && !known.IsGlobal))
        {
            _bySpan[name] = new Symbol(new VirtualAddress(address), isGlobal);
        }
    }

    /// <summary>Adds a symbol that was found in the image's code, unless its table has it.</summary>
    internal void AddFound(string name, ulong address, string sources)
    {
        if (_symbols.TryAdd(name, new Symbol(new VirtualAddress(address), true)))
        {
            _found[name] = sources;
        }
    }

    private string WhyMissing(string symbol)
    {
        string words = "";
        _ = Evidence?.TryProve(symbol, out _, out words);
        return Origin is null ? "" : words.Length == 0 ? $": {Origin}; its System.map or vmlinux has all" : $": {Origin}, and {words}; its System.map or vmlinux has all";
    }

    /// <summary>All symbols, in no order.</summary>
    internal IEnumerable<(string Name, VirtualAddress Address)> All => _symbols.Select(symbol => (symbol.Key, symbol.Value.Address));

    private readonly record struct Symbol(VirtualAddress Address, bool IsGlobal);
}
