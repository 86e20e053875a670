using System.Globalization;
using Ptewright.Addressing;
using Ptewright.Translation;
using Xunit.Sdk;

namespace Ptewright.Tests;

/// <summary>Test vectors: text files with one case a line, blanks between the fields, and comments from a <c>#</c> to the end of the line.</summary>
internal static class Vectors
{
    /// <summary>The cases of <c>tests/vectors/<paramref name="file"/></c>.</summary>
    /// <param name="file">The file's name.</param>
    /// <param name="fields">How many fields every case must have.</param>
    public static IReadOnlyList<VectorCase> Read(string file, int fields)
    {
        string[] lines = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "vectors", file));
        List<VectorCase> cases = [];
        for (int i = 0; i < lines.Length; i++)
        {
            string[] words = lines[i].Split('#')[0].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length > 0)
            {
                VectorCase item = new(file, i + 1, words);
                Assert.True(words.Length == fields, $"{item}: {words.Length} fields instead of {fields}");
                cases.Add(item);
            }
        }

        Assert.True(cases.Count > 0, $"{file} holds no case");
        return cases;
    }

    /// <summary>Runs <paramref name="check"/> on every case of a file, and fails with all lines that do not hold.</summary>
    public static void Check(string file, int fields, Action<VectorCase> check)
    {
        List<string> failures = [];
        foreach (VectorCase item in Read(file, fields))
        {
            try
            {
                check(item);
            }
            catch (Exception exception) when (exception is XunitException)
            {
                failures.Add($"{item}: {exception.Message}");
            }
        }

        Assert.True(failures.Count == 0, string.Join(Environment.NewLine, failures));
    }
}

/// <summary>One case of a vector file.</summary>
/// <param name="File">The file's name.</param>
/// <param name="Line">Its line in the file, from 1 on.</param>
/// <param name="Fields">Its fields.</param>
internal sealed record VectorCase(string File, int Line, IReadOnlyList<string> Fields)
{
    /// <summary>A field as it stands.</summary>
    public string Text(int field) => Fields[field];

    /// <summary>A number: <c>0x</c> and hexadecimal digits (<c>_</c> between them is ignored), or decimal.</summary>
    public ulong Number(int field)
    {
        string text = Fields[field].Replace("_", string.Empty, StringComparison.Ordinal);
        bool isHexadecimal = text.StartsWith("0x", StringComparison.Ordinal);
        bool isNumber = isHexadecimal
            ? ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong value)
            : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
        Assert.True(isNumber, $"{this}: '{text}' is no number");
        return value;
    }

    /// <summary>A small, perhaps negative, decimal number.</summary>
    public int Integer(int field)
    {
        Assert.True(int.TryParse(Fields[field], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value), $"{this}: '{Fields[field]}' is no number");
        return value;
    }

    /// <summary>One of two words.</summary>
    public bool Flag(int field, string yes, string no)
    {
        Assert.True(Fields[field] == yes || Fields[field] == no, $"{this}: '{Fields[field]}' is neither '{yes}' nor '{no}'");
        return Fields[field] == yes;
    }

    /// <summary>The name of a member of <typeparamref name="T"/>.</summary>
    public T Name<T>(int field)
        where T : struct, Enum
    {
        Assert.True(Enum.TryParse(Fields[field], out T value), $"{this}: '{Fields[field]}' is no {typeof(T).Name}");
        return value;
    }

    /// <summary>A granule: <c>4K</c>, <c>16K</c> or <c>64K</c>.</summary>
    public GranuleSize Granule(int field)
    {
        Assert.True(Enum.TryParse($"Size{Fields[field]}", out GranuleSize value), $"{this}: '{Fields[field]}' is no granule");
        return value;
    }

    /// <summary>A virtual address.</summary>
    public VirtualAddress Virtual(int field) => new(Number(field));

    /// <summary>A physical address.</summary>
    public PhysicalAddress Physical(int field) => new(Number(field));

    /// <summary>Where the case stands: file and line.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{File}:{Line}");
}
