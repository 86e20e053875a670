using Ptewright.Addressing;

namespace Ptewright.Explaining;

/// <summary>Where a stack lies, as a stack overflow is reported.</summary>
/// <param name="Name">Which: <c>Task</c>, <c>IRQ</c>, <c>Overflow</c>.</param>
/// <param name="Start">Its lowest byte.</param>
/// <param name="End">The byte behind it.</param>
public sealed record StackRange(string Name, VirtualAddress Start, VirtualAddress End);
