namespace Ptewright.Running;

/// <summary>The boot image could not be run to its end.</summary>
/// <param name="message">What went wrong, one sentence.</param>
public class BootFailedException(string message) : Exception(ForeignText.Clean(message));
