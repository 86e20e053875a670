using System.Net.Sockets;
using System.Text.Json;

namespace Ptewright.Tests.Live;

/// <summary>Asks QEMU through a machine protocol of the test's own.</summary>
internal sealed class QmpConnectionProbe : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly StreamReader _reader;
    private readonly StreamWriter _writer;

    public QmpConnectionProbe(string path)
    {
        Assert.True(SpinWait.SpinUntil(() => TryConnect(path), TimeSpan.FromSeconds(30)));
        NetworkStream stream = new(_socket);
        _reader = new StreamReader(stream);
        _writer = new StreamWriter(stream) { AutoFlush = true };
        _ = _reader.ReadLine();
        _ = Command("qmp_capabilities");
    }

    // The file is there a moment before anybody listens.
    private bool TryConnect(string path)
    {
        try
        {
            _socket.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>A command, and the line that answers it.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="arguments">Its arguments, as the members of a JSON object.</param>
    public string Command(string name, string arguments = "")
    {
        _writer.WriteLine($$"""{"execute":"{{name}}","arguments":{ {{arguments}} } }""");
        for (; ;)
        {
            string line = _reader.ReadLine()!;
            Assert.DoesNotContain("\"error\"", line, StringComparison.Ordinal);
            if (line.Contains("\"return\"", StringComparison.Ordinal))
            {
                return line;
            }
        }
    }

    public bool IsRunning() => JsonDocument.Parse(Command("query-status")).RootElement.GetProperty("return").GetProperty("running").GetBoolean();

    public void Dispose()
    {
        _writer.Dispose();
        _reader.Dispose();
        _socket.Dispose();
    }
}
