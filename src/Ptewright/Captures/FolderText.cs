using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Ptewright.Texts;

namespace Ptewright.Captures;

/// <summary>How the files of a table folder write what they say, and the sentences about what is wrong with it.</summary>
internal static class FolderText
{
    /// <summary>The longest description or plan that is read, in bytes.</summary>
    public const int MaxLength = 64 << 20;

    /// <summary>What a file's text holds.</summary>
    /// <exception cref="InvalidInputException">It is other JSON, or none.</exception>
    public static T Parse<T>(string file, string text, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(text, type) ?? throw TextFile.Error(file, "it holds nothing");
        }
        catch (JsonException problem)
        {
            string place = problem.Path is { Length: > 0 } found ? $" at {TextFile.Quote(found)}" : string.Empty;
            throw TextFile.Error(file, (int)(problem.LineNumber ?? 0) + 1, $"it is not the JSON of a table folder{place}");
        }
    }

    /// <summary>A number of 64 bits.</summary>
    public static string Of(ulong value) => string.Create(CultureInfo.InvariantCulture, $"0x{value:x}");

    /// <summary>A number of 64 bits that may be unknown.</summary>
    public static string? Of(ulong? value) => value is { } known ? Of(known) : null;

    /// <summary>A value by its name.</summary>
    public static string Of<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());

    /// <summary>Reads a number.</summary>
    /// <param name="file">The file, for the sentence.</param>
    /// <param name="what">What it is, for the sentence.</param>
    /// <param name="text">Its text; null when it is missing.</param>
    /// <exception cref="InvalidInputException">It is none.</exception>
    public static ulong Number(string file, string what, string? text) =>
        text is ['0', 'x', .. string digits] && ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong value)
            ? value
            : throw TextFile.Error(file, $"{what} is {TextFile.Quote(text ?? "missing")}, not a hexadecimal number with 0x");

    /// <summary>Reads a number that may be unknown.</summary>
    public static ulong? NumberOrNull(string file, string what, string? text) => text is null ? null : Number(file, what, text);

    /// <summary>Reads the name of a value.</summary>
    /// <param name="file">The file, for the sentence.</param>
    /// <param name="what">What it is, for the sentence.</param>
    /// <param name="name">The name; null when it is missing.</param>
    /// <exception cref="InvalidInputException">There is no such value.</exception>
    public static T Named<T>(string file, string what, string? name)
        where T : struct, Enum
    {
        T[] values = Enum.GetValues<T>();
        int index = Array.FindIndex(values, value => Of(value) == name);
        return index >= 0
            ? values[index]
            : throw TextFile.Error(file, $"{what} is {TextFile.Quote(name ?? "missing")}, which is none of {string.Join(", ", values.Select(Of))}");
    }
}
