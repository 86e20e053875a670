using System.Buffers.Binary;
using Ptewright.Addressing;
using Ptewright.Kernels.Symbols;
using Ptewright.Translation;

namespace Ptewright.Discovery;

/// <summary>The header that a kernel's image begins with.</summary>
/// <param name="At">Where it lies.</param>
/// <param name="Size">How many bytes the image has, what is zeroed at the start included; 0 when it does not say.</param>
/// <param name="Granule">The granule, if it says which.</param>
/// <remarks>Linux: <c>Documentation/arch/arm64/booting.rst</c>.</remarks>
internal sealed record ImageHeader(PhysicalAddress At, ulong Size, GranuleSize? Granule)
{
    /// <summary>The bytes that it has.</summary>
    public const int Bytes = KernelFileKind.HeaderLength;

    /// <summary>No image is larger: the reach of relative addresses.</summary>
    public const ulong MostSize = 2UL << 30;

    /// <summary>Reads a header.</summary>
    /// <param name="at">Where it lies.</param>
    /// <param name="bytes">Its bytes.</param>
    /// <returns>Null when it is none.</returns>
    public static ImageHeader? Read(PhysicalAddress at, ReadOnlySpan<byte> bytes)
    {
        if (!KernelFileKind.IsImage(bytes))
        {
            return null;
        }

        ulong size = BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]);
        return size > MostSize ? null : new ImageHeader(at, size, KernelFileKind.GranuleOf(bytes));
    }
}
