using Ptewright.Addressing;
using Ptewright.Translation;

namespace Ptewright.Listing;

/// <summary>A line of a kernel's own listing of its tables.</summary>
/// <param name="Start">The first address.</param>
/// <param name="Size">How many bytes.</param>
/// <param name="Level">The level of the entries: 3 for pages; for a hole, of the entries that are empty.</param>
/// <param name="Bits">The bits of a descriptor that the line shows, with Linux's numbers for memory types; 0 for a hole.</param>
/// <param name="Line">The line, counted from 1.</param>
internal readonly record struct PtdumpRange(VirtualAddress Start, ulong Size, int Level, ulong Bits, int Line)
{
    /// <summary>The last address.</summary>
    public VirtualAddress Last => new(Start.Value + (Size - 1));

    /// <summary>Whether the CPU translates these addresses; an entry that is not valid may have attributes all the same.</summary>
    public bool IsMapped => (Bits & DescriptorBits.Valid) != 0;
}
