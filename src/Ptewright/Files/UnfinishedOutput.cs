namespace Ptewright.Files;

/// <summary>What is being written, under a name of its own beside the place that it is for, until it is whole.</summary>
/// <remarks>It goes when it is not put in place: on an error, and when the program ends early (a signal included). Only what ends a program without asking it, SIGKILL, leaves it.</remarks>
internal sealed class UnfinishedOutput : IDisposable
{
    private static readonly Lock _ends = new();
    private static bool _hasEnded;
    private readonly Action<string> _delete;
    private bool _isDone;

    private UnfinishedOutput(string folder, Action<string> delete)
    {
        _delete = delete;

        // Nobody can know the name beforehand, and whatever creates it insists on being the first.
        Path = System.IO.Path.Combine(folder, $".ptewright-{System.IO.Path.GetRandomFileName()}.part");
    }

    /// <summary>Where it is written.</summary>
    public string Path { get; }

    /// <summary>Begins a file or folder.</summary>
    /// <param name="folder">Where it will lie.</param>
    /// <param name="create">Creates it; fails when something of that name is there already.</param>
    /// <param name="delete">Deletes it, if it is there.</param>
    public static UnfinishedOutput Begin(string folder, Action<string> create, Action<string> delete)
    {
        UnfinishedOutput output = new(folder, delete);
        lock (_ends)
        {
            if (_hasEnded)
            {
                throw new IOException("The program is ending, so nothing new is written.");
            }

            AppDomain.CurrentDomain.ProcessExit += output.OnExit;
            try
            {
                create(output.Path);
            }
            catch
            {
                output.Forget();
                throw;
            }
        }

        return output;
    }

    /// <summary>Writes what is in it.</summary>
    /// <param name="write">Writes it, at <see cref="Path"/>.</param>
    /// <exception cref="IOException">It cannot be written, or may not become so large.</exception>
    public static void Fill(Action write)
    {
        try
        {
            write();
        }
        catch (ArgumentOutOfRangeException problem) when (problem.StackTrace?.Contains("System.IO.RandomAccess", StringComparison.Ordinal) == true)
        {
            // How .NET reports EFBIG.
            throw new IOException("File too large: the file system or a limit ('ulimit -f') allows no file of that size.", problem);
        }
    }

    /// <summary>Puts it in place.</summary>
    /// <param name="move">Renames it, all at once.</param>
    public void Finish(Action<string> move)
    {
        // A program that ends meanwhile waits for this, or this comes too late and does nothing.
        lock (_ends)
        {
            if (!_isDone)
            {
                move(Path);
                Forget();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_ends)
        {
            if (!_isDone)
            {
                Forget();
                _delete(Path);
            }
        }
    }

    private void Forget()
    {
        _isDone = true;
        AppDomain.CurrentDomain.ProcessExit -= OnExit;
    }

    private void OnExit(object? sender, EventArgs e)
    {
        lock (_ends)
        {
            _hasEnded = true;
            try
            {
                Dispose();
            }
            catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
            {
                // The program ends; nobody is left to hear that a file could not be deleted.
            }
        }
    }
}
