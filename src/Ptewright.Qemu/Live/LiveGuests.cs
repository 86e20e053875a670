using Ptewright.Files;

namespace Ptewright.Live;

/// <summary>What this program holds of the world: guests that stand still for it, QEMUs that it started, temporary files.</summary>
public static class LiveGuests
{
    private static readonly Lock _lock = new();
    private static readonly List<string> _unanswered = [];

    /// <summary>Guests that were to be left as they had been, and did not say that they were, such as <c>gdb:localhost:1234</c>: they may stand still.</summary>
    public static IReadOnlyList<string> Unanswered
    {
        get
        {
            lock (_lock)
            {
                return [.. _unanswered];
            }
        }
    }

    /// <summary>Leaves everything as it was before this program came: guests go on, QEMUs end, temporary files go. For whoever ends the program, and only then.</summary>
    /// <remarks>
    /// The same is done when the program ends by <see cref="Environment.Exit(int)"/> or its last line. Other threads that still read a guest, or call this too, wait for the end of
    /// the program from here on.
    /// </remarks>
    public static void LeaveAll() => AtExit.DoAll();

    /// <summary>Adds a guest to <see cref="Unanswered"/>.</summary>
    internal static void AddUnanswered(string name)
    {
        lock (_lock)
        {
            _unanswered.Add(name);
        }
    }
}
