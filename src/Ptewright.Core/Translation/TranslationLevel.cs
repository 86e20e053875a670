namespace Ptewright.Translation;

/// <summary>A level of translation, numbered as in the Arm ARM (D8.2): -1 is only used by 52-bit addresses in 4K pages.</summary>
/// <remarks>Linux's names: PTE = 3, PMD = 2, PUD = 1, P4D = 0; PGD is the root, whichever level that is.</remarks>
public enum TranslationLevel
{
    /// <summary>Level -1: the root of five levels.</summary>
    LevelMinus1 = -1,

    /// <summary>Level 0: P4D, or the root of four levels.</summary>
    Level0 = 0,

    /// <summary>Level 1: PUD, or the root of three levels.</summary>
    Level1 = 1,

    /// <summary>Level 2: PMD, or the root of two levels.</summary>
    Level2 = 2,

    /// <summary>Level 3: PTE.</summary>
    Level3 = 3,
}
