using System.Globalization;
using System.Text.RegularExpressions;
using Ptewright.Files;

namespace Ptewright.Live;

/// <summary>A guest behind QEMU's gdbstub, from before the connection is made until the guest is as it was before: the mode of the stub and whether the guest runs.</summary>
/// <remarks>
/// <para>QEMU stops the guest when somebody connects, and leaves it so when the connection ends. Up to version 8.0 it announces the stop to the newcomer if the guest did run; later versions
/// say nothing, and a guest that stands still for no special reason is then taken for one that ran (QEMU's <c>gdbstub</c>: <c>gdb_chr_event</c>, <c>gdb_vm_state_change</c>).</para>
/// <para>Physical-memory mode belongs to the stub, not to the connection. It is on only within one message: so whatever happens to this program, the next debugger
/// reads what it expects.</para>
/// </remarks>
internal sealed partial class GdbGuest : IDisposable
{
    // QEMU's packets hold 4096 digits.
    private const int Piece = 1 << 11;

    private readonly PeerAddress _address;
    private readonly GdbConnection _connection;
    private readonly AtExit _atExit;
    private readonly Lock _leaving = new();
    private bool? _ranBefore;
    private string? _modeBefore;
    private bool _isLearned;
    private bool _isLeft;

    private GdbGuest(PeerAddress address, TimeSpan patience, bool? ranBefore)
    {
        _address = address;
        _ranBefore = ranBefore;
        _connection = new GdbConnection(_address, patience);
        _atExit = AtExit.Do(Leave);
    }

    /// <summary>What errors call the guest.</summary>
    public string Name => _connection.Peer.Name;

    /// <summary>How long an answer may take.</summary>
    public TimeSpan Patience => _connection.Peer.Patience;

    private TimeSpan LeavingPatience => _connection.Peer.LeavingPatience;

    /// <summary>Connects, which stops the guest.</summary>
    /// <param name="address">Where the stub listens.</param>
    /// <param name="patience">How long an answer may take.</param>
    /// <param name="ranBefore">Whether the guest ran, where somebody knows and the stub does not say.</param>
    /// <exception cref="InvalidInputException">Nobody answers there, or no stub.</exception>
    public static GdbGuest Attach(PeerAddress address, TimeSpan? patience = null, bool? ranBefore = null)
    {
        GdbGuest guest = new(address, patience ?? PeerConnection.UsualPatience, ranBefore);
        try
        {
            using PeerConnection.Exchange exchange = guest._connection.Peer.Begin();
            guest._connection.Peer.Connect();
            guest.Learn();
            return guest;
        }
        catch
        {
            guest.Dispose();
            throw;
        }
    }

    /// <summary>Asks the stub something that changes nothing.</summary>
    /// <exception cref="InvalidInputException">There is no answer.</exception>
    public string Ask(string command) => _connection.Ask(command);

    /// <summary>Makes sure that the stub knows physical memory.</summary>
    /// <exception cref="InvalidInputException">It does not.</exception>
    public void CheckPhysicalMode()
    {
        if (_modeBefore is null)
        {
            throw CannotRead();
        }
    }

    /// <summary>Reads physical memory.</summary>
    /// <param name="from">The first byte's address, a multiple of 4096.</param>
    /// <param name="destination">Takes the bytes, whole pages.</param>
    /// <returns>False when the guest has none there.</returns>
    /// <exception cref="InvalidInputException">There is no answer, or the stub cannot read physical memory.</exception>
    public bool TryRead(ulong from, Span<byte> destination)
    {
        CheckPhysicalMode();
        for (int at = 0; at < destination.Length; at += 2 * Piece)
        {
            if (!TryReadPage(from + (ulong)at, destination.Slice(at, 2 * Piece)))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Leaves the guest as it was before.</summary>
    public void Dispose()
    {
        Leave();
        _atExit.Dispose();
    }

    private bool TryReadPage(ulong from, Span<byte> destination)
    {
        using PeerConnection.Exchange exchange = _connection.Peer.Begin();
        _connection.Peer.Send(GdbConnection.Frame(
            "Qqemu.PhyMemMode:1",
            string.Create(CultureInfo.InvariantCulture, $"m{from:x},{Piece:x}"),
            string.Create(CultureInfo.InvariantCulture, $"m{from + Piece:x},{Piece:x}"),
            $"Qqemu.PhyMemMode:{_modeBefore}"));
        if (!_connection.Receive().SequenceEqual("OK"u8))
        {
            throw CannotRead();
        }

        bool isThere = TakeBytes(destination[..Piece]);
        isThere &= TakeBytes(destination[Piece..]);
        return _connection.Receive().SequenceEqual("OK"u8) ? isThere : throw _connection.Peer.Broken("it does not leave physical memory (Qqemu.PhyMemMode)");
    }

    private bool TakeBytes(Span<byte> destination)
    {
        ReadOnlySpan<byte> answer = _connection.Receive();
        return answer.Length == 2 * destination.Length && Convert.FromHexString(answer, destination, out _, out _) == System.Buffers.OperationStatus.Done;
    }

    private InvalidInputException CannotRead() => _connection.Peer.Broken("it cannot read physical memory (Qqemu.PhyMemMode), as QEMU from 4.1 on can");

    // In an exchange: what has to be known to leave the guest as it was.
    private void Learn()
    {
        _connection.Peer.Send(GdbConnection.Frame("qqemu.PhyMemMode", MonitorCommand("info version"), MonitorCommand("info status")));
        string mode = _connection.ReceiveText();
        string? version = _connection.ReceiveMonitorText();
        string? status = _connection.ReceiveMonitorText();
        _modeBefore = mode is "0" or "1" ? mode : null;
        _ranBefore = _connection.SawStop ? true : _ranBefore ?? RanBefore(version, status);
        _isLearned = true;
    }

    // Without the announcement of a stop; null when nothing tells.
    private static bool? RanBefore(string? version, string? status)
    {
        if (version is null || status is null || VersionNumber().Match(version) is not { Success: true } number)
        {
            return null;
        }

        int value = (int.Parse(number.Groups["major"].ValueSpan, CultureInfo.InvariantCulture) * 100) + int.Parse(number.Groups["minor"].ValueSpan, CultureInfo.InvariantCulture);

        // "paused (prelaunch)", "paused (io-error)": connecting does not stop a guest for such a reason.
        return value < 801 || status.Contains("paused (", StringComparison.Ordinal) ? false : null;
    }

    private static string MonitorCommand(string text) => $"qRcmd,{Convert.ToHexStringLower(System.Text.Encoding.ASCII.GetBytes(text))}";

    // What is sent last. A guest that nobody knows anything of goes on, as it does after any debugger.
    private byte[] LastWords()
    {
        string[] commands = [.. _modeBefore is { } mode ? [$"Qqemu.PhyMemMode:{mode}"] : Array.Empty<string>(), .. _ranBefore == false ? Array.Empty<string>() : ["D"]];

        // Twice: where the guest runs all the same, the first byte that is no acknowledgement stops it and is lost.
        return commands.Length == 0 ? [] : [(byte)'+', .. GdbConnection.Frame(commands)];
    }

    private void Leave()
    {
        lock (_leaving)
        {
            if (_isLeft)
            {
                return;
            }

            _isLeft = true;
            PeerConnection peer = _connection.Peer;
            peer.TakeOver();
            LearnLate(peer);
            byte[] words = LastWords();
            if (peer.WasMade && words.Length > 0 && !SayLast(peer, words) && !(peer.IsLost && SayAnew(words)))
            {
                LiveGuests.AddUnanswered(Name);
            }

            _connection.Dispose();
        }
    }

    // This program may end between connecting and the first answer; another thread may be waiting for it.
    private void LearnLate(PeerConnection peer)
    {
        if (_isLearned || !peer.TryBegin(LeavingPatience, out PeerConnection.Exchange exchange))
        {
            return;
        }

        using (exchange)
        {
            try
            {
                if (!_isLearned && peer is { WasMade: true, IsLost: false })
                {
                    Learn();
                }
            }
            catch (InvalidInputException)
            {
                // It goes on then, as after any debugger.
            }
        }
    }

    // QEMU closes its side when it has done everything that was said before this side was closed.
    private bool SayLast(PeerConnection peer, byte[] words)
    {
        if (!peer.TrySendLast(words, LeavingPatience))
        {
            return false;
        }

        peer.EndSending();
        if (!peer.TryBegin(LeavingPatience, out PeerConnection.Exchange exchange))
        {
            return false;
        }

        using (exchange)
        {
            ReadOnlySpan<byte> done = "$OK#9a"u8;
            int matched = 0;
            try
            {
                for (; ;)
                {
                    byte next = peer.ReadByte();
                    matched = matched < done.Length && next == done[matched] ? matched + 1 : next == done[0] ? 1 : 0;
                }
            }
            catch (InvalidInputException)
            {
                return peer.IsLost && matched == done.Length;
            }
        }
    }

    // A connection that is lost says nothing any more, and the guest stands still: a new one does. Where nobody listens any more, there is no guest.
    private bool SayAnew(byte[] words)
    {
        using GdbConnection anew = new(_address, LeavingPatience);
        anew.Peer.TakeOver();
        try
        {
            anew.Peer.Connect();
        }
        catch (InvalidInputException)
        {
            return true;
        }

        return SayLast(anew.Peer, words);
    }

    // "7.2.22Debian 1:7.2+dfsg-7".
    [GeneratedRegex("^(?<major>[0-9]{1,3})\\.(?<minor>[0-9]{1,3})")]
    private static partial Regex VersionNumber();
}
