namespace Ptewright.Images;

/// <summary>Whether a source has some memory, and if not, why.</summary>
public enum MemoryPresence
{
    /// <summary>It is there.</summary>
    Present,

    /// <summary>The source knows of no such memory.</summary>
    Missing,

    /// <summary>The machine had it, but whoever made the source left it out, as makedumpfile leaves out pages of some kinds.</summary>
    Excluded,

    /// <summary>The source has it, but in a form that cannot be read: damaged, cut short, packed in a way that is not known.</summary>
    Lost,
}
