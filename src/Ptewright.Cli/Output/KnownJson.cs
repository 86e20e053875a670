using System.Globalization;
using Ptewright.Discovery;

namespace Ptewright.Cli.Output;

/// <summary>A statement.</summary>
/// <param name="Value">What is said: numbers of bits and bytes in decimal, addresses and distances in hexadecimal.</param>
/// <param name="By">How it is known.</param>
/// <param name="Evidence">The same in words.</param>
internal sealed record KnownJson(string Value, string By, string Evidence)
{
    /// <summary>A statement in JSON.</summary>
    public static KnownJson? Of<T>(Known<T>? known, Func<T, string>? text = null) =>
        known is null ? null : new(text?.Invoke(known.Value) ?? string.Create(CultureInfo.InvariantCulture, $"{known.Value}"), CliJson.NameOf(known.By), known.Evidence);
}
