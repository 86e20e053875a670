using System.Net.Sockets;

namespace Ptewright.Tests.Live;

/// <summary>Stands between a client and a Unix socket, counts what passes, and does something when a certain byte comes.</summary>
internal sealed class MeddlingProxy : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly string _target;
    private readonly Lock _lock = new();
    private readonly List<Socket> _sockets = [];
    private long _passed;
    private bool _isDisposed;

    /// <summary>Opens it.</summary>
    /// <param name="path">Where clients connect to.</param>
    /// <param name="target">Where they are led.</param>
    public MeddlingProxy(string path, string target)
    {
        Path = path;
        _target = target;
        _listener.Bind(new UnixDomainSocketEndPoint(path));
        _listener.Listen(16);
        _ = Task.Run(Accept);
    }

    /// <summary>Where clients connect to.</summary>
    public string Path { get; }

    /// <summary>How many bytes have passed, in both directions.</summary>
    public long Passed => Interlocked.Read(ref _passed);

    /// <summary>The number of the byte at which <see cref="Meddle"/> is done, once; that byte and what comes with it have not passed yet.</summary>
    public long Moment { get; set; } = long.MaxValue;

    /// <summary>What is done then.</summary>
    public Action Meddle { get; set; } = () => { };

    /// <summary>Ends all connections that there are, at once; new ones are let in.</summary>
    public void Reset()
    {
        lock (_lock)
        {
            foreach (Socket socket in _sockets)
            {
                socket.Dispose();
            }

            _sockets.Clear();
        }
    }

    public void Dispose()
    {
        _isDisposed = true;
        _listener.Dispose();
        Reset();
    }

    private void Accept()
    {
        while (!_isDisposed)
        {
            Socket client;
            try
            {
                client = _listener.Accept();
            }
            catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
            {
                return;
            }

            Socket server = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                server.Connect(new UnixDomainSocketEndPoint(_target));
            }
            catch (SocketException)
            {
                server.Dispose();
                client.Dispose();
                continue;
            }

            lock (_lock)
            {
                _sockets.AddRange([client, server]);
            }

            foreach ((Socket from, Socket to) in new[] { (client, server), (server, client) })
            {
                new Thread(() => Pass(from, to)) { IsBackground = true }.Start();
            }
        }
    }

    private void Pass(Socket from, Socket to)
    {
        byte[] buffer = new byte[1 << 14];
        try
        {
            int count;
            while ((count = from.Receive(buffer)) > 0)
            {
                long before = Interlocked.Add(ref _passed, count) - count;
                if (before <= Moment && before + count > Moment)
                {
                    Moment = long.MaxValue;
                    Meddle();
                }

                to.Send(buffer.AsSpan(0, count));
            }

            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            // One side hung up; the other one learns it.
            Close(from);
            Close(to);
        }
    }

    private static void Close(Socket socket)
    {
        try
        {
            socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            // So it is closed.
        }
    }
}
