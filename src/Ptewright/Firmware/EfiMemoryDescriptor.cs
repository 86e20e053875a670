using Ptewright.Addressing;

namespace Ptewright.Firmware;

/// <summary>An entry of the UEFI memory map.</summary>
public sealed record EfiMemoryDescriptor
{
    private const EfiMemoryAttributes Cacheable = EfiMemoryAttributes.WriteBack | EfiMemoryAttributes.WriteThrough | EfiMemoryAttributes.WriteCombining;

    /// <summary>What it is used for.</summary>
    public required EfiMemoryType Type { get; init; }

    /// <summary>How it can be mapped.</summary>
    public required EfiMemoryAttributes Attributes { get; init; }

    /// <summary>The first byte, a multiple of 4 KiB.</summary>
    public required PhysicalAddress Start { get; init; }

    /// <summary>The length in bytes, a multiple of 4 KiB; 0 for an empty entry.</summary>
    public required ulong Size { get; init; }

    /// <summary>The line of the file, counted from 1.</summary>
    public required int Line { get; init; }

    /// <summary>The first byte behind it, wrapping at 2^64.</summary>
    public PhysicalAddress End => Start + Size;

    /// <summary>Whether the kernel takes it for memory at all. Linux: <c>drivers/firmware/efi/efi-init.c: is_memory</c>.</summary>
    public bool IsMemory => (Attributes & Cacheable) != 0;

    /// <summary>Whether the kernel maps it once boot services have ended; other memory is no-map. Linux: <c>efi-init.c: is_usable_memory</c>.</summary>
    public bool IsUsable =>
        (Attributes & EfiMemoryAttributes.WriteBack) != 0
        && Type is EfiMemoryType.LoaderCode or EfiMemoryType.LoaderData or EfiMemoryType.BootServicesCode or EfiMemoryType.BootServicesData
            or EfiMemoryType.Conventional or EfiMemoryType.AcpiReclaim or EfiMemoryType.Persistent;
}
