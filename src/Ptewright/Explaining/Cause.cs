namespace Ptewright.Explaining;

/// <summary>How sure a cause is.</summary>
public enum Likelihood
{
    /// <summary>The values say it themselves.</summary>
    Certain,

    /// <summary>What it usually is.</summary>
    Likely,

    /// <summary>What it may be instead.</summary>
    Possible,
}

/// <summary>Something that may be behind a fault.</summary>
/// <param name="Kind">What.</param>
/// <param name="Likelihood">How sure that is.</param>
public readonly record struct Cause(CauseKind Kind, Likelihood Likelihood);
