namespace Ptewright.Findings;

/// <summary>How bad a finding is.</summary>
public enum FindingSeverity
{
    /// <summary>Worth knowing; nothing is wrong.</summary>
    Note,

    /// <summary>It may be wrong.</summary>
    Warning,

    /// <summary>It is wrong.</summary>
    Error,
}
