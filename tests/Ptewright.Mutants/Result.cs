namespace Ptewright.Mutants;

/// <summary>What became of a mutant.</summary>
internal enum Outcome
{
    /// <summary>No test reaches it.</summary>
    Unreached,

    /// <summary>All tests that reach it passed.</summary>
    Survived,

    /// <summary>A test failed.</summary>
    Killed,

    /// <summary>The test program died, or took far more time of the CPU or memory than it may.</summary>
    Endless,
}

/// <summary>One mutant's fate.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Outcome">What became of it.</param>
/// <param name="Test">The test that failed.</param>
internal sealed record Result(int Id, Outcome Outcome, string? Test)
{
    /// <summary>Whether a test noticed it.</summary>
    public bool IsKilled => Outcome is Outcome.Killed or Outcome.Endless;
}
