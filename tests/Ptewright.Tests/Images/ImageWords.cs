using System.Runtime.InteropServices;
using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.Walking;

namespace Ptewright.Tests.Images;

/// <summary>Reads single entries of a source, and translates single addresses.</summary>
internal static class ImageWords
{
    /// <summary>An entry; null where the source does not have it.</summary>
    public static ulong? Word(this MemoryImage image, ulong address)
    {
        ulong word = 0;
        return image.TryRead(new PhysicalAddress(address), MemoryMarshal.AsBytes(new Span<ulong>(ref word))) ? word : null;
    }

    /// <summary>Translates one address.</summary>
    public static WalkResult WalkOnce(this MemoryImage image, TranslationRoot root, VirtualAddress address) => image.WalkOnce(root, address, new WalkStep[TableWalker.MostSteps], out _);

    /// <summary>Translates one address, and says each entry on the way.</summary>
    public static WalkResult WalkOnce(this MemoryImage image, TranslationRoot root, VirtualAddress address, Span<WalkStep> steps, out int count)
    {
        using TableWalker walker = new(image, root);
        return walker.Walk(address, steps, out count);
    }

    /// <summary>Whether a source has bytes behind one another.</summary>
    public static bool Has(this MemoryImage image, ulong address, int bytes) => image.TryRead(new PhysicalAddress(address), new byte[bytes]);
}
