using System.Net.Sockets;
using System.Text;
using Ptewright.Live;

namespace Ptewright.Tests.Live;

/// <summary>A peer that is no good stub: whatever it says or does not say ends in a sentence, and soon.</summary>
public sealed class HostileStubTests
{
    private const string NoAnswer = "it does not answer within 0.3 seconds; QEMU serves one client at a time";

    // For peers that are silent or never end, which no patience changes.
    private static readonly TimeSpan _short = TimeSpan.FromMilliseconds(300);

    // For peers whose answer decides: it comes, however busy the computer is.
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(10);

    [Theory]
    [InlineData("", "it closed the connection")]
    [InlineData("$OK", "it closed the connection")]
    [InlineData("$OK#", "it closed the connection")]
    [InlineData("$OK#00", "the checksum of its answer is wrong")]
    [InlineData("$OK#zz", "its answer has no checksum")]
    [InlineData("HTTP/1.1 400 Bad Request", "it answers with byte 0x48, which begins no packet")]
    [InlineData("$* #4a", "its answer begins with a repetition")]
    [InlineData("$a*\u0005#90", "a repetition in its answer has the count byte 0x05, which is none")]
    public void What_is_no_packet_is_said(string answer, string reason) =>
        Assert.Equal(reason, Refusal(stream => stream.Write(Encoding.Latin1.GetBytes(answer))));

    [Fact]
    public void A_silent_peer_is_not_waited_for_long() => Assert.Equal(NoAnswer, Refusal(stream =>
    {
        while (stream.ReadByte() >= 0)
        {
        }
    }, _short));

    [Theory]
    [InlineData("+++++++", NoAnswer)]
    [InlineData("$T05#b9", NoAnswer)]
    [InlineData("$T05thread:01;#07$T05thread:01;#07", NoAnswer)]
    public void An_endless_peer_is_not_listened_to_for_ever(string piece, string reason) => Assert.Equal(reason, Refusal(stream => Flood(stream, string.Empty, piece), _short));

    [Theory]
    [InlineData("aaaaaaaa")]
    [InlineData("a*~")]
    [InlineData("}a")]
    public void An_endless_packet_is_refused(string piece) => Assert.Equal("its answer is longer than 1048576 bytes", Refusal(stream => Flood(stream, "$", piece)));

    [Fact]
    public void A_peer_that_says_a_byte_now_and_then_is_not_listened_to_for_ever() => Assert.Equal(NoAnswer, Refusal(stream =>
    {
        for (; ;)
        {
            stream.Write("+"u8);
            Thread.Sleep(20);
        }
    }, _short));

    [Fact]
    public void A_good_answer_is_read_with_its_escapes_and_repetitions()
    {
        using HostilePeer stub = new(stream => stream.Write("+$T05#b9$0* }\u0003x#72"u8));
        using GdbConnection connection = Connect(stub, _patience);
        Assert.Equal("0000#x", connection.Ask("m0,4"));
    }

    [Theory]
    [InlineData("m")]
    [InlineData("mx")]
    [InlineData("l<xi:include href=\"target.xml\"/>")]
    [InlineData("l<xi:include href=\"a#00$D\"/>")]
    [InlineData("l<reg name=\"x30\" regnum=\"2147483647\"/>")]
    [InlineData("l<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>")]
    [InlineData("E01")]
    [InlineData("")]
    public void A_description_without_end_or_sense_is_refused(string description)
    {
        using HostilePeer stub = new(stream => Serve(stream, command =>
            command.StartsWith("qRcmd", StringComparison.Ordinal) ? "OK"
            : command.StartsWith("qSupported", StringComparison.Ordinal) ? "qXfer:features:read+"
            : command.StartsWith("qXfer", StringComparison.Ordinal) ? description : string.Empty));
        InvalidInputException refusal = Assert.Throws<InvalidInputException>(() => new GdbImage(stub.Address, _patience));
        Assert.StartsWith($"gdb:{stub.Address}: ", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Random_answers_end_in_a_sentence()
    {
        Random random = new(20_251_125);
        string[] pieces = ["$", "#", "+", "-", "*", "}", "OK", "m", "l", "qXfer:features:read+", "#9a", "$OK#9a", "$#00", "<reg name=\"x30\"/>", "\0", "~", "T05", "E01"];
        for (int i = 0; i < 200; i++)
        {
            string answer = string.Concat(Enumerable.Range(0, random.Next(1, 12)).Select(_ => pieces[random.Next(pieces.Length)]));
            using HostilePeer stub = new(stream => stream.Write(Encoding.Latin1.GetBytes(answer)));
            InvalidInputException refusal = Assert.Throws<InvalidInputException>(() => new GdbImage(stub.Address, _patience));
            Assert.EndsWith(".", refusal.Message, StringComparison.Ordinal);
        }
    }

    private static GdbConnection Connect(HostilePeer stub, TimeSpan patience)
    {
        GdbConnection connection = new(stub.Address, patience);
        connection.Peer.Connect();
        return connection;
    }

    private static string Refusal(Action<NetworkStream> behaviour, TimeSpan? patience = null)
    {
        using HostilePeer stub = new(behaviour);
        string prefix = $"gdb:{stub.Address}: ";
        using GdbConnection connection = Connect(stub, patience ?? _patience);
        string message = Assert.Throws<InvalidInputException>(() => connection.Ask("?")).Message;
        Assert.StartsWith(prefix, message, StringComparison.Ordinal);
        Assert.EndsWith(".", message, StringComparison.Ordinal);
        return message[prefix.Length..^1];
    }

    private static void Flood(NetworkStream stream, string start, string piece)
    {
        stream.Write(Encoding.Latin1.GetBytes(start));
        byte[] many = Encoding.Latin1.GetBytes(string.Concat(Enumerable.Repeat(piece, 1000)));
        for (; ;)
        {
            stream.Write(many);
        }
    }

    // A stub that keeps to the protocol, whatever it answers.
    private static void Serve(NetworkStream stream, Func<string, string> answer)
    {
        StringBuilder command = new();
        for (int next = stream.ReadByte(); next >= 0; next = stream.ReadByte())
        {
            if (next == '$')
            {
                _ = command.Clear();
            }
            else if (next == '#')
            {
                stream.ReadExactly(new byte[2]);
                byte[] text = Encoding.Latin1.GetBytes(answer(command.ToString()));
                stream.Write([.. "+$"u8, .. text, .. Encoding.ASCII.GetBytes($"#{text.Sum(item => item) & 0xff:x2}")]);
            }
            else
            {
                _ = command.Append((char)next);
            }
        }
    }
}
