namespace Ptewright.Cli.Options;

/// <summary>One of several things by its name.</summary>
internal static class Choice
{
    /// <summary>The one of that name.</summary>
    /// <exception cref="UsageException">There is none.</exception>
    public static T Named<T>(IEnumerable<T> all, Func<T, string> nameOf, string name, string what)
    {
        foreach (T known in all)
        {
            if (nameOf(known) == name)
            {
                return known;
            }
        }

        throw new UsageException($"There is no {what} '{name}'; there are {string.Join(", ", all.Select(nameOf))}.");
    }
}
