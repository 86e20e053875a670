namespace Ptewright.Kernels.Planning;

/// <summary>How much of a kernel's start is planned.</summary>
public enum KernelScope
{
    /// <summary>The linear map: <c>map_mem</c>.</summary>
    MapMem,

    /// <summary>All of <c>paging_init</c>: with some kernels also the image's own mapping, the switch of roots and the identity map.</summary>
    PagingInit,
}
