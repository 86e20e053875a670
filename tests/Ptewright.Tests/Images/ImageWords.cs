using System.Runtime.InteropServices;
using Ptewright.Addressing;
using Ptewright.Images;

namespace Ptewright.Tests.Images;

/// <summary>Reads single entries of a source.</summary>
internal static class ImageWords
{
    /// <summary>An entry; null where the source does not have it.</summary>
    public static ulong? Word(this MemoryImage image, ulong address)
    {
        ulong word = 0;
        return image.TryRead(new PhysicalAddress(address), MemoryMarshal.AsBytes(new Span<ulong>(ref word))) ? word : null;
    }

    /// <summary>Whether a source has bytes behind one another.</summary>
    public static bool Has(this MemoryImage image, ulong address, int bytes) => image.TryRead(new PhysicalAddress(address), new byte[bytes]);
}
