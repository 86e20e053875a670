namespace Ptewright.Kernels.Versions;

/// <summary>What a kernel maps at its start besides the linear map, and when. Linux: <c>paging_init</c> in <c>arch/arm64/mm/mmu.c</c>.</summary>
internal enum StepOrder
{
    /// <summary>Nothing: the root is live, and the image was mapped in it before.</summary>
    LinearMapAlone,

    /// <summary>The image, then the linear map, in a root that is built aside and switched to at the end.</summary>
    ImageInNewRoot,
}
