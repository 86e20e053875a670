using Ptewright.Addressing;

namespace Ptewright.Captures;

/// <summary>Table pages that lie behind one another, in memory and in a file.</summary>
/// <param name="Address">Where the first one lies in memory.</param>
/// <param name="Offset">Where it lies in the file, in bytes.</param>
/// <param name="Pages">How many there are.</param>
public readonly record struct TableRun(PhysicalAddress Address, ulong Offset, int Pages);
