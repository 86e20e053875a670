using Ptewright.Addressing;

namespace Ptewright.Firmware;

/// <summary>Where a kernel's image lies in physical memory, as far as the linear map depends on it.</summary>
/// <param name="Base">The first byte of the image; where only its code's is known (Linux 6.1's <c>/proc/iomem</c>), that.</param>
/// <param name="AliasStart">The first byte whose alias in the linear map becomes read-only: <c>_stext</c>, later <c>_text</c>.</param>
/// <param name="AliasEnd">The first byte behind those: <c>__init_begin</c>.</param>
/// <param name="End">The first byte behind the image, bss included: <c>_end</c>.</param>
/// <remarks>
/// Symbols say it, and so does <c>/proc/iomem</c> of the running kernel: <c>Kernel code</c> is from <paramref name="AliasStart"/> to <paramref name="AliasEnd"/>, and
/// <c>Kernel data</c> ends with <paramref name="End"/>. Linux: <c>request_standard_resources</c> in <c>arch/arm64/kernel/setup.c</c>, in 5.15, 6.1 and 6.12.
/// </remarks>
public sealed record ImagePlace(PhysicalAddress Base, PhysicalAddress AliasStart, PhysicalAddress AliasEnd, PhysicalAddress End)
{
    /// <summary>The alignment of the image in physical memory that every way of starting it keeps. Linux: <c>asm/efi.h: EFI_KIMG_ALIGN</c>.</summary>
    public const ulong Alignment = 64 << 10;
}
