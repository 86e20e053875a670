using Ptewright.Addressing;
using Ptewright.Walking;

namespace Ptewright.Findings;

/// <summary>Something that was found about tables, whoever found it: the scanner, the comparison with a prediction, the checks of ordering and races.</summary>
/// <param name="Rule">The rule that it breaks, in lower case with dots and hyphens: <c>table.loop</c>. It does not change from version to version.</param>
/// <param name="Severity">How bad it is.</param>
/// <param name="Sentence">What is wrong, in one sentence without its full stop.</param>
/// <param name="Source">What was looked at: a dump's name, a scenario.</param>
/// <param name="Address">The first virtual address that is affected; null when it is about none.</param>
public sealed record Finding(string Rule, FindingSeverity Severity, string Sentence, string Source, VirtualAddress? Address = null)
{
    /// <summary>The entries that lead there, from the root's on; none where it is not about an entry.</summary>
    public IReadOnlyList<WalkStep> Path { get; init; } = [];

    /// <summary>All of it in one line.</summary>
    public override string ToString()
    {
        string address = Address is { } known ? $"{known}: " : string.Empty;
        string path = Path.Count == 0 ? string.Empty : $" (by way of {string.Join(", ", Path.Select(step => $"level {step.Level} [{step.Index}] at {step.Address} = {step.Entry}"))})";
        return $"{address}{Sentence}{path}.";
    }

    /// <summary>A rule's name of a kind's: <c>MissingMemory</c> of <c>table</c> is <c>table.missing-memory</c>.</summary>
    /// <typeparam name="T">The kinds.</typeparam>
    /// <param name="family">What the rule is about.</param>
    /// <param name="kind">The kind.</param>
    public static string RuleOf<T>(string family, T kind)
        where T : struct, Enum =>
        $"{family}.{string.Concat(kind.ToString().Select((letter, at) => !char.IsAsciiLetterUpper(letter) ? $"{letter}" : at == 0 ? $"{char.ToLowerInvariant(letter)}" : $"-{char.ToLowerInvariant(letter)}"))}";
}
