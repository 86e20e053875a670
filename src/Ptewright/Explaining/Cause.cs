namespace Ptewright.Explaining;

/// <summary>Something that may be behind a fault.</summary>
/// <param name="Kind">What.</param>
/// <param name="Likelihood">How sure that is.</param>
public sealed record Cause(CauseKind Kind, Likelihood Likelihood);
