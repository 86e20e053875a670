using Ptewright.Images;

namespace Ptewright.Captures;

/// <summary>A form of sources of memory that <see cref="MemorySource"/> does not know of itself: those that are no files.</summary>
/// <param name="Wording">How they are named, for people.</param>
/// <param name="Recognises">Whether a name is one of theirs.</param>
/// <param name="Open">Opens the source of such a name.</param>
public sealed record SourceForm(string Wording, Func<string, bool> Recognises, Func<string, MemoryImage> Open);
