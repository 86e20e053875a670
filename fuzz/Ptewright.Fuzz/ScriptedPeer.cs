using System.Net.Sockets;

namespace Ptewright.Fuzz;

/// <summary>The other end of a connection: it says all that it has to say at once, whatever is asked, and then no more.</summary>
internal sealed class ScriptedPeer
{
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private volatile byte[] _words = [];

    /// <summary>Listens.</summary>
    /// <param name="path">Its socket's name.</param>
    public ScriptedPeer(string path)
    {
        Path = path;
        _ = Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        _listener.Bind(new UnixDomainSocketEndPoint(path));
        _listener.Listen(4);
        new Thread(Serve) { IsBackground = true }.Start();
    }

    /// <summary>Its socket's name.</summary>
    public string Path { get; }

    /// <summary>Changes what it says.</summary>
    public void Say(byte[] words) => _words = words;

    // Whoever is left badly is connected to anew, while the first connection is still there.
    private void Serve()
    {
        for (; ;)
        {
            Socket client = _listener.Accept();
            byte[] words = _words;
            _ = ThreadPool.QueueUserWorkItem(_ => Answer(client, words));
        }
    }

    private static void Answer(Socket client, byte[] words)
    {
        using Socket open = client;
        byte[] heard = new byte[4096];
        try
        {
            _ = client.Send(words);
            client.Shutdown(SocketShutdown.Send);
            while (client.Receive(heard) > 0)
            {
            }
        }
        catch (SocketException)
        {
            // It hung up.
        }
    }
}
