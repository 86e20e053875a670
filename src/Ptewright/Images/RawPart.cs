using Ptewright.Addressing;

namespace Ptewright.Images;

/// <summary>Memory byte for byte in a file.</summary>
/// <param name="Path">The file.</param>
/// <param name="Start">The physical address of the first byte.</param>
/// <param name="Offset">Where in the file that is.</param>
/// <param name="Length">How many bytes; null for all up to the file's end.</param>
internal readonly record struct RawPart(string Path, PhysicalAddress Start, ulong Offset = 0, ulong? Length = null);
