namespace Ptewright.Kernels.Symbols;

/// <summary>The functions of an image and their code: where each begins and, as the next symbol does, where it ends.</summary>
internal readonly ref struct FunctionTable
{
    private readonly ReadOnlySpan<byte> _image;
    private readonly string[] _names;
    private readonly ulong[] _places;

    /// <summary>Takes the symbols.</summary>
    /// <param name="image">The image, from its first byte on.</param>
    /// <param name="names">Their names, each with the letter of its type in front.</param>
    /// <param name="places">Their distances from the image's first byte, ascending.</param>
    public FunctionTable(ReadOnlySpan<byte> image, string[] names, ulong[] places)
    {
        _image = image;
        _names = names;
        _places = places;
    }

    /// <summary>Where a symbol is.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>Null when there is none.</returns>
    public ulong? Find(string name)
    {
        for (int i = 0; i < _names.Length; i++)
        {
            if (_names[i].AsSpan(1).SequenceEqual(name))
            {
                return _places[i];
            }
        }

        return null;
    }

    /// <summary>Reads a function, and what the compiler split off from it (<c>name.isra.0</c>).</summary>
    /// <param name="name">Its name.</param>
    /// <returns>Null when there is none.</returns>
    public CodeReading? Read(string name)
    {
        CodeReading? reading = null;
        for (int i = 0; i < _names.Length; i++)
        {
            ReadOnlySpan<char> candidate = _names[i].AsSpan(1);
            if (candidate.StartsWith(name, StringComparison.Ordinal) && (candidate.Length == name.Length || candidate[name.Length] == '.'))
            {
                int next = i + 1;
                while (next < _places.Length && _places[next] == _places[i])
                {
                    next++;
                }

                ulong end = next < _places.Length ? _places[next] : (ulong)_image.Length;
                reading ??= new CodeReading();
                reading.Add(CodeReader.Read(_image, _places[i], end));
            }
        }

        return reading;
    }
}
