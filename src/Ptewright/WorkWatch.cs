namespace Ptewright;

/// <summary>Who is told of a long computation, and who may end it.</summary>
/// <param name="Progress">Told how far it is; may be null.</param>
/// <param name="Stop">Ends it.</param>
internal readonly record struct WorkWatch(IProgress<WorkProgress>? Progress, CancellationToken Stop)
{
    /// <summary>Says what is done now, unless the work is to end.</summary>
    /// <exception cref="OperationCanceledException">It is to end.</exception>
    public void Report(string stage, long done = 0, long total = 0)
    {
        Stop.ThrowIfCancellationRequested();
        Progress?.Report(new WorkProgress(stage, done, total));
    }
}
