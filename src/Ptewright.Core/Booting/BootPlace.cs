using Ptewright.Addressing;

namespace Ptewright.Booting;

/// <summary>Where the boot image lies and runs, and where its two parts meet.</summary>
internal readonly struct BootPlace
{
    /// <summary>Makes a place.</summary>
    /// <param name="start">The first byte.</param>
    /// <param name="codeEnd">The first byte behind code and constants.</param>
    /// <param name="end">The first byte behind the image, its zeroed part included.</param>
    /// <param name="virtual">Where the first byte runs.</param>
    public BootPlace(PhysicalAddress start, PhysicalAddress codeEnd, PhysicalAddress end, VirtualAddress @virtual)
    {
        Start = start;
        CodeEnd = codeEnd;
        End = end;
        Virtual = @virtual;
    }

    /// <summary>The first byte, a multiple of 2 MiB.</summary>
    public PhysicalAddress Start { get; }

    /// <summary>The first byte behind code and constants, which are one part that nobody writes; a multiple of 64 KiB.</summary>
    public PhysicalAddress CodeEnd { get; }

    /// <summary>The first byte behind the image, a multiple of 2 MiB.</summary>
    public PhysicalAddress End { get; }

    /// <summary>Where the first byte runs.</summary>
    public VirtualAddress Virtual { get; }
}
