namespace Ptewright;

/// <summary>Something given from outside cannot be used; the message is one sentence that says what, where and why.</summary>
/// <param name="message">The sentence.</param>
public sealed class InvalidInputException(string message) : Exception(message);
