using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Ptewright.Live;

/// <summary>The remote protocol of GDB, as far as reading a stopped guest needs it.</summary>
/// <remarks>GDB manual, appendix E: packets <c>$data#checksum</c>, acknowledged by <c>+</c>. Every wait has a limit, so that a silent peer is an error and not a hang.</remarks>
internal sealed class GdbConnection : IDisposable
{
    // No answer of QEMU is longer; a peer that sends more is no stub.
    private const int MaxPacket = 1 << 20;
    private static readonly TimeSpan _usualPatience = TimeSpan.FromSeconds(10);

    private readonly TimeSpan _patience;
    private readonly Socket _socket;

    // Entered for each piece that is sent, and by the last one for good. The same thread may enter twice.
    private readonly Lock _sending = new();
    private readonly byte[] _received = new byte[1 << 16];
    private readonly byte[] _packet = new byte[MaxPacket];
    private int _next;
    private int _end;
    private long _asked;

    private GdbConnection(Socket socket, string name, TimeSpan patience)
    {
        _socket = socket;
        _patience = patience;
        Name = name;
    }

    /// <summary>What errors call the peer.</summary>
    public string Name { get; }

    /// <summary>Connects to a stub over TCP.</summary>
    /// <exception cref="InvalidInputException">Nobody answers there.</exception>
    /// <param name="host">The host.</param>
    /// <param name="port">The port.</param>
    /// <param name="patience">How long an answer may take; 10 seconds when nobody says.</param>
    public static GdbConnection Connect(string host, int port, TimeSpan? patience = null)
    {
        TimeSpan limitOfWait = patience ?? _usualPatience;
        string name = $"gdb:{host}:{port}";
        return Open(name, SocketType.Stream, ProtocolType.Tcp, limitOfWait, socket =>
        {
            // Packets are small and each waits for the one before: without this every answer takes 40 ms more.
            socket.NoDelay = true;

            // However little patience there is with answers: a connection is made by the system, when it gets to it.
            using CancellationTokenSource limit = new(limitOfWait > _usualPatience ? limitOfWait : _usualPatience);
            socket.ConnectAsync(host, port, limit.Token).AsTask().GetAwaiter().GetResult();
        });
    }

    /// <summary>Connects to a stub over a Unix socket.</summary>
    /// <exception cref="InvalidInputException">Nobody answers there.</exception>
    public static GdbConnection Connect(string path) =>
        Open($"gdb:{path}", SocketType.Stream, ProtocolType.Unspecified, _usualPatience, socket => socket.Connect(new UnixDomainSocketEndPoint(path)));

    /// <summary>Sends a packet and waits for the answer; the answer is good until the next call.</summary>
    /// <exception cref="InvalidInputException">There is none, or it is no packet.</exception>
    public ReadOnlySpan<byte> Ask(string command)
    {
        _asked = Stopwatch.GetTimestamp();
        Send(command);
        ReadOnlySpan<byte> answer = Receive();

        // The guest's stopping is announced whenever it happens: no answer to anything that is asked here begins that way.
        while (answer.StartsWith("T"u8) || answer.StartsWith("S"u8))
        {
            answer = Receive();
        }

        return answer;
    }

    /// <summary>Sends a packet whose answer is text.</summary>
    public string AskText(string command) => Encoding.ASCII.GetString(Ask(command));

    /// <summary>Sends a packet.</summary>
    public void Send(string command)
    {
        int sum = 0;
        foreach (char character in command)
        {
            sum += character;
        }

        SendBytes(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"${command}#{sum & 0xff:x2}")));
    }

    /// <summary>Sends a packet while this program ends, perhaps in the middle of another answer: nobody waits for what comes back, and no other thread sends anything
    /// any more.</summary>
    public void SendLast(string command)
    {
        try
        {
            // What another thread would send after this would stop the guest again.
            _sending.Enter();
            SendBytes("+"u8);
            Send(command);
        }
        catch (InvalidInputException)
        {
            // There is nobody to be told.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private static GdbConnection Open(string name, SocketType type, ProtocolType protocol, TimeSpan patience, Action<Socket> connect)
    {
        AddressFamily family = protocol == ProtocolType.Tcp ? AddressFamily.InterNetworkV6 : AddressFamily.Unix;
        Socket socket = new(family, type, protocol) { ReceiveTimeout = (int)patience.TotalMilliseconds, SendTimeout = (int)patience.TotalMilliseconds };
        try
        {
            if (protocol == ProtocolType.Tcp)
            {
                socket.DualMode = true;
            }

            connect(socket);
            return new GdbConnection(socket, name, patience);
        }
        catch (Exception problem) when (problem is SocketException or OperationCanceledException)
        {
            socket.Dispose();
            throw new InvalidInputException($"{name}: nobody answers there; start QEMU with -gdb tcp::1234 or -s, and name that port.");
        }
    }

    // $data#xx, perhaps behind acknowledgements; } escapes the next byte, * repeats the one before.
    private ReadOnlySpan<byte> Receive()
    {
        byte start;
        do
        {
            start = Byte();
        }
        while (start == '+');

        if (start != '$')
        {
            throw Broken($"it answers with byte 0x{start:x2}, which begins no packet");
        }

        int length = 0;
        int sum = 0;
        for (; ;)
        {
            byte next = Byte();
            if (next == '#')
            {
                break;
            }

            sum += next;
            int repeat = 1;
            if (next == '}')
            {
                byte escaped = Byte();
                sum += escaped;
                next = (byte)(escaped ^ 0x20);
            }
            else if (next == '*')
            {
                byte count = Byte();
                sum += count;
                repeat = count - 29;
                if (repeat < 0)
                {
                    throw Broken($"a repetition in its answer has the count byte 0x{count:x2}, which is none");
                }

                next = length > 0 ? _packet[length - 1] : throw Broken("its answer begins with a repetition");
            }

            if (length + repeat > MaxPacket)
            {
                throw Broken($"its answer is longer than {MaxPacket} bytes");
            }

            _packet.AsSpan(length, repeat).Fill(next);
            length += repeat;
        }

        int expected = (Digit(Byte()) << 4) | Digit(Byte());
        if (expected != (sum & 0xff))
        {
            throw Broken("the checksum of its answer is wrong");
        }

        SendBytes("+"u8);
        return _packet.AsSpan(0, length);
    }

    private byte Byte()
    {
        if (_next == _end)
        {
            // A peer that says something now and then, but no answer, is as good as silent.
            if (Stopwatch.GetElapsedTime(_asked) > _patience)
            {
                throw Broken("it does not answer");
            }

            _next = 0;
            _end = 0;
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

        return _received[_next++];
    }

    private void SendBytes(ReadOnlySpan<byte> bytes)
    {
        try
        {
            lock (_sending)
            {
                while (bytes.Length > 0)
                {
                    bytes = bytes[_socket.Send(bytes)..];
                }
            }
        }
        catch (SocketException)
        {
            throw Broken("the connection is lost");
        }
    }

    private int Digit(byte character) => character switch
    {
        >= (byte)'0' and <= (byte)'9' => character - '0',
        >= (byte)'a' and <= (byte)'f' => character - 'a' + 10,
        _ => throw Broken("its answer has no checksum"),
    };

    private InvalidInputException Broken(string reason) => new($"{Name}: {reason}.");
}
