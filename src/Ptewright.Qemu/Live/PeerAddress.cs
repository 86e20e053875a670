using System.Net.Sockets;
using System.Text;

namespace Ptewright.Live;

/// <summary>Where a peer listens: a port of a computer, or a Unix socket.</summary>
/// <param name="Host">The computer; null for a Unix socket.</param>
/// <param name="Port">The port.</param>
/// <param name="Path">The Unix socket; null for a port.</param>
internal sealed record PeerAddress(string? Host, int Port, string? Path)
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(10);

    /// <summary>A port of a computer.</summary>
    public static PeerAddress OfPort(string host, int port) => new(host, port, null);

    /// <summary>A Unix socket.</summary>
    public static PeerAddress OfSocket(string path) => new(null, 0, path);

    /// <summary>As a person names it.</summary>
    public override string ToString() => Path ?? $"{(Host!.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{Port}";

    /// <summary>Connects.</summary>
    /// <param name="name">What errors call the peer.</param>
    /// <param name="advice">What to do where nobody answers, without a full stop.</param>
    /// <param name="patience">How long that may take.</param>
    /// <exception cref="InvalidInputException">Nobody answers there, or there can be no such place.</exception>
    public Socket Connect(string name, string advice, TimeSpan patience)
    {
        if (Path?.Length == 0 || Host?.Length == 0)
        {
            throw new InvalidInputException($"{name}: this names no place; {advice}.");
        }

        // The system makes the connection, when it gets to it; it does not wait for the peer.
        using CancellationTokenSource limit = new(patience);
        for (; ;)
        {
            Socket socket = NewSocket();
            try
            {
                Connect(socket, limit.Token);
                socket.Blocking = false;
                return socket;
            }
            catch (SocketException full) when (full.SocketErrorCode == SocketError.WouldBlock)
            {
                // A Unix socket with others waiting at it: one of them may be let in, and then there is room.
                socket.Dispose();
                if (limit.Token.WaitHandle.WaitOne(_pause))
                {
                    throw new InvalidInputException($"{name}: others are waiting there already, and none of them is let in.");
                }
            }
            catch (Exception problem) when (problem is SocketException or OperationCanceledException)
            {
                socket.Dispose();
                throw new InvalidInputException($"{name}: nobody answers there; {advice}.");
            }
            catch (ArgumentException)
            {
                socket.Dispose();
                throw new InvalidInputException(Path is null
                    ? $"{name}: there can be no computer of that name."
                    : $"{name}: that path has {Encoding.UTF8.GetByteCount(Path)} bytes, more than the system allows for a socket; reach it by a shorter one, such as a symbolic link to its folder.");
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
    }

    private Socket NewSocket()
    {
        if (Path is not null)
        {
            return new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        }

        // Packets are small and each waits for the one before: without NoDelay every answer takes 40 ms more.
        return new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    }

    private void Connect(Socket socket, CancellationToken stop)
    {
        ValueTask connecting = Path is not null ? socket.ConnectAsync(new UnixDomainSocketEndPoint(Path), stop) : socket.ConnectAsync(Host!, Port, stop);
        connecting.AsTask().GetAwaiter().GetResult();
    }
}
