using System.Numerics;
using Ptewright.Cpu;

namespace Ptewright.Checking;

/// <summary>One way in which two writers go wrong, with the shortest run that shows it.</summary>
/// <param name="Kind">What goes wrong.</param>
/// <param name="Slot">Through which slot, if it is about one.</param>
/// <param name="Interleavings">How many interleavings end in it.</param>
/// <param name="Message">What the last step of <paramref name="Steps"/> does wrong, in one sentence.</param>
/// <param name="Steps">The shortest of them, of those the one that changes writers least often; its last step is the wrong one.</param>
internal sealed record RaceFinding(RaceFaultKind Kind, TableSlot Slot, BigInteger Interleavings, string Message, IReadOnlyList<RaceStep> Steps);
