using System.Globalization;
using Ptewright.Running;

namespace Ptewright.Counting;

/// <summary>QEMU does not load a plugin, because it was made for another version of its plugin interface.</summary>
/// <param name="message">What QEMU says, in a sentence.</param>
/// <param name="least">The lowest version that this QEMU takes.</param>
public sealed class PluginVersionException(string message, int least) : BootFailedException(message)
{
    private const string Mark = "supports only a minimum version of ";

    /// <summary>The lowest version that this QEMU takes.</summary>
    public int Least { get; } = least;

    /// <summary>Reads QEMU's refusal.</summary>
    /// <param name="line">A line of QEMU's messages, such as <c>plugin requires API version 1, but this QEMU supports only a minimum version of 2</c>.</param>
    /// <returns>Null when it is about something else.</returns>
    internal static PluginVersionException? Of(string line)
    {
        int at = line.IndexOf(Mark, StringComparison.Ordinal);
        return at >= 0 && int.TryParse(line.AsSpan(at + Mark.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int least)
            ? new PluginVersionException($"QEMU says: {line}", least)
            : null;
    }
}
