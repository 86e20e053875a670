using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Ptewright.Live;

/// <summary>QEMU's machine protocol, as far as stopping and reading a guest needs it: a command, its answer, events in between passed over.</summary>
internal sealed class QmpConnection : IDisposable
{
    private const int MaxLine = 4 << 20;
    private const int MostMessages = 10_000;
    private const int MaxReason = 200;
    private byte[] _line = new byte[1 << 12];
    private int _asked;

    /// <summary>A connection that is not made yet.</summary>
    /// <param name="address">Where QEMU listens.</param>
    /// <param name="patience">How long an answer may take.</param>
    public QmpConnection(PeerAddress address, TimeSpan patience) =>
        Peer = new PeerConnection(address, $"qmp:{address}", "start QEMU with -qmp unix:PATH,server=on,wait=off, and name that path", patience);

    /// <summary>The Peer.</summary>
    public PeerConnection Peer { get; }

    /// <summary>A command as it is sent.</summary>
    /// <param name="id">What its answer is known by.</param>
    /// <param name="command">Its name.</param>
    /// <param name="arguments">Names and values of its arguments, in turn.</param>
    public static byte[] Frame(string id, string command, params ReadOnlySpan<(string Name, string Value)> arguments)
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
            writer.WriteString("id", id);
            writer.WriteEndObject();
        }

        bytes.WriteByte((byte)'\n');
        return bytes.ToArray();
    }

    /// <summary>Connects and agrees on the protocol.</summary>
    /// <exception cref="InvalidInputException">Nobody answers there, or no QEMU.</exception>
    public void Open()
    {
        using PeerConnection.Exchange exchange = Peer.Begin();
        Peer.Connect();
        using (JsonDocument greeting = ReadMessage())
        {
            if (Member(greeting.RootElement, "QMP") is not { ValueKind: JsonValueKind.Object })
            {
                throw Peer.Broken("it does not greet as QEMU does");
            }
        }

        _ = AskWithin("qmp_capabilities");
    }

    /// <summary>Executes a command.</summary>
    /// <param name="command">Its name.</param>
    /// <param name="arguments">Names and values of its arguments, in turn.</param>
    /// <returns>What it returns.</returns>
    /// <exception cref="InvalidInputException">There is no answer, or it is an error.</exception>
    public JsonElement Ask(string command, params ReadOnlySpan<(string Name, string Value)> arguments)
    {
        using PeerConnection.Exchange exchange = Peer.Begin();
        return AskWithin(command, arguments);
    }

    /// <summary>Executes a command of the human monitor.</summary>
    /// <returns>What it writes.</returns>
    /// <exception cref="InvalidInputException">There is no answer, or it is no text.</exception>
    public string AskMonitor(string line) => Text(Ask("human-monitor-command", ("command-line", line)), "human-monitor-command");

    /// <summary>A value as text.</summary>
    /// <param name="value">The value; null when there is none.</param>
    /// <param name="what">What it answers.</param>
    /// <exception cref="InvalidInputException">It is no text.</exception>
    public string Text(JsonElement? value, string what) => TextOf(value) ?? throw Unexpected(what);

    /// <summary>A value that is true or false.</summary>
    /// <exception cref="InvalidInputException">It is neither.</exception>
    public bool Truth(JsonElement? value, string what) => value switch
    {
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        _ => throw Unexpected(what),
    };

    /// <summary>The exception about an answer of another kind than there should be.</summary>
    public InvalidInputException Unexpected(string what) => Peer.Broken($"its answer to {what} is none that QEMU gives");

    /// <summary>A member of an object.</summary>
    /// <returns>Null when there is none, or it is no object, or the names of its members are no Unicode.</returns>
    public static JsonElement? Member(JsonElement element, string name) =>
        Decoded<JsonElement?>(() => element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement member) ? member : null);

    /// <summary>Passes over everything until the answer to a command that was sent, in an exchange.</summary>
    /// <param name="id">What the command's answer is known by.</param>
    /// <exception cref="InvalidInputException">There is none.</exception>
    public void Await(string id)
    {
        // Whoever read before may have stopped in the middle of a line.
        byte[] mark = Encoding.UTF8.GetBytes($"\"{id}\"");
        while (ReadLine().IndexOf(mark) < 0)
        {
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Peer.Dispose();

    private JsonElement AskWithin(string command, params ReadOnlySpan<(string Name, string Value)> arguments)
    {
        string id = string.Create(CultureInfo.InvariantCulture, $"ptewright-{++_asked}");
        Peer.Send(Frame(id, command, arguments));
        for (int i = 0; i < MostMessages; i++)
        {
            using JsonDocument message = ReadMessage();
            JsonElement root = message.RootElement;
            bool isOurs = TextOf(Member(root, "id")) == id;
            if (isOurs && Member(root, "return") is { } value)
            {
                return value.Clone();
            }

            // What it cannot read at all it answers without an id.
            if (Member(root, "error") is { } error && (isOurs || Member(root, "id") is null))
            {
                throw Peer.Broken($"{command} is refused: {ForeignText.Quote(Text(Member(error, "desc"), command).TrimEnd('.'), MaxReason)}");
            }

            if (root.ValueKind != JsonValueKind.Object)
            {
                throw Unexpected(command);
            }
        }

        throw Peer.Broken($"it does not answer {command}, but sends {MostMessages} other messages");
    }

    private static string? TextOf(JsonElement? value) => Decoded(() => value is { ValueKind: JsonValueKind.String } text ? text.GetString() : null);

    // Escapes can make text that is no Unicode, which is no text of ours.
    private static T? Decoded<T>(Func<T?> read)
    {
        try
        {
            return read();
        }
        catch (InvalidOperationException)
        {
            return default;
        }
    }

    private JsonDocument ReadMessage()
    {
        try
        {
            return JsonDocument.Parse(ReadLine().ToArray());
        }
        catch (JsonException)
        {
            throw Peer.Broken("its answer is no JSON");
        }
    }

    private ReadOnlySpan<byte> ReadLine()
    {
        int length = 0;
        for (; ;)
        {
            byte next = Peer.ReadByte();
            if (next == '\n')
            {
                return _line.AsSpan(0, length);
            }

            if (length == _line.Length)
            {
                if (length == MaxLine)
                {
                    throw Peer.Broken($"its answer is longer than {MaxLine} bytes");
                }

                Array.Resize(ref _line, 2 * length);
            }

            _line[length++] = next;
        }
    }
}
