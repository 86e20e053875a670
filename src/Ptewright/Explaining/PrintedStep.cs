using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Explaining;

/// <summary>One printed entry at its true level.</summary>
/// <param name="Name">The name that it is printed under.</param>
/// <param name="Level">The level, -1 to 3, at which the CPU reads it; null when it does not.</param>
/// <param name="Entry">The entry.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Role">What it is to the CPU.</param>
public sealed record PrintedStep(TableName Name, int? Level, Descriptor Entry, EntryKind Kind, PrintedRole Role);
