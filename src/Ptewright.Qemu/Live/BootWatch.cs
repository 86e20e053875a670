using Ptewright.Running;

namespace Ptewright.Live;

/// <summary>Reads a kernel's console until it panics for lack of a root file system or of a first program, which is when its tables are as they stay.</summary>
internal sealed class BootWatch
{
    private const string Panic = "Kernel panic";
    private const string WithoutReason = Panic + " - not syncing:";

    // Without a block layer there is no file system to look for; with an archive of its own a kernel may have a first program that ends.
    private static readonly string[] _reasons = ["Unable to mount root fs", "No working init found", "Requested init ", "Attempted to kill init!"];

    private string _panic = string.Empty;

    /// <summary>Whether that has come with this line.</summary>
    /// <param name="line">The next line of the console.</param>
    /// <exception cref="BootFailedException">It panicked for another reason.</exception>
    public bool IsUp(string line)
    {
        if (Array.Exists(_reasons, reason => line.Contains(reason, StringComparison.Ordinal)))
        {
            return true;
        }

        // Debian's 5.10 with PREEMPT_RT writes the reason as a line of its own.
        if (_panic.Length == 0 && line.TrimEnd().EndsWith(WithoutReason, StringComparison.Ordinal))
        {
            _panic = $"{line.TrimEnd()} ";
        }
        else if (_panic.Length > 0 || line.Contains(Panic, StringComparison.Ordinal))
        {
            throw new BootFailedException($"The kernel stopped too early: {QemuProcess.OneLine(_panic + line)}");
        }

        return false;
    }
}
