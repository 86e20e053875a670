namespace Ptewright.Files;

/// <summary>Something that has to be done when this program ends, whatever ends it: a signal, an error that nobody caught, or its own last line.</summary>
/// <remarks>
/// <para>The newest is done first, as if each had been disposed of. Disposed of in the ordinary way, a duty is not done any more.</para>
/// <para>While duties are done, other threads still run. One that would take on a new duty then waits for ever: what it wants to begin could not be ended.</para>
/// </remarks>
internal sealed class AtExit : IDisposable
{
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(60);
    private static readonly Lock _lock = new();
    private static readonly List<AtExit> _duties = [];
    private static readonly ManualResetEventSlim _allDone = new();
    private static bool _isSubscribed;
    private static int _endingThread;

    private readonly Action _duty;

    private AtExit(Action duty) => _duty = duty;

    /// <summary>Takes on a duty, before what makes it necessary is begun.</summary>
    /// <param name="duty">What is to be done. It ends soon, and may be done while other threads are where they are.</param>
    public static AtExit Do(Action duty)
    {
        AtExit added = new(duty);
        lock (_lock)
        {
            if (!_isSubscribed)
            {
                _isSubscribed = true;
                AppDomain.CurrentDomain.ProcessExit += (_, _) => DoOrAwait();
                AppDomain.CurrentDomain.UnhandledException += (_, _) => DoOrAwait();
            }

            if (_endingThread == 0)
            {
                _duties.Add(added);
                return added;
            }
        }

        WaitIfEnding();
        return added;
    }

    /// <summary>Does everything that is left to do. Whoever calls this ends the program.</summary>
    public static void DoAll()
    {
        lock (_lock)
        {
            if (_endingThread == 0)
            {
                _endingThread = Environment.CurrentManagedThreadId;
            }
        }

        WaitIfEnding();
        while (Newest() is { } duty)
        {
            try
            {
                duty._duty();
            }
            catch (Exception problem) when (problem is InvalidInputException or IOException or UnauthorizedAccessException or InvalidOperationException)
            {
                // There is nobody to be told, and others are still to be done.
            }
        }

        _allDone.Set();
    }

    /// <summary>For a thread that must not go on while another one ends the program: waits for that end.</summary>
    public static void WaitIfEnding()
    {
        int ending = Volatile.Read(ref _endingThread);
        if (ending != 0 && ending != Environment.CurrentManagedThreadId)
        {
            Thread.Sleep(Timeout.Infinite);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _ = _duties.Remove(this);
        }
    }

    // Two threads may end the program at once, and the runtime would wait for both: the second one must come back.
    private static void DoOrAwait()
    {
        int ending = Volatile.Read(ref _endingThread);
        if (ending == 0 || ending == Environment.CurrentManagedThreadId)
        {
            DoAll();
        }
        else
        {
            _ = _allDone.Wait(_longest);
        }
    }

    private static AtExit? Newest()
    {
        lock (_lock)
        {
            if (_duties.Count == 0)
            {
                return null;
            }

            AtExit newest = _duties[^1];
            _duties.RemoveAt(_duties.Count - 1);
            return newest;
        }
    }
}
