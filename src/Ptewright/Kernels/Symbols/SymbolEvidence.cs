namespace Ptewright.Kernels.Symbols;

/// <summary>What different places of an image say about where a symbol is. Only what two of them agree on counts.</summary>
internal sealed class SymbolEvidence
{
    private readonly Dictionary<string, List<(ulong Place, string Source)>> _claims = new(StringComparer.Ordinal);

    /// <summary>The symbols that something is said about.</summary>
    public IEnumerable<string> Symbols => _claims.Keys;

    /// <summary>Takes what one place says; the same of the same place counts once.</summary>
    /// <param name="symbol">The symbol.</param>
    /// <param name="place">Its distance from the image's first byte.</param>
    /// <param name="source">What says so.</param>
    public void Claim(string symbol, ulong place, string source)
    {
        if (!_claims.TryGetValue(symbol, out List<(ulong Place, string Source)>? claims))
        {
            _claims[symbol] = claims = [];
        }

        if (!claims.Contains((place, source)))
        {
            claims.Add((place, source));
        }
    }

    /// <summary>The same of several symbols, which the linker puts at one place.</summary>
    public void Claim(ReadOnlySpan<string> symbols, ulong place, string source)
    {
        foreach (string symbol in symbols)
        {
            Claim(symbol, place, source);
        }
    }

    /// <summary>Takes a place as a source too, where it names what was said before.</summary>
    /// <param name="symbols">The symbols.</param>
    /// <param name="places">The addresses that it names.</param>
    /// <param name="source">What it is called.</param>
    public void Confirm(ReadOnlySpan<string> symbols, IReadOnlySet<ulong> places, string source)
    {
        foreach (string symbol in symbols)
        {
            if (_claims.TryGetValue(symbol, out List<(ulong Place, string Source)>? claims))
            {
                foreach (ulong place in claims.Select(claim => claim.Place).Where(places.Contains).Distinct().ToArray())
                {
                    Claim(symbol, place, source);
                }
            }
        }
    }

    /// <summary>Where a symbol is, if at least two sources say so and none says otherwise.</summary>
    /// <param name="symbol">The symbol.</param>
    /// <param name="place">Its distance from the image's first byte.</param>
    /// <param name="words">The sources; or why it does not count.</param>
    public bool TryProve(string symbol, out ulong place, out string words)
    {
        List<(ulong Place, string Source)> claims = _claims.GetValueOrDefault(symbol) ?? [];
        place = claims.Count > 0 ? claims[0].Place : 0;
        ulong first = place;
        bool agree = claims.TrueForAll(claim => claim.Place == first);
        string sources = string.Join(", ", claims.Select(claim => claim.Source));
        words = claims.Count > 1 && agree ? sources
            : claims.Count == 0 ? "nothing in its code shows it"
            : agree ? $"only one thing shows it ({sources}), and nothing confirms that"
            : $"what shows it does not agree ({string.Join(", ", claims.Select(claim => $"{claim.Source}: +0x{claim.Place:x}"))})";
        return claims.Count > 1 && agree;
    }
}
