using Ptewright.Translation;

namespace Ptewright.Explaining;

/// <summary>One entry as a kernel prints it behind a fault: <c>pud=1000000449998003</c>.</summary>
/// <param name="Name">The table that it stands in, as Linux calls it.</param>
/// <param name="Entry">Its 64 bits.</param>
/// <remarks>Linux: <c>show_pte</c> in <c>arch/arm64/mm/fault.c</c>. At which level it stands <see cref="PrintedWalk"/> says.</remarks>
public readonly record struct PrintedEntry(TableName Name, Descriptor Entry);

/// <summary>Linux's names of tables; the value is the level that each has in a kernel with all five.</summary>
public enum TableName
{
    /// <summary>The root's.</summary>
    Pgd = -1,

    /// <summary>Level 0; kernels before 5.8 do not print it.</summary>
    P4d = 0,

    /// <summary>Level 1.</summary>
    Pud = 1,

    /// <summary>Level 2.</summary>
    Pmd = 2,

    /// <summary>Level 3.</summary>
    Pte = 3,
}
