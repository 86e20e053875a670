namespace Ptewright.Explaining;

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
