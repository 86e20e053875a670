namespace Ptewright.Kernels.Versions;

/// <summary>In which order a kernel maps memory, the image's alias and KFENCE's pool. Linux: <c>map_mem</c> in <c>arch/arm64/mm/mmu.c</c>.</summary>
internal enum MapMemOrder
{
    /// <summary>The banks, with holes for the alias of code and constants and for the pool; then these two. The alias has blocks but no runs, and no tags.</summary>
    BanksFirst,

    /// <summary>The pool, the alias of code and constants, that of data and bss; then the banks over all of them, where what is mapped in smaller pieces stays. All with the banks' bits.</summary>
    ImageFirst,
}
