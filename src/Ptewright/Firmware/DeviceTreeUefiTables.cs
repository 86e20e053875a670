using Ptewright.Addressing;

namespace Ptewright.Firmware;

/// <summary>Where EFI left its tables, as its stub in the kernel wrote it into the device tree.</summary>
/// <param name="SystemTable">The system table.</param>
/// <param name="MapStart">The memory map.</param>
/// <param name="MapSize">Its size in bytes.</param>
/// <param name="DescriptorSize">The size of one descriptor in bytes.</param>
/// <param name="DescriptorVersion">The version of the descriptors.</param>
/// <remarks>Linux: <c>drivers/firmware/efi/fdtparams.c: efi_get_fdt_params</c>.</remarks>
internal sealed record DeviceTreeUefiTables(
    PhysicalAddress SystemTable, PhysicalAddress MapStart, ulong MapSize, ulong DescriptorSize, ulong DescriptorVersion);
