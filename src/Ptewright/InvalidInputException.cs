namespace Ptewright;

/// <summary>Something given from outside cannot be used; the message is one sentence that says what, where and why.</summary>
/// <param name="message">The sentence. What it repeats of somebody else's text can do nothing to a terminal: <see cref="ForeignText.Clean"/>.</param>
public class InvalidInputException(string message) : Exception(ForeignText.Clean(message));
