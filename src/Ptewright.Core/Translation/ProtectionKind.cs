namespace Ptewright.Translation;

/// <summary>The protections that the kernel names in <c>asm/pgtable-prot.h</c> and gives to its own memory.</summary>
public enum ProtectionKind
{
    /// <summary><c>PAGE_KERNEL</c>: read-write, never executable, Normal memory. Also the fixmap's table windows (<c>FIXMAP_PAGE_NORMAL</c>).</summary>
    Kernel,

    /// <summary><c>pgprot_tagged(PAGE_KERNEL)</c>: the linear map, on CPUs with and without MTE.</summary>
    KernelTagged,

    /// <summary><c>PAGE_KERNEL_RO</c>: read-only, never executable.</summary>
    KernelReadOnly,

    /// <summary><c>PAGE_KERNEL_ROX</c>: read-only, executable at EL1.</summary>
    KernelReadOnlyExecutable,

    /// <summary><c>PAGE_KERNEL_EXEC</c>: read-write and executable at EL1 (only while the kernel relocates itself).</summary>
    KernelExecutable,

    /// <summary><c>PROT_NORMAL_NC</c>: Normal non-cacheable.</summary>
    NonCacheable,

    /// <summary><c>PROT_DEVICE_nGnRnE</c>.</summary>
    DeviceNGnRnE,

    /// <summary><c>PROT_DEVICE_nGnRE</c>, also <c>FIXMAP_PAGE_IO</c>.</summary>
    DeviceNGnRE,
}
