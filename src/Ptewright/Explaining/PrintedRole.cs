namespace Ptewright.Explaining;

/// <summary>What an entry that a kernel printed is to the CPU.</summary>
public enum PrintedRole
{
    /// <summary>The CPU reads it on its walk.</summary>
    Walked,

    /// <summary>The level is folded, and the kernel prints the next one's entry twice.</summary>
    Repeated,

    /// <summary>The level is folded at run time (a kernel built for 52-bit addresses on a CPU without them), and the kernel prints another entry of the root, which has nothing to do with the
    /// address.</summary>
    Unrelated,
}
