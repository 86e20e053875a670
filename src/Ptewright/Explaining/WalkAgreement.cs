namespace Ptewright.Explaining;

/// <summary>Whether the entries that were printed give the fault that was reported.</summary>
public enum WalkAgreement
{
    /// <summary>Entries or syndrome are missing.</summary>
    Unknown,

    /// <summary>They do, at the same level.</summary>
    Agrees,

    /// <summary>They allow the access.</summary>
    Allows,

    /// <summary>They give the same kind of fault at another level.</summary>
    OtherLevel,

    /// <summary>They give another kind of fault.</summary>
    OtherKind,

    /// <summary>The fault is none that entries decide about.</summary>
    NotAboutEntries,
}
