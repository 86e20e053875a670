namespace Ptewright.Cpu;

/// <summary>The fixmap slots through which table pages are reached, one a level. Linux: <c>FIX_PTE</c> … <c>FIX_PGD</c> in <c>asm/fixmap.h</c>.</summary>
public enum TableSlot
{
    /// <summary>Not through a slot: a static table, a folded one, or a direct mapping.</summary>
    None,

    /// <summary><c>FIX_PTE</c>: tables of level 3, and, where tables are zeroed on allocation, a table of any level.</summary>
    Pte,

    /// <summary><c>FIX_PMD</c>: tables of level 2.</summary>
    Pmd,

    /// <summary><c>FIX_PUD</c>: tables of level 1.</summary>
    Pud,

    /// <summary><c>FIX_P4D</c>: tables of level 0 (five levels only).</summary>
    P4d,

    /// <summary><c>FIX_PGD</c>: the root, once it is read-only.</summary>
    Pgd,
}
