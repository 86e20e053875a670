namespace Ptewright;

/// <summary>How far a long computation has come.</summary>
/// <param name="Stage">What it does now, in words for people: "baseline", "hot add".</param>
/// <param name="Done">How much of it is done, in units of its own: builds, tables, states.</param>
/// <param name="Total">How much there is, in the same units; 0 while that is not known.</param>
/// <remarks>Reported on the thread that computes, seldom enough that a report may be drawn at once.</remarks>
public readonly record struct WorkProgress(string Stage, long Done = 0, long Total = 0);
