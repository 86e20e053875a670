using System.Text;
using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.Live;

namespace Ptewright.Fuzz;

/// <summary>What QEMU's machine protocol answers: all of it is said at once, and then no more. The stub that it names is a good one.</summary>
internal static class QmpAnswers
{
    private const string Memory = "FlatView #0\\n  0000000000000000-0000000003ffffff (prio 0, romd): virt.flash0\\n  0000000040000000-000000007fffffff (prio 0, ram): ram\\n";
    private static readonly Lazy<ScriptedPeer> _stub = new(() => new ScriptedPeer(Scratch.Path("qmp-stub")));
    private static readonly Lazy<ScriptedPeer> _peer = new(() => new ScriptedPeer(Scratch.Path("qmp")));

    private static string[] Answers =>
    [
        """{"QMP": {"version": {"qemu": {"micro": 22, "minor": 2, "major": 7}, "package": "Debian"}, "capabilities": ["oob"]}}""",
        """{"return": {}, "id": "ptewright-1"}""",
        $$"""{"return": [{"frontend-open": true, "filename": "vc", "label": "serial0"}, {"frontend-open": true, "filename": "disconnected:unix:{{Scratch.Path("qmp-stub")}},server=on", "label": "gdb"}], "id": "ptewright-2"}""",
        """{"return": {"status": "running", "singlestep": false, "running": true}, "id": "ptewright-3"}""",
        """{"timestamp": {"seconds": 1, "microseconds": 2}, "event": "STOP"}""",
        """{"return": {}, "id": "ptewright-4"}""",
        $$"""{"return": "{{Memory}}", "id": "ptewright-5"}""",
        """{"return": "/nowhere/memory", "id": "ptewright-6"}""",
        """{"return": true, "id": "ptewright-7"}""",
        """{"return": {}, "id": "ptewright-last"}""",
    ];

    /// <summary>Makes a conversation, mostly with one damaged line.</summary>
    public static byte[] Make(Random random)
    {
        string[] answers = Answers;
        int damaged = random.Next(answers.Length);
        if (random.Next(4) != 0)
        {
            string[] tokens = ["\"return\": ", "\"error\": {\"desc\": \"", "\"id\": ", "null", "[", "{", "}", "]", "1e999", "\\ud800", "\\u0000", "true", "\"event\": \"STOP\"", "disconnected:tcp:[::]:70000,server=on", "\n"];
            answers[damaged] = new TextMutator([answers[damaged]], tokens).Damage(random);
        }

        byte[] bytes = Encoding.UTF8.GetBytes(string.Join('\n', answers) + "\n");
        return random.Next(4) == 0 ? ByteMutator.Damage(bytes, random) : bytes;
    }

    /// <summary>Connects, stops the guest, reads its registers and a page through its stub, and leaves.</summary>
    public static void Check(ReadOnlySpan<byte> input)
    {
        _stub.Value.Say(GdbAnswers.Good);
        ScriptedPeer peer = _peer.Value;
        peer.Say(input.ToArray());
        using QmpImage image = QmpImage.Connect(peer.Path);
        ImageRegisters registers = image.Registers;
        bool isThere = image.TryRead(new PhysicalAddress(0x4000_0000), new byte[4096]);
        FuzzTarget.Require(isThere || registers is not null, "nothing was read");
    }
}
