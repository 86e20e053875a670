using System.Globalization;
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

    private static readonly Lazy<ScriptedPeer> _peer = new(() => new ScriptedPeer(Scratch.Path("stub")));

    private static readonly string[] _answers =
    [
        "0", Monitor("7.2.22Debian 1:7.2+dfsg-7\r\n"), "OK", Monitor("VM status: running\r\n"), "OK",
        "PacketSize=1000;qXfer:features:read+;vContSupported+", Description,
        "0000004000000000", "00907a4100000000", "1000108005000000", "ff440c0400000000",
        "OK", string.Concat(Enumerable.Repeat("0300000000000000", 256)), string.Concat(Enumerable.Repeat("0000000000000000", 256)), "OK",
        "OK", "OK",
    ];

    /// <summary>What a good stub says.</summary>
    public static byte[] Good => Spoken(_answers);

    /// <summary>Makes a conversation, mostly with one damaged answer.</summary>
    public static byte[] Make(Random random)
    {
        string[] answers = [.. _answers];
        int damaged = random.Next(answers.Length);
        if (random.Next(4) != 0)
        {
            string[] tokens = ["E01", "OK", "l", "m", "T05thread:01;", "<reg name=\"", "regnum=\"4294967296\"", "<xi:include href=\"target.xml\"/>", "<!DOCTYPE", "]]>", "0000"];
            answers[damaged] = new TextMutator([answers[damaged]], tokens).Damage(random);
        }

        byte[] bytes = Spoken(answers);
        return random.Next(4) == 0 ? ByteMutator.Damage(bytes, random) : bytes;
    }

    private static byte[] Spoken(string[] answers)
    {
        StringBuilder stream = new();
        foreach (string answer in answers)
        {
            // Characters that are the protocol's own are written as it says.
            string escaped = string.Concat(answer.Select(letter => letter is '$' or '#' or '}' or '*' ? $"}}{(char)(letter ^ 0x20)}" : letter > 255 ? "?" : letter.ToString()));
            byte sum = (byte)escaped.Sum(letter => letter);
            _ = stream.Append(CultureInfo.InvariantCulture, $"+${escaped}#{sum:x2}");
        }

        return Encoding.Latin1.GetBytes(stream.ToString());
    }

    private static string Monitor(string text) => $"O{Convert.ToHexStringLower(Encoding.ASCII.GetBytes(text))}";

    /// <summary>Connects to the stub, reads its registers and a page.</summary>
    public static void Check(ReadOnlySpan<byte> input)
    {
        ScriptedPeer peer = _peer.Value;
        peer.Say(input.ToArray());
        using GdbImage image = GdbImage.Connect(peer.Path);
        ImageRegisters registers = image.Registers;
        Span<byte> page = new byte[4096];
        bool isThere = image.TryRead(new PhysicalAddress(0x4000_0000), page);
        FuzzTarget.Require(isThere || registers is not null, "nothing was read");
    }
}
