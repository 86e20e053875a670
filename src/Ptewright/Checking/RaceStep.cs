namespace Ptewright.Checking;

/// <summary>One step of an interleaving.</summary>
/// <param name="Writer">Who makes it.</param>
/// <param name="Operation">What is done.</param>
/// <param name="After">What the writer does right behind it that the other one cannot tell apart from it: barriers, invalidations, allocations.</param>
internal sealed record RaceStep(RaceWriter Writer, RaceOperation Operation, IReadOnlyList<RaceOperation> After);
