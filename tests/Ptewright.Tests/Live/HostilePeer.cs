using System.Net;
using System.Net.Sockets;
using Ptewright.Live;

namespace Ptewright.Tests.Live;

/// <summary>A peer of the test's making: lets one client in, behaves as it is told, and hangs up. Nobody else is let in, unless more behaviours follow.</summary>
internal sealed class HostilePeer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Task _served;

    public HostilePeer(params Action<NetworkStream>[] behaviours)
    {
        _listener.Start();
        Address = PeerAddress.OfPort("127.0.0.1", ((IPEndPoint)_listener.LocalEndpoint).Port);
        _served = Task.Run(() =>
        {
            for (int i = 0; i < behaviours.Length; i++)
            {
                Serve(behaviours[i], isLast: i == behaviours.Length - 1);
            }
        });
    }

    public PeerAddress Address { get; }

    /// <summary>Reads until the other side says that it is done.</summary>
    public static byte[] ReadAll(NetworkStream stream)
    {
        using MemoryStream all = new();
        stream.CopyTo(all);
        return all.ToArray();
    }

    public void Dispose()
    {
        _listener.Dispose();
        Assert.True(_served.Wait(TimeSpan.FromSeconds(60)));
    }

    private void Serve(Action<NetworkStream> behaviour, bool isLast)
    {
        try
        {
            using TcpClient client = _listener.AcceptTcpClient();
            if (isLast)
            {
                _listener.Stop();
            }

            using NetworkStream stream = client.GetStream();
            behaviour(stream);

            // What was sent has to arrive before the end does.
            client.Client.Shutdown(SocketShutdown.Send);
            _ = ReadAll(stream);
        }
        catch (Exception gone) when (gone is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // The other side hung up, as it should.
        }
    }
}
