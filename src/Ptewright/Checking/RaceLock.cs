namespace Ptewright.Checking;

/// <summary>The locks of a running kernel that late writers of the linear map take.</summary>
internal enum RaceLock
{
    /// <summary>Over the fixmap slots of PTE, PMD and PUD tables; where it is taken is the profile's (<see cref="Kernels.Versions.FixmapLock"/>).
    /// Linux: <c>fixmap_lock</c>, a mutex.</summary>
    Fixmap,

    /// <summary>Over the PGD slot, from before it is mapped until it is unmapped; every profile has it.
    /// Linux: <c>swapper_pgdir_lock</c> in <c>set_swapper_pgd</c>, a spinlock.</summary>
    Root,
}
