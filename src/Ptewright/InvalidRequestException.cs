namespace Ptewright;

/// <summary>What is asked for does not exist, does not go together or is too much, whatever the files say; the message is one sentence.</summary>
/// <param name="message">The sentence.</param>
public sealed class InvalidRequestException(string message) : InvalidInputException(message);
