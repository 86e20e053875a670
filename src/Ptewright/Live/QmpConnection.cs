using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Ptewright.Live;

/// <summary>QEMU's machine protocol, as far as stopping and reading a guest needs it: a command, its answer, events in between passed over.</summary>
internal sealed class QmpConnection : IDisposable
{
    private const int MaxLine = 16 << 20;
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);
    private readonly Socket _socket;
    private readonly byte[] _received = new byte[1 << 16];
    private readonly List<byte> _line = [];
    private int _next;
    private int _end;

    private QmpConnection(Socket socket, string name)
    {
        _socket = socket;
        Name = name;
    }

    /// <summary>What errors call the peer.</summary>
    public string Name { get; }

    /// <summary>Connects over a Unix socket.</summary>
    /// <exception cref="InvalidInputException">Nobody answers there, or no QEMU.</exception>
    public static QmpConnection Connect(string path)
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
        {
            ReceiveTimeout = (int)_patience.TotalMilliseconds, SendTimeout = (int)_patience.TotalMilliseconds,
        };
        QmpConnection connection = new(socket, $"qmp:{path}");
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            using JsonDocument greeting = connection.ReadMessage();
            if (!greeting.RootElement.TryGetProperty("QMP", out _))
            {
                throw connection.Broken("it does not greet as QEMU does");
            }

            using JsonDocument ready = connection.Ask("qmp_capabilities");
            return connection;
        }
        catch (SocketException)
        {
            connection.Dispose();
            throw new InvalidInputException($"{connection.Name}: nobody answers there; start QEMU with -qmp unix:PATH,server=on,wait=off, and name that path.");
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Executes a command.</summary>
    /// <param name="command">Its name.</param>
    /// <param name="arguments">Names and values of its arguments, in turn.</param>
    /// <returns>The answer, with the member <c>return</c>.</returns>
    /// <exception cref="InvalidInputException">There is none, or it is an error.</exception>
    public JsonDocument Ask(string command, params (string Name, string Value)[] arguments)
    {
        using MemoryStream bytes = new();
        using (Utf8JsonWriter writer = new(bytes))
        {
            writer.WriteStartObject();
            writer.WriteString("execute", command);
            writer.WriteStartObject("arguments");
            foreach ((string name, string value) in arguments)
            {
                writer.WriteString(name, value);
            }

            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        bytes.WriteByte((byte)'\n');
        SendBytes(bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
        for (; ;)
        {
            JsonDocument message = ReadMessage();
            if (message.RootElement.TryGetProperty("return", out _))
            {
                return message;
            }

            using (message)
            {
                if (message.RootElement.TryGetProperty("error", out JsonElement error))
                {
                    throw Broken($"{command} is refused: {(error.TryGetProperty("desc", out JsonElement text) ? text.GetString()?.TrimEnd('.') : "no reason is given")}");
                }
            }
        }
    }

    /// <summary>Executes a command of the human monitor.</summary>
    /// <returns>What it writes.</returns>
    public string AskMonitor(string line)
    {
        using JsonDocument answer = Ask("human-monitor-command", ("command-line", line));
        return answer.RootElement.GetProperty("return").GetString() ?? string.Empty;
    }

    /// <summary>Sends a command while this program ends: nobody waits for what comes back.</summary>
    public void SendLast(string command)
    {
        try
        {
            SendBytes(Encoding.UTF8.GetBytes($"{{\"execute\":\"{command}\"}}\n"));
        }
        catch (InvalidInputException)
        {
            // There is nobody to be told.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private JsonDocument ReadMessage()
    {
        _line.Clear();
        for (; ;)
        {
            if (_next == _end)
            {
                _next = 0;
                try
                {
                    _end = _socket.Receive(_received);
                }
                catch (SocketException)
                {
                    throw Broken("it does not answer");
                }

                if (_end == 0)
                {
                    throw Broken("it closed the connection");
                }
            }

            byte next = _received[_next++];
            if (next == '\n')
            {
                break;
            }

            if (_line.Count == MaxLine)
            {
                throw Broken($"its answer is longer than {MaxLine} bytes");
            }

            _line.Add(next);
        }

        try
        {
            return JsonDocument.Parse(Encoding.UTF8.GetString([.. _line]));
        }
        catch (JsonException)
        {
            throw Broken("its answer is no JSON");
        }
    }

    private void SendBytes(ReadOnlySpan<byte> bytes)
    {
        try
        {
            while (bytes.Length > 0)
            {
                bytes = bytes[_socket.Send(bytes)..];
            }
        }
        catch (SocketException)
        {
            throw Broken("the connection is lost");
        }
    }

    private InvalidInputException Broken(string reason) => new($"{Name}: {reason}.");
}
