using System.Text;
using Ptewright.Texts;

namespace Ptewright.Kernels.Configuration;

/// <summary>The format of a kernel's configuration file.</summary>
/// <remarks>
/// <c>CONFIG_NAME=value</c>, <c># CONFIG_NAME is not set</c>, comments and empty lines; a value is <c>y</c>, <c>m</c>, <c>n</c>, a number,
/// a hexadecimal number, or a string in quotes in which <c>\</c> keeps the next character. Linux: <c>scripts/kconfig/confdata.c</c>.
/// </remarks>
internal static class KernelConfigText
{
    /// <summary>The longest file that is read: 4 MiB. (A kernel of a distribution has 100 to 400 KB.)</summary>
    public const int MaxLength = 4 << 20;

    private const int MaxLines = 128 << 10;
    private const int MaxLineLength = 8192;
    private const int MaxNameLength = 200;
    private const string Prefix = "CONFIG_";
    private const string Unset = " is not set";
    private const string Example = "CONFIG_ARM64_4K_PAGES=y";

    public static KernelConfig Parse(ReadOnlySpan<char> text, string name)
    {
        Dictionary<string, string> options = new(StringComparer.Ordinal);
        LinuxVersion? version = null;
        LineReader lines = new(text, name, MaxLines, MaxLineLength);
        while (lines.TryRead(out ReadOnlySpan<char> line))
        {
            if (line.IsEmpty)
            {
                continue;
            }

            if (line[0] == '#')
            {
                ParseComment(line[1..].TrimStart(), lines, options, ref version);
            }
            else
            {
                ParseOption(line, lines, options);
            }
        }

        return options.Count == 0 ? throw TextFile.Error(name, $"it sets no options, as a kernel's configuration does with lines such as '{Example}'")
            : options.GetValueOrDefault("ARM64") == "y" ? new KernelConfig(name, version, options)
            : throw TextFile.Error(name, "it does not set CONFIG_ARM64, so it is not the configuration of an arm64 kernel");
    }

    // "CONFIG_X is not set" undoes what stands above it; the comment at the top names architecture and version.
    private static void ParseComment(ReadOnlySpan<char> comment, in LineReader lines, Dictionary<string, string> options, ref LinuxVersion? version)
    {
        const string System = "Linux/";
        const string Heading = " Kernel Configuration";
        if (comment.StartsWith(Prefix, StringComparison.Ordinal) && comment.EndsWith(Unset, StringComparison.Ordinal))
        {
            _ = options.Remove(comment[Prefix.Length..^Unset.Length].ToString());
        }
        else if (comment.StartsWith(System, StringComparison.Ordinal) && comment.EndsWith(Heading, StringComparison.Ordinal)
            && comment.Length > System.Length + Heading.Length)
        {
            ReadOnlySpan<char> title = comment[System.Length..^Heading.Length];
            int blank = title.IndexOf(' ');
            ReadOnlySpan<char> architecture = blank < 0 ? title : title[..blank];
            if (!architecture.SequenceEqual("arm64"))
            {
                throw lines.Error($"it is the configuration of a kernel for {TextFile.Quote(architecture)}, not for arm64");
            }

            if (blank >= 0 && LinuxVersion.TryParse(title[(blank + 1)..].Trim(), out LinuxVersion found))
            {
                version = found;
            }
        }
    }

    private static void ParseOption(ReadOnlySpan<char> line, in LineReader lines, Dictionary<string, string> options)
    {
        int equals = line.IndexOf('=');
        if (equals < 0 || !line.StartsWith(Prefix, StringComparison.Ordinal) || !IsName(line[Prefix.Length..equals]))
        {
            throw lines.Error($"{TextFile.Quote(line)} is not an option such as '{Example}'");
        }

        string option = line[Prefix.Length..equals].ToString();
        ReadOnlySpan<char> value = line[(equals + 1)..];
        if (value is "n")
        {
            _ = options.Remove(option);
        }
        else if (value.StartsWith('"'))
        {
            options[option] = TryUnquote(value, out string? unquoted)
                ? unquoted!
                : throw lines.Error($"the string that CONFIG_{option} is set to does not end with a quote");
        }
        else
        {
            options[option] = value is "y" or "m" || FileNumber.TryEither(value.StartsWith('-') ? value[1..] : value, out _)
                ? value.ToString()
                : throw lines.Error($"CONFIG_{option} is set to {TextFile.Quote(value)}, which is not y, m, n, a number or a string in quotes");
        }
    }

    private static bool IsName(ReadOnlySpan<char> name)
    {
        foreach (char character in name)
        {
            if (!char.IsAsciiLetterOrDigit(character) && character != '_')
            {
                return false;
            }
        }

        return name.Length is > 0 and <= MaxNameLength;
    }

    private static bool TryUnquote(ReadOnlySpan<char> value, out string? text)
    {
        StringBuilder unquoted = new(value.Length);
        text = null;
        for (int i = 1; i < value.Length; i++)
        {
            if (value[i] == '"')
            {
                text = unquoted.ToString();
                return i == value.Length - 1;
            }

            if (value[i] == '\\' && i + 1 < value.Length)
            {
                i++;
            }

            _ = unquoted.Append(value[i]);
        }

        return false;
    }
}
