using Ptewright.Images;

namespace Ptewright.Captures;

/// <summary>A form of sources of memory: recognise, open.</summary>
/// <param name="Wording">How they are named, for people.</param>
/// <param name="Recognises">Whether a name is one of theirs, or leads to such a file; errors of the file system are its caller's.</param>
/// <param name="Open">Opens the source of such a name.</param>
public sealed record SourceForm(string Wording, Func<string, bool> Recognises, Func<string, MemoryImage> Open);
