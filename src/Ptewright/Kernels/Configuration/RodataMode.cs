namespace Ptewright.Kernels.Configuration;

/// <summary>What <c>rodata=</c> makes read-only. Linux: <c>rodata_enabled</c> and <c>rodata_full</c> of <c>arch/arm64/mm/pageattr.c</c>.</summary>
public enum RodataMode
{
    /// <summary>Nothing: <c>rodata=off</c>.</summary>
    Off,

    /// <summary>The kernel's code and constants: <c>rodata=on</c>, from Linux 6.18 on <c>rodata=noalias</c>. The linear map may have blocks.</summary>
    On,

    /// <summary>
    /// Also where the linear map shows read-only memory of vmalloc: <c>rodata=full</c>, from Linux 6.18 on <c>rodata=on</c>. The linear map
    /// then needs pages, or a CPU that can split blocks.
    /// </summary>
    Full,
}
