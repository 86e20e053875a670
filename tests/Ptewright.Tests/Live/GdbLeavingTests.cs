using System.Net.Sockets;
using System.Text;
using Ptewright.Live;

namespace Ptewright.Tests.Live;

/// <summary>What a stub is told last, by what it had answered before: with a stub of the test's making, as QEMUs of any version are.</summary>
public sealed class GdbLeavingTests
{
    // For peers that are silent, which no patience changes.
    private static readonly TimeSpan _short = TimeSpan.FromMilliseconds(300);

    // For peers that answer, however busy the computer is.
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(10);

    [Theory]
    [InlineData("$T02thread:01;#04", "7.2.22Debian", "VM status: paused", "Qqemu.PhyMemMode:0 D")]
    [InlineData("", "7.2.22Debian", "VM status: paused", "Qqemu.PhyMemMode:0")]
    [InlineData("", "8.0.0", "VM status: paused", "Qqemu.PhyMemMode:0")]
    [InlineData("", "8.1.0", "VM status: paused", "Qqemu.PhyMemMode:0 D")]
    [InlineData("", "10.0.2", "VM status: paused", "Qqemu.PhyMemMode:0 D")]
    [InlineData("", "10.0.2", "VM status: paused (prelaunch)", "Qqemu.PhyMemMode:0")]
    [InlineData("", "", "", "Qqemu.PhyMemMode:0 D")]
    public void A_guest_goes_on_if_it_ran(string announcement, string version, string status, string last)
    {
        Stub stub = new(announcement, version, status, "0");
        Leave(stub);
        Assert.Equal(last, stub.Last);
    }

    [Fact]
    public void A_stub_that_was_in_physical_mode_stays_there()
    {
        Stub stub = new("$T02thread:01;#04", "7.2.22", "VM status: paused", "1");
        Leave(stub);
        Assert.Equal("Qqemu.PhyMemMode:1 D", stub.Last);
    }

    [Fact]
    public void A_stub_without_that_mode_is_not_told_of_it()
    {
        Stub stub = new("$T02thread:01;#04", "4.0.0", "VM status: paused", string.Empty);
        Leave(stub);
        Assert.Equal("D", stub.Last);
    }

    [Fact]
    public void Whoever_stopped_the_guest_itself_sets_it_going_itself()
    {
        Stub stub = new(string.Empty, "10.0.2", "VM status: paused", "0");
        using HostilePeer peer = new(stub.Serve);
        GdbGuest.Attach(peer.Address, _patience, ranBefore: false).Dispose();
        Assert.Equal("Qqemu.PhyMemMode:0", stub.Last);
    }

    [Fact]
    public void A_stub_that_never_answers_is_told_to_go_on()
    {
        byte[] heard = [];
        using ManualResetEventSlim isOver = new();
        using (HostilePeer peer = new(stream =>
        {
            heard = HostilePeer.ReadAll(stream);
            isOver.Wait();
        }))
        {
            _ = Assert.Throws<InvalidInputException>(() => GdbGuest.Attach(peer.Address, _short));
            isOver.Set();
            Assert.Contains($"gdb:{peer.Address}", LiveGuests.Unanswered);
        }

        Assert.EndsWith("++$D#44", Encoding.ASCII.GetString(heard), StringComparison.Ordinal);
    }

    [Fact]
    public void After_a_lost_connection_a_new_one_says_it()
    {
        byte[] heard = [];
        using (HostilePeer peer = new(
            stream => stream.ReadByte(),
            stream =>
            {
                heard = HostilePeer.ReadAll(stream);
                stream.Write("$OK#9a"u8);
            }))
        {
            _ = Assert.Throws<InvalidInputException>(() => GdbGuest.Attach(peer.Address, _patience));
        }

        Assert.Equal("++$D#44", Encoding.ASCII.GetString(heard));
    }

    private static void Leave(Stub stub)
    {
        using HostilePeer peer = new(stub.Serve);
        GdbGuest.Attach(peer.Address, _patience).Dispose();
    }

    private sealed class Stub(string announcement, string version, string status, string mode)
    {
        private readonly List<string> _heard = [];

        /// <summary>What came behind the questions.</summary>
        public string Last => string.Join(' ', _heard.Where(command => !command.StartsWith('q')));

        public void Serve(NetworkStream stream)
        {
            stream.Write(Encoding.ASCII.GetBytes(announcement));
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
                    _heard.Add(command.ToString());
                    foreach (string answer in Answers(command.ToString()))
                    {
                        stream.Write(GdbConnection.Frame(answer));
                    }
                }
                else
                {
                    _ = command.Append((char)next);
                }
            }
        }

        private IEnumerable<string> Answers(string command) => command switch
        {
            "qqemu.PhyMemMode" => [mode],
            _ when command.StartsWith("qRcmd,", StringComparison.Ordinal) && version.Length == 0 => [string.Empty],
            _ when command.StartsWith("qRcmd,", StringComparison.Ordinal) =>
                [$"O{Convert.ToHexString(Encoding.ASCII.GetBytes(command.Contains("76657273", StringComparison.Ordinal) ? version : status))}", "OK"],
            _ => ["OK"],
        };
    }
}
