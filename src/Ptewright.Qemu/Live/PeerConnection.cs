using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Ptewright.Files;

namespace Ptewright.Live;

/// <summary>A connection to a peer that may be slow, silent or hostile: every wait has an end, and who ends this program has the last word.</summary>
/// <remarks>
/// One thread at a time has an exchange: it asks and reads the answer. Another one may end the program meanwhile: it <see cref="TakeOver"/>s, and from then on nobody else sends
/// anything, not even the rest of a message. Whoever was in an exchange then waits for the end of the program when the exchange is over.
/// </remarks>
internal sealed class PeerConnection : IDisposable
{
    /// <summary>How long a peer may take, when nobody says.</summary>
    public static readonly TimeSpan UsualPatience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan _leaving = TimeSpan.FromSeconds(5);

    private readonly PeerAddress _address;
    private readonly string _advice;

    // Held while something is sent, and while the connection is made.
    private readonly Lock _sending = new();
    private readonly Lock _exchange = new();
    private readonly byte[] _received = new byte[1 << 16];
    private Socket? _socket;
    private int _next;
    private int _end;
    private long _begun = Stopwatch.GetTimestamp();
    private TimeSpan _limit;
    private volatile int _owner;
    private volatile bool _isLost;

    /// <summary>A connection that is not made yet.</summary>
    /// <param name="address">Where the peer listens.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="advice">What to do where nobody answers, without a full stop.</param>
    /// <param name="patience">How long an answer may take.</param>
    public PeerConnection(PeerAddress address, string name, string advice, TimeSpan patience)
    {
        _address = address;
        _advice = advice;
        Name = name;
        Patience = patience;
        _limit = patience;
    }

    /// <summary>What errors call the peer.</summary>
    public string Name { get; }

    /// <summary>How long an answer may take.</summary>
    public TimeSpan Patience { get; }

    /// <summary>How long each step of leaving may take: a person waits for the end of the program.</summary>
    public TimeSpan LeavingPatience => Patience < _leaving ? Patience : _leaving;

    /// <summary>Whether there was a connection, and is none any more.</summary>
    public bool IsLost => _isLost;

    /// <summary>Whether there is, or was, a connection.</summary>
    public bool WasMade => _socket is not null;

    /// <summary>Makes the connection.</summary>
    /// <exception cref="InvalidInputException">Nobody answers there.</exception>
    public void Connect()
    {
        lock (_sending)
        {
            CheckOwner();

            // However little patience there is with answers: a busy computer may take its time to connect.
            _socket = _address.Connect(Name, _advice, Patience > UsualPatience ? Patience : UsualPatience);
        }
    }

    /// <summary>Begins an exchange; the patience with the peer begins here.</summary>
    public Exchange Begin()
    {
        _exchange.Enter();
        Restart(Patience);
        return new Exchange(this);
    }

    /// <summary>Begins an exchange, if that is possible soon.</summary>
    /// <param name="limit">How long another exchange may still take, and then this one.</param>
    /// <param name="exchange">The exchange.</param>
    public bool TryBegin(TimeSpan limit, out Exchange exchange)
    {
        if (!_exchange.TryEnter(limit))
        {
            exchange = default;
            return false;
        }

        Restart(limit);
        exchange = new Exchange(this);
        return true;
    }

    /// <summary>Makes this thread the only one that can still send.</summary>
    public void TakeOver() => _owner = Environment.CurrentManagedThreadId;

    /// <summary>Sends bytes.</summary>
    /// <exception cref="InvalidInputException">The peer takes none, or the connection is lost.</exception>
    public void Send(ReadOnlySpan<byte> bytes)
    {
        lock (_sending)
        {
            CheckOwner();
            SendAll(bytes);
        }
    }

    /// <summary>Sends bytes that nobody else sends anything after, outside any exchange.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="limit">How long that may take.</param>
    /// <returns>False when they could not be sent.</returns>
    public bool TrySendLast(ReadOnlySpan<byte> bytes, TimeSpan limit)
    {
        if (!_sending.TryEnter(limit))
        {
            return false;
        }

        try
        {
            SendAll(bytes);
            return true;
        }
        catch (InvalidInputException)
        {
            return false;
        }
        finally
        {
            _sending.Exit();
        }
    }

    /// <summary>Says that nothing more will be sent.</summary>
    public void EndSending()
    {
        try
        {
            _socket?.Shutdown(SocketShutdown.Send);
        }
        catch (Exception problem) when (problem is SocketException or ObjectDisposedException)
        {
            _isLost = true;
        }
    }

    /// <summary>The next byte of the peer.</summary>
    /// <exception cref="InvalidInputException">It says nothing, or the connection is lost.</exception>
    public byte ReadByte()
    {
        while (_next == _end)
        {
            Fill();
        }

        return _received[_next++];
    }

    /// <summary>The exception about this peer.</summary>
    /// <param name="reason">What is wrong, without a full stop.</param>
    public InvalidInputException Broken(string reason) => new($"{Name}: {reason}.");

    /// <inheritdoc/>
    public void Dispose() => _socket?.Dispose();

    private void Restart(TimeSpan limit)
    {
        _limit = limit;
        _begun = Stopwatch.GetTimestamp();
    }

    private void Fill()
    {
        _next = 0;
        _end = 0;
        try
        {
            // A peer that says something now and then, but no answer, is as good as silent.
            TimeSpan left = _limit - Stopwatch.GetElapsedTime(_begun);
            if (left <= TimeSpan.Zero || !Socket().Poll(left, SelectMode.SelectRead))
            {
                throw Broken(string.Create(CultureInfo.InvariantCulture, $"it does not answer within {_limit.TotalSeconds:0.###} seconds; QEMU serves one client at a time"));
            }

            _end = Socket().Receive(_received, SocketFlags.None, out SocketError error);
            if (IsNothing(error))
            {
                _end = 0;
                return;
            }
        }
        catch (Exception problem) when (problem is SocketException or ObjectDisposedException)
        {
            _isLost = true;
            throw Broken("the connection is lost");
        }

        if (_end == 0)
        {
            _isLost = true;
            throw Broken("it closed the connection");
        }
    }

    private void SendAll(ReadOnlySpan<byte> bytes)
    {
        long begun = Stopwatch.GetTimestamp();
        try
        {
            while (bytes.Length > 0)
            {
                TimeSpan left = Patience - Stopwatch.GetElapsedTime(begun);
                if (left <= TimeSpan.Zero || !Socket().Poll(left, SelectMode.SelectWrite))
                {
                    throw Broken("it does not take what is sent to it");
                }

                int sent = Socket().Send(bytes, SocketFlags.None, out SocketError error);
                bytes = bytes[(IsNothing(error) ? 0 : sent)..];
            }
        }
        catch (Exception problem) when (problem is SocketException or ObjectDisposedException)
        {
            _isLost = true;
            throw Broken("the connection is lost");
        }
    }

    // Whether nothing happened after all, although the system had said that it would.
    private static bool IsNothing(SocketError error) => error switch
    {
        SocketError.Success => false,
        SocketError.WouldBlock or SocketError.Interrupted => true,
        _ => throw new SocketException((int)error),
    };

    private Socket Socket() => _socket ?? throw Broken("there is no connection");

    private void CheckOwner()
    {
        if (_owner != 0 && _owner != Environment.CurrentManagedThreadId)
        {
            throw Broken("the connection is being closed");
        }
    }

    /// <summary>A question and its answer.</summary>
    /// <param name="peer">Who is asked.</param>
    public readonly ref struct Exchange(PeerConnection peer)
    {
        /// <summary>Ends the exchange.</summary>
        public void Dispose()
        {
            peer._exchange.Exit();

            // Whoever leaves the guest is waited for, and must not wait.
            if (peer._owner != Environment.CurrentManagedThreadId)
            {
                AtExit.WaitIfEnding();
            }
        }
    }
}
