using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.Live;

namespace Ptewright.Fuzz;

/// <summary>What a stub answers: all of it is said at once, whatever is asked, and then no more.</summary>
internal static class GdbAnswers
{
    private const string Description =
        "l<?xml version=\"1.0\"?><target><feature name=\"core\"><reg name=\"x30\" bitsize=\"64\" regnum=\"30\"/><reg name=\"TTBR0_EL1\" bitsize=\"64\"/><reg name=\"TTBR1_EL1\"/>"
        + "<reg name=\"TCR_EL1\"/><reg name=\"MAIR_EL1\" regnum=\"77\"/></feature></target>";

    private static readonly Lazy<Peer> _peer = new(() => new Peer(Scratch.Path("stub")));

    /// <summary>Makes a conversation, mostly with one damaged answer.</summary>
    public static byte[] Make(Random random)
    {
        List<string> answers =
        [
            "0", Monitor("7.2.22Debian 1:7.2+dfsg-7\r\n"), "OK", Monitor("VM status: running\r\n"), "OK",
            "PacketSize=1000;qXfer:features:read+;vContSupported+", Description,
            "0000004000000000", "00907a4100000000", "1000108005000000", "ff440c0400000000",
            "OK", string.Concat(Enumerable.Repeat("0300000000000000", 256)), string.Concat(Enumerable.Repeat("0000000000000000", 256)), "OK",
            "OK", "OK",
        ];
        int damaged = random.Next(answers.Count);
        if (random.Next(4) != 0)
        {
            string[] tokens = ["E01", "OK", "l", "m", "T05thread:01;", "<reg name=\"", "regnum=\"4294967296\"", "<xi:include href=\"target.xml\"/>", "<!DOCTYPE", "]]>", "0000"];
            answers[damaged] = new TextMutator([answers[damaged]], tokens).Damage(random);
        }

        StringBuilder stream = new();
        foreach (string answer in answers)
        {
            // Characters that are the protocol's own are written as it says.
            string escaped = string.Concat(answer.Select(letter => letter is '$' or '#' or '}' or '*' ? $"}}{(char)(letter ^ 0x20)}" : letter > 255 ? "?" : letter.ToString()));
            byte sum = (byte)escaped.Sum(letter => letter);
            _ = stream.Append(CultureInfo.InvariantCulture, $"+${escaped}#{sum:x2}");
        }

        byte[] bytes = Encoding.Latin1.GetBytes(stream.ToString());
        return random.Next(4) == 0 ? ByteMutator.Damage(bytes, random) : bytes;
    }

    private static string Monitor(string text) => $"O{Convert.ToHexStringLower(Encoding.ASCII.GetBytes(text))}";

    /// <summary>Connects to the stub, reads its registers and a page.</summary>
    public static void Check(ReadOnlySpan<byte> input)
    {
        Peer peer = _peer.Value;
        peer.Say(input.ToArray());
        using GdbImage image = GdbImage.Connect(peer.Path);
        ImageRegisters registers = image.Registers;
        Span<byte> page = new byte[4096];
        bool isThere = image.TryRead(new PhysicalAddress(0x4000_0000), page);
        FuzzTarget.Require(isThere || registers is not null, "nothing was read");
    }

    /// <summary>The other end.</summary>
    private sealed class Peer
    {
        private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        private volatile byte[] _words = [];

        public Peer(string path)
        {
            Path = path;
            _ = Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
            _listener.Bind(new UnixDomainSocketEndPoint(path));
            _listener.Listen(4);
            new Thread(Serve) { IsBackground = true }.Start();
        }

        public string Path { get; }

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
}
