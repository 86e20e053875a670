using Ptewright.Addressing;
using Ptewright.Translation;

namespace Ptewright.Walking;

/// <summary>One leaf of a table tree: a page or block with what it maps.</summary>
/// <param name="Start">The first virtual address it translates.</param>
/// <param name="Size">Its size in bytes.</param>
/// <param name="Physical">Where it leads.</param>
/// <param name="Level">Its level, 1 to 3.</param>
/// <param name="Entry">The descriptor.</param>
internal readonly record struct Leaf(VirtualAddress Start, ulong Size, PhysicalAddress Physical, int Level, Descriptor Entry);
