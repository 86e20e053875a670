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
