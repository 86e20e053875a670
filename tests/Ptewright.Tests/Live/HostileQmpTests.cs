using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Ptewright.Live;

namespace Ptewright.Tests.Live;

/// <summary>A peer that is no good QEMU: whatever it says or does not say on the machine protocol ends in a sentence, and soon.</summary>
public sealed class HostileQmpTests
{
    private const string Greeting = """{"QMP": {"version": {}, "capabilities": []}}""";
    private const string NoAnswer = "it does not answer within 0.3 seconds; QEMU serves one client at a time";

    // For peers that are silent or never end, which no patience changes.
    private static readonly TimeSpan _short = TimeSpan.FromMilliseconds(300);

    // For peers whose answer decides: it comes, however busy the computer is.
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(10);

    [Theory]
    [InlineData("1", "it does not greet as QEMU does")]
    [InlineData("null", "it does not greet as QEMU does")]
    [InlineData("true", "it does not greet as QEMU does")]
    [InlineData("\"QMP\"", "it does not greet as QEMU does")]
    [InlineData("[]", "it does not greet as QEMU does")]
    [InlineData("[{\"QMP\": {}}]", "it does not greet as QEMU does")]
    [InlineData("{}", "it does not greet as QEMU does")]
    [InlineData("{\"qmp\": {}}", "it does not greet as QEMU does")]
    [InlineData("{\"QMP\": null}", "it does not greet as QEMU does")]
    [InlineData("{\"QMP\": 1}", "it does not greet as QEMU does")]
    [InlineData("", "its answer is no JSON")]
    [InlineData("NaN", "its answer is no JSON")]
    [InlineData("{\"QMP\": {}", "its answer is no JSON")]
    [InlineData("{\"QMP\": {}} {}", "its answer is no JSON")]
    [InlineData("SSH-2.0-OpenSSH_9.2", "its answer is no JSON")]
    [InlineData("\u001b[31m{\"QMP\": {}}", "its answer is no JSON")]
    public void What_is_no_greeting_is_said(string greeting, string reason) => Assert.Equal(reason, Refusal(stream => Say(stream, greeting)));

    [Fact]
    public void A_greeting_that_is_nested_too_deeply_is_no_JSON() =>
        Assert.Equal("its answer is no JSON", Refusal(stream => Say(stream, new string('[', 100_000) + new string(']', 100_000))));

    [Fact]
    public void Bytes_that_are_no_text_are_no_answer()
    {
        Assert.Equal("its answer is no JSON", Refusal(stream => stream.Write([0xff, 0xfe, (byte)'\n'])));
        Assert.Equal("its answer to qmp_capabilities is none that QEMU gives", Refusal(stream =>
        {
            Say(stream, Greeting);
            stream.Write([.. "{\"error\": {\"desc\": \""u8, 0xff, .. "\"}}\n"u8]);
        }));
    }

    [Theory]
    [InlineData("{\"\\ud800\": {}, \"id\": \"ptewright-1\"}")]
    [InlineData("{\"id\": \"ptewright-1\\ud800\", \"return\": {}}")]
    [InlineData("{\"return\": {}, \"id\\ud800\": \"ptewright-1\"}")]
    public void Escapes_that_make_no_text_are_no_answer_of_ours(string answer) => Assert.Equal("it closed the connection", Refusal(stream =>
    {
        Say(stream, Greeting);
        Say(stream, answer);
    }));

    [Fact]
    public void A_greeting_whose_names_are_no_text_is_none() =>
        Assert.Equal("it does not greet as QEMU does", Refusal(stream => Say(stream, "{\"\\udfff\": 1, \"QMP\\ud800\": {}}")));

    [Fact]
    public void A_peer_that_says_nothing_is_not_waited_for_long() => Assert.Equal(NoAnswer, Refusal(stream => HostilePeer.ReadAll(stream), _short));

    [Fact]
    public void Half_a_line_and_then_nothing_is_no_answer() => Assert.Equal(NoAnswer, Refusal(stream =>
    {
        stream.Write("{\"QMP\": "u8);
        _ = HostilePeer.ReadAll(stream);
    }, _short));

    [Fact]
    public void Half_a_line_and_then_the_end_is_said() => Assert.Equal("it closed the connection", Refusal(stream => stream.Write("{\"QMP\": "u8)));

    [Fact]
    public void A_peer_that_says_a_byte_now_and_then_is_not_listened_to_for_ever() => Assert.Equal(NoAnswer, Refusal(stream =>
    {
        for (; ;)
        {
            stream.Write(" "u8);
            Thread.Sleep(20);
        }
    }, _short));

    [Fact]
    public void A_line_without_end_is_refused() => Assert.Equal("its answer is longer than 4194304 bytes", Refusal(stream => Flood(stream, new string(' ', 1 << 16))));

    [Fact]
    public void Events_without_end_are_not_listened_to_for_ever()
    {
        string reason = Refusal(
            stream =>
            {
                Say(stream, Greeting);
                Flood(stream, string.Concat(Enumerable.Repeat("{\"event\": \"STOP\"}\n", 1000)));
            });
        Assert.Equal("it does not answer qmp_capabilities, but sends 10000 other messages", reason);
    }

    [Theory]
    [InlineData("1", "its answer to qmp_capabilities is none that QEMU gives")]
    [InlineData("null", "its answer to qmp_capabilities is none that QEMU gives")]
    [InlineData("[]", "its answer to qmp_capabilities is none that QEMU gives")]
    [InlineData("\"return\"", "its answer to qmp_capabilities is none that QEMU gives")]
    [InlineData("{\"error\": 1}", "its answer to qmp_capabilities is none that QEMU gives")]
    [InlineData("{\"error\": null}", "its answer to qmp_capabilities is none that QEMU gives")]
    [InlineData("{\"error\": {}}", "its answer to qmp_capabilities is none that QEMU gives")]
    [InlineData("{\"error\": {\"desc\": 7}}", "its answer to qmp_capabilities is none that QEMU gives")]
    [InlineData("{\"error\": {\"desc\": \"\\ud800\"}}", "its answer to qmp_capabilities is none that QEMU gives")]
    [InlineData("{\"error\": {\"desc\": \"no.\"}, \"id\": \"ptewright-1\"}", "qmp_capabilities is refused: 'no'")]
    [InlineData("{\"error\": {\"desc\": \"\\u001b]0;x\\u0007\\u009b2J\\u202e\"}}", "qmp_capabilities is refused: '?]0;x??2J?'")]
    [InlineData("{\"return\": {}}", NoAnswer)]
    [InlineData("{\"return\": {}, \"id\": \"ptewright-2\"}", NoAnswer)]
    [InlineData("{\"return\": {}, \"id\": 1}", NoAnswer)]
    [InlineData("{\"error\": {\"desc\": \"not yours\"}, \"id\": \"other\"}", NoAnswer)]
    [InlineData("{\"event\": 5}", NoAnswer)]
    public void An_answer_of_another_kind_is_said(string answer, string reason) => Assert.Equal(reason, Refusal(stream =>
    {
        Say(stream, Greeting);
        Say(stream, answer);
        _ = HostilePeer.ReadAll(stream);
    }, reason == NoAnswer ? _short : _patience));

    [Theory]
    [InlineData("query-chardev", "1", "its answer to query-chardev is none that QEMU gives")]
    [InlineData("query-chardev", "[1]", "its answer to query-chardev is none that QEMU gives")]
    [InlineData("query-chardev", "[{\"label\": 1}]", "its answer to query-chardev is none that QEMU gives")]
    [InlineData("query-chardev", "[{\"label\": \"gdb\"}]", "its answer to query-chardev is none that QEMU gives")]
    [InlineData("query-chardev", "[{\"label\": \"gdb\", \"filename\": \"unix:/\\u001b[1m,server=on\"}]", "a debugger is connected to the guest's stub 'unix:/?[1m,server=on', and QEMU serves one at a time")]
    [InlineData("query-status", "1", "its answer to query-status is none that QEMU gives")]
    [InlineData("query-status", "{}", "its answer to query-status is none that QEMU gives")]
    [InlineData("query-status", "{\"running\": 1}", "its answer to query-status is none that QEMU gives")]
    [InlineData("human-monitor-command", "{}", "its answer to human-monitor-command is none that QEMU gives")]
    [InlineData("human-monitor-command", "\"\\u001b[31mno\\r\\n\"", "QEMU opens no gdbstub: '?[31mno'")]
    [InlineData("human-monitor-command", "\"\\ud800\"", "its answer to human-monitor-command is none that QEMU gives")]
    public void A_return_of_another_kind_is_said(string command, string value, string reason)
    {
        Conversation conversation = new((asked, _) => asked == command ? value : null);
        Assert.Equal(reason, Refusal(conversation.Hold));
    }

    [Fact]
    public void What_was_stopped_goes_on_whatever_the_peer_says_then()
    {
        Conversation conversation = new((asked, _) => asked == "human-monitor-command" ? "1" : null);
        _ = Refusal(conversation.Hold);
        Assert.Equal(["qmp_capabilities", "query-chardev", "query-status", "stop", "human-monitor-command", "cont"], conversation.Asked);
    }

    [Fact]
    public void A_guest_that_stood_still_is_not_set_going()
    {
        Conversation conversation = new((asked, _) => asked switch
        {
            "query-status" => "{\"running\": false}",
            "human-monitor-command" => "1",
            _ => null,
        });
        _ = Refusal(conversation.Hold);
        Assert.Equal(["qmp_capabilities", "query-chardev", "query-status", "human-monitor-command"], conversation.Asked);
    }

    [Fact]
    public void A_guest_of_a_lost_connection_is_set_going_over_another_one()
    {
        Conversation first = new((asked, _) => asked == "human-monitor-command" ? throw new IOException("gone") : null);
        Conversation second = new((_, _) => null);
        Assert.Equal("it closed the connection", Refusal(null, first.Hold, second.Hold));
        Assert.Equal(["qmp_capabilities", "cont"], second.Asked);
    }

    [Fact]
    public void Random_answers_end_in_a_sentence()
    {
        Random random = new(20_260_802);
        string[] pieces = ["{", "}", "[", "]", "\"QMP\"", ":", ",", "\"return\"", "\"id\"", "\"ptewright-1\"", "1", "null", "\n", "\"error\"", "\"desc\"", " ", "\u001b", "\\u0000"];
        for (int i = 0; i < 100; i++)
        {
            string answer = string.Concat(Enumerable.Range(0, random.Next(1, 30)).Select(_ => pieces[random.Next(pieces.Length)]));
            string reason = Refusal(stream =>
            {
                Say(stream, Greeting);
                stream.Write(Encoding.UTF8.GetBytes(answer));
            });
            Assert.DoesNotContain(reason, character => char.IsControl(character));
        }
    }

    private static string Refusal(Action<NetworkStream> behaviour, TimeSpan? patience = null) => Refusal(patience, behaviour);

    private static string Refusal(TimeSpan? patience, params Action<NetworkStream>[] behaviours)
    {
        using HostilePeer peer = new(behaviours);
        string message = Assert.Throws<InvalidInputException>(() => new QmpImage(QmpGuest.Attach(peer.Address, patience ?? _patience))).Message;
        string prefix = $"qmp:{peer.Address}: ";
        Assert.StartsWith(prefix, message, StringComparison.Ordinal);
        Assert.EndsWith(".", message, StringComparison.Ordinal);
        return message[prefix.Length..^1];
    }

    private static void Say(NetworkStream stream, string line) => stream.Write(Encoding.UTF8.GetBytes(line + "\n"));

    private static void Flood(NetworkStream stream, string piece)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(piece);
        for (; ;)
        {
            stream.Write(bytes);
        }
    }

    /// <summary>A QEMU that keeps to the protocol: each command is answered by what the test says, or else as a running guest without a stub would.</summary>
    private sealed class Conversation(Func<string, string, string?> answer)
    {
        public List<string> Asked { get; } = [];

        public void Hold(NetworkStream stream)
        {
            Say(stream, Greeting);
            using StreamReader reader = new(stream);
            while (reader.ReadLine() is { } line)
            {
                using System.Text.Json.JsonDocument document = System.Text.Json.JsonDocument.Parse(line);
                string command = document.RootElement.GetProperty("execute").GetString()!;
                Asked.Add(command);
                string value = answer(command, line) ?? command switch
                {
                    "query-status" => "{\"running\": true, \"status\": \"running\"}",
                    "query-chardev" => "[]",
                    _ => "{}",
                };
                Say(stream, string.Create(CultureInfo.InvariantCulture, $$"""{"return": {{value}}, "id": "{{document.RootElement.GetProperty("id").GetString()}}"}"""));
            }
        }
    }
}
