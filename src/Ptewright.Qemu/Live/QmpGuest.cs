using Ptewright.Files;
using Ptewright.Running;

namespace Ptewright.Live;

/// <summary>A guest behind QEMU's machine protocol, from before the connection is made until the guest is as it was before.</summary>
/// <remarks>Connecting changes nothing. What is changed later (the guest stops, a gdbstub opens) is noted before it is asked for, and undone whatever the answer was.</remarks>
internal sealed class QmpGuest : IDisposable
{
    private const string LastId = "ptewright-last";
    private readonly PeerAddress _address;
    private readonly QmpConnection _connection;
    private readonly AtExit _atExit;
    private readonly Lock _leaving = new();
    private volatile bool _isStopped;
    private volatile bool _hasStub;
    private bool _isLeft;

    private QmpGuest(PeerAddress address, TimeSpan patience)
    {
        _address = address;
        _connection = new QmpConnection(_address, patience);
        _atExit = AtExit.Do(Leave);
    }

    /// <summary>What errors call the guest.</summary>
    public string Name => _connection.Peer.Name;

    /// <summary>How long an answer may take.</summary>
    public TimeSpan Patience => _connection.Peer.Patience;

    /// <summary>The connection, for what changes nothing.</summary>
    public QmpConnection Connection => _connection;

    /// <summary>Connects.</summary>
    /// <param name="address">Where QEMU listens.</param>
    /// <param name="patience">How long an answer may take.</param>
    /// <exception cref="InvalidInputException">Nobody answers there, or no QEMU.</exception>
    public static QmpGuest Attach(PeerAddress address, TimeSpan? patience = null)
    {
        QmpGuest guest = new(address, patience ?? PeerConnection.UsualPatience);
        try
        {
            guest._connection.Open();
            return guest;
        }
        catch
        {
            guest.Dispose();
            throw;
        }
    }

    /// <summary>Stops the guest, if it runs.</summary>
    /// <exception cref="InvalidInputException">QEMU does not answer, or refuses.</exception>
    public void Stop()
    {
        const string question = "query-status";
        if (_connection.Truth(QmpConnection.Member(_connection.Ask(question), "running"), question))
        {
            _isStopped = true;
            _ = _connection.Ask("stop");
        }
    }

    /// <summary>Has QEMU open a gdbstub, which it closes when the guest is left.</summary>
    /// <param name="socket">The stub's socket.</param>
    /// <returns>What QEMU says to that.</returns>
    /// <exception cref="InvalidInputException">QEMU does not answer.</exception>
    public string OpenStub(string socket)
    {
        // Two readers, one inside the other: the monitor's words, and QEMU's options.
        string words = $"unix:{QemuOption.Value(socket)},server=on,wait=off".Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
        _hasStub = true;
        return _connection.AskMonitor($"gdbserver \"{words}\"");
    }

    /// <summary>Leaves the guest as it was before.</summary>
    public void Dispose()
    {
        Leave();
        _atExit.Dispose();
    }

    private byte[] LastWords() =>
    [
        .. _hasStub ? QmpConnection.Frame(_isStopped ? "ptewright-stub" : LastId, "human-monitor-command", ("command-line", "gdbserver none")) : [],
        .. _isStopped ? QmpConnection.Frame(LastId, "cont") : [],
    ];

    private void Leave()
    {
        lock (_leaving)
        {
            if (_isLeft)
            {
                return;
            }

            _isLeft = true;
            _connection.Peer.TakeOver();
            byte[] words = LastWords();
            if (words.Length > 0 && !SayLast(_connection, words) && !(_connection.Peer.IsLost && SayAnew(words)))
            {
                LiveGuests.AddUnanswered(Name);
            }

            _connection.Dispose();
        }
    }

    // QEMU forgets what it has not begun when a connection ends, so its answer is waited for.
    private static bool SayLast(QmpConnection connection, byte[] words)
    {
        TimeSpan limit = connection.Peer.LeavingPatience;
        if (!connection.Peer.TrySendLast(words, limit) || !connection.Peer.TryBegin(limit, out PeerConnection.Exchange exchange))
        {
            return false;
        }

        using (exchange)
        {
            try
            {
                connection.Await(LastId);
                return true;
            }
            catch (InvalidInputException)
            {
                return false;
            }
        }
    }

    // Where nobody listens any more, there is no guest.
    private bool SayAnew(byte[] words)
    {
        using QmpConnection anew = new(_address, _connection.Peer.LeavingPatience);
        anew.Peer.TakeOver();
        try
        {
            anew.Open();
        }
        catch (InvalidInputException)
        {
            return !anew.Peer.WasMade;
        }

        return SayLast(anew, words);
    }
}
