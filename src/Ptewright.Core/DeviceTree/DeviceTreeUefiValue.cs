namespace Ptewright.DeviceTree;

/// <summary>A value of <c>/chosen</c> with which the EFI stub tells the kernel where the EFI tables are.</summary>
/// <remarks>Linux: <c>drivers/firmware/efi/fdtparams.c: efi_get_fdt_params</c>.</remarks>
internal enum DeviceTreeUefiValue
{
    /// <summary><c>linux,uefi-system-table</c>: the physical address of the system table.</summary>
    SystemTable,

    /// <summary><c>linux,uefi-mmap-start</c>: the physical address of the memory map.</summary>
    MapStart,

    /// <summary><c>linux,uefi-mmap-size</c>: the size of the memory map in bytes.</summary>
    MapSize,

    /// <summary><c>linux,uefi-mmap-desc-size</c>: the size of one descriptor in bytes.</summary>
    DescriptorSize,

    /// <summary><c>linux,uefi-mmap-desc-ver</c>: the version of the descriptors.</summary>
    DescriptorVersion,
}
