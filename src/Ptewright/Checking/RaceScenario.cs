namespace Ptewright.Checking;

/// <summary>Two tasks at once, over tables that stand.</summary>
/// <param name="Name">Which tables are missing, and whether both writers need the same ones: "A and B under the same empty PGD entry".</param>
/// <param name="A">The task of writer A.</param>
/// <param name="B">The task of writer B.</param>
internal sealed record RaceScenario(string Name, RaceTask A, RaceTask B)
{
    /// <summary>The task of a writer.</summary>
    public RaceTask this[RaceWriter writer] => writer == RaceWriter.A ? A : B;
}
