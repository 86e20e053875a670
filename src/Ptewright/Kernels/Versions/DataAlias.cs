namespace Ptewright.Kernels.Versions;

/// <summary>What becomes of the image's data and bss in the linear map when the kernel has started. Linux: <c>mark_rodata_ro</c> in <c>arch/arm64/mm/mmu.c</c>.</summary>
internal enum DataAlias
{
    /// <summary>Nothing: they stay as the banks are.</summary>
    Writable,

    /// <summary>From <c>__init_end</c> to <c>__bss_stop</c> they become read-only.</summary>
    ReadOnly,

    /// <summary>The same part becomes invalid. Linux: <c>mark_linear_data_alias_valid</c>.</summary>
    Invalid,
}
