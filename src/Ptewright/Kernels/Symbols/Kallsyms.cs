using System.Buffers.Binary;
using System.Text;
using Ptewright.Addressing;

namespace Ptewright.Kernels.Symbols;

/// <summary>The kernel's own table of its symbols, which is in every image with CONFIG_KALLSYMS: found by its structure, in a file or in memory.</summary>
/// <remarks>
/// Linux: <c>kernel/kallsyms.c</c>, and <c>scripts/kallsyms.c</c>, which writes the tables. Each name is a row of tokens; of 256 tokens the text is in one table and where it begins in a
/// second one, so that both together are found without doubt. The addresses are relative to one of them, or, in Linux 7.2 and 7.3, to where they are written themselves.
/// </remarks>
public static class Kallsyms
{
    // A name of Linux has at most 511 characters, and its type in front.
    private const int MaxNameLength = 512;

    private const string FunctionsOnly = "the kernel's own table has only functions, because it was built without CONFIG_KALLSYMS_ALL";

    /// <summary>Reads the symbols.</summary>
    /// <param name="image">The kernel's image from its first byte, <c>_text</c>, on: of a file, unpacked, or as it lies in memory.</param>
    /// <param name="name">The name that errors call it by.</param>
    /// <param name="text">Where <c>_text</c> lies, where that is known; else it is found by what the image's pointers lead to.</param>
    /// <returns>The symbols at the addresses that the image is linked for, or in memory at those where it was moved to; null when there are none.</returns>
    public static KernelSymbols? Read(ReadOnlySpan<byte> image, string name, VirtualAddress? text = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (KallsymsTables.Find(image) is not { } tables || ReadNames(image, tables) is not { } names)
        {
            return null;
        }

        ulong[] places = tables.ReadPlaces(image, out bool isRelative);
        bool isComplete = Has(names, "_text") && Has(names, "_end");
        ulong? distance = isComplete ? null : DistanceOf(image, tables, places, isRelative);
        ulong move = 0;
        if (isRelative)
        {
            int first = Array.IndexOf(names, "T_text");
            if (text is { } known && (tables.Form == KallsymsForm.Place || first >= 0 || distance is not null))
            {
                move = known.Value - (first >= 0 ? places[first] : 0) + (distance ?? 0) - (distance is null ? 0 : places[0]);
            }
            else if (!ImageBase.TryFind(image, places, out move))
            {
                return null;
            }
        }

        KernelSymbols symbols = new(name) { Origin = isComplete ? null : FunctionsOnly };
        for (int i = 0; i < names.Length; i++)
        {
            symbols.Add(names[i].AsSpan(1), places[i] + (tables.IsAbsolute(image, i) ? 0 : move), names[i][0]);
        }

        if (distance is { } behind && places.Length > 0 && !tables.IsAbsolute(image, 0))
        {
            AddBoundaries(symbols, image, names, places, behind, places[0] + move - behind);
        }

        return symbols;
    }

    private static bool Has(string[] names, string symbol) => Array.Exists(names, name => name.AsSpan(1).SequenceEqual(symbol));

    // How far behind the image's first byte the first symbol lies.
    private static ulong? DistanceOf(ReadOnlySpan<byte> image, KallsymsTables tables, ulong[] places, bool isRelative) =>
        isRelative && tables.Form == KallsymsForm.Place ? places[0]
        : CallPlaces.TryFind(image, Array.ConvertAll(places, place => place - places[0]), out ulong distance) ? distance : null;

    // What the table lacks is searched in the code, and counts where two places of it agree.
    private static void AddBoundaries(KernelSymbols symbols, ReadOnlySpan<byte> image, string[] names, ulong[] places, ulong distance, ulong text)
    {
        FunctionTable functions = new(image, names, Array.ConvertAll(places, place => place - places[0] + distance));
        symbols.Evidence = BoundarySearch.Find(image, functions, text);
        symbols.AddFound("_text", text, "what the calls in the image lead to");
        foreach (string symbol in symbols.Evidence.Symbols)
        {
            if (symbols.Evidence.TryProve(symbol, out ulong place, out string sources))
            {
                symbols.AddFound(symbol, text + place, sources);
            }
        }
    }

    // Null where the text of one is longer than any name, or only its type.
    private static string[]? ReadNames(ReadOnlySpan<byte> image, KallsymsTables tables)
    {
        Span<byte> text = stackalloc byte[MaxNameLength];
        string[] names = new string[tables.Count];
        int at = tables.Names;
        for (int i = 0; i < names.Length; i++)
        {
            // That each lies in the image was seen when the tables were found.
            int tokens = KallsymsTables.NameLength(image, ref at);
            int length = 0;
            for (int end = at + tokens; at < end; at++)
            {
                ReadOnlySpan<byte> token = image[(tables.TokenTable + BinaryPrimitives.ReadUInt16LittleEndian(image[(tables.TokenIndex + (image[at] * 2))..]))..];
                token = token[..token.IndexOf((byte)0)];
                if (token.Length > text.Length - length)
                {
                    return null;
                }

                token.CopyTo(text[length..]);
                length += token.Length;
            }

            if (length < 2)
            {
                return null;
            }

            names[i] = Encoding.Latin1.GetString(text[..length]);
        }

        return names;
    }
}
