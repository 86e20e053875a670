using System.Globalization;
using System.Text;

namespace Ptewright.Live;

/// <summary>The remote protocol of GDB, as far as reading a stopped guest needs it.</summary>
/// <remarks>
/// GDB manual, appendix E: packets <c>$data#checksum</c>. An answer is acknowledged (<c>+</c>) by what is sent next, never on its own: QEMU takes the first byte that comes
/// while the guest runs for the wish to stop it.
/// </remarks>
internal sealed class GdbConnection : IDisposable
{
    // No answer of QEMU is longer; a peer that sends more is no stub.
    private const int MaxPacket = 1 << 20;
    private const int MaxMonitorText = 1 << 16;
    private byte[] _packet = new byte[1 << 13];

    /// <summary>A connection that is not made yet.</summary>
    /// <param name="address">Where the stub listens.</param>
    /// <param name="patience">How long an answer may take.</param>
    public GdbConnection(PeerAddress address, TimeSpan patience) =>
        Peer = new PeerConnection(address, $"gdb:{address}", "start QEMU with -gdb tcp::1234 or -s, and name that port", patience);

    /// <summary>The Peer.</summary>
    public PeerConnection Peer { get; }

    /// <summary>Whether the guest's stopping was announced since the connection was made.</summary>
    public bool SawStop { get; private set; }

    /// <summary>Packets as they are sent.</summary>
    /// <param name="commands">What they say: characters of ASCII.</param>
    public static byte[] Frame(params ReadOnlySpan<string> commands)
    {
        StringBuilder text = new("+");
        foreach (string command in commands)
        {
            int sum = 0;
            foreach (char character in command)
            {
                sum += character;
            }

            _ = text.Append(CultureInfo.InvariantCulture, $"${command}#{sum & 0xff:x2}");
        }

        return Encoding.ASCII.GetBytes(text.ToString());
    }

    /// <summary>Sends a packet and waits for its answer.</summary>
    /// <exception cref="InvalidInputException">There is none, or it is no packet.</exception>
    public string Ask(string command)
    {
        using PeerConnection.Exchange exchange = Peer.Begin();
        Peer.Send(Frame(command));
        return Text(Receive());
    }

    /// <summary>An answer to something that was sent, in an exchange; it is good until the next call.</summary>
    /// <exception cref="InvalidInputException">There is none, or it is no packet.</exception>
    public ReadOnlySpan<byte> Receive()
    {
        ReadOnlySpan<byte> answer = ReceivePacket();

        // The guest's stopping is announced whenever it happens: no answer to anything that is asked here begins that way.
        while (answer.StartsWith("T"u8) || answer.StartsWith("S"u8))
        {
            SawStop = true;
            answer = ReceivePacket();
        }

        return answer;
    }

    /// <summary>An answer as text, in an exchange.</summary>
    public string ReceiveText() => Text(Receive());

    /// <summary>What QEMU's monitor writes on <c>qRcmd</c>, in an exchange: pieces of text as digits, then OK.</summary>
    /// <returns>Null when the peer has no monitor.</returns>
    public string? ReceiveMonitorText()
    {
        StringBuilder text = new();
        for (; ;)
        {
            ReadOnlySpan<byte> answer = Receive();
            if (answer.SequenceEqual("OK"u8))
            {
                return text.ToString();
            }

            byte[] piece = new byte[answer.Length / 2];
            if (!answer.StartsWith("O"u8) || Convert.FromHexString(answer[1..], piece, out _, out int length) != System.Buffers.OperationStatus.Done)
            {
                return null;
            }

            _ = text.Append(Encoding.UTF8.GetString(piece, 0, length));
            if (text.Length > MaxMonitorText)
            {
                throw Peer.Broken($"its monitor writes more than {MaxMonitorText} characters");
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Peer.Dispose();

    private static string Text(ReadOnlySpan<byte> answer) => Encoding.ASCII.GetString(answer);

    // $data#xx, perhaps behind acknowledgements; } escapes the next byte, * repeats the one before.
    private ReadOnlySpan<byte> ReceivePacket()
    {
        byte start;
        do
        {
            start = Peer.ReadByte();
        }
        while (start == '+');

        if (start != '$')
        {
            throw Peer.Broken($"it answers with byte 0x{start:x2}, which begins no packet");
        }

        int length = 0;
        int sum = 0;
        for (; ;)
        {
            byte next = Peer.ReadByte();
            if (next == '#')
            {
                break;
            }

            sum += next;
            int repeat = 1;
            if (next == '}')
            {
                byte escaped = Peer.ReadByte();
                sum += escaped;
                next = (byte)(escaped ^ 0x20);
            }
            else if (next == '*')
            {
                byte count = Peer.ReadByte();
                sum += count;
                repeat = count - 29;
                if (repeat < 0)
                {
                    throw Peer.Broken($"a repetition in its answer has the count byte 0x{count:x2}, which is none");
                }

                next = length > 0 ? _packet[length - 1] : throw Peer.Broken("its answer begins with a repetition");
            }

            if (length + repeat > _packet.Length)
            {
                Grow();
            }

            _packet.AsSpan(length, repeat).Fill(next);
            length += repeat;
        }

        int expected = (Digit(Peer.ReadByte()) << 4) | Digit(Peer.ReadByte());
        return expected == (sum & 0xff) ? _packet.AsSpan(0, length) : throw Peer.Broken("the checksum of its answer is wrong");
    }

    // A repetition is shorter than the room that doubling makes.
    private void Grow()
    {
        if (_packet.Length == MaxPacket)
        {
            throw Peer.Broken($"its answer is longer than {MaxPacket} bytes");
        }

        Array.Resize(ref _packet, 2 * _packet.Length);
    }

    private int Digit(byte character) => character switch
    {
        >= (byte)'0' and <= (byte)'9' => character - '0',
        >= (byte)'a' and <= (byte)'f' => character - 'a' + 10,
        _ => throw Peer.Broken("its answer has no checksum"),
    };
}
