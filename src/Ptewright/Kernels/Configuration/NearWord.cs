namespace Ptewright.Kernels.Configuration;

/// <summary>Finds the word that somebody may have meant: one character too many, too few, another or two swapped, or another case.</summary>
internal static class NearWord
{
    /// <summary>The known word that is near, or null. A word that is known, <c>-</c> and <c>_</c> being the same, is near none.</summary>
    public static string? Find(ReadOnlySpan<char> word, ReadOnlySpan<string> known)
    {
        string written = word.ToString().Replace('-', '_');
        if (known.Contains(written))
        {
            return null;
        }

        string lower = written.ToLowerInvariant();
        foreach (string candidate in known)
        {
            if (IsNear(lower, candidate))
            {
                return candidate;
            }
        }

        return null;
    }

    private static bool IsNear(ReadOnlySpan<char> word, ReadOnlySpan<char> candidate)
    {
        int same = word.CommonPrefixLength(candidate);
        ReadOnlySpan<char> left = word[same..];
        ReadOnlySpan<char> right = candidate[same..];
        return (left.Length - right.Length) switch
        {
            0 => left.Length == 0 || left[1..].SequenceEqual(right[1..])
                || (left.Length > 1 && left[0] == right[1] && left[1] == right[0] && left[2..].SequenceEqual(right[2..])),
            1 => left[1..].SequenceEqual(right),
            -1 => left.SequenceEqual(right[1..]),
            _ => false,
        };
    }
}
