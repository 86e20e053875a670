namespace Ptewright.Cli.Options;

/// <summary>The command line asks for something that does not exist or does not go together; the message is one sentence.</summary>
/// <param name="message">The sentence.</param>
internal sealed class UsageException(string message) : Exception(message);
