using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Ptewright.Addressing;
using Ptewright.Files;
using Ptewright.Images;
using Ptewright.Texts;

namespace Ptewright.Live;

/// <summary>A live QEMU guest, through its machine protocol: stopped as long as this object lives, then as it was before.</summary>
/// <remarks>
/// <para>Where all of the guest's memory is a shared file (<c>memory-backend-file,share=on</c>) that can be opened here, it is mapped and nothing is copied. Otherwise pages come through a
/// gdbstub that QEMU is asked to open on a Unix socket and to close again; registers come from there in any case, because the protocol has none for them.</para>
/// <para>The socket and the file must be on this computer.</para>
/// </remarks>
public sealed partial class QmpImage : MemoryImage
{
    private const int MaxComplaint = 200;

    // A machine has a handful.
    private const int MostBackends = 256;

    private readonly QmpGuest _guest;
    private GdbImage? _stub;
    private RawImage? _shared;

    /// <summary>Stops a guest and opens what it can be read by.</summary>
    /// <param name="guest">The guest, which is left with this object.</param>
    internal QmpImage(QmpGuest guest)
    {
        _guest = guest;
        try
        {
            PeerAddress? stub = FindStub();
            guest.Stop();
            _shared = OpenShared();
            _stub = OpenStub(stub);
            Registers = _stub.Registers;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override string Name => _guest.Name;

    /// <inheritdoc/>
    public override IReadOnlyList<MemorySegment> Segments => _shared?.Segments ?? [];

    /// <inheritdoc/>
    public override ImageRegisters Registers { get; } = new();

    /// <summary>Whether the guest's memory is mapped here, so that nothing is copied.</summary>
    public bool IsShared => _shared is not null;

    /// <summary>Connects and stops the guest.</summary>
    /// <param name="path">The protocol's Unix socket.</param>
    /// <exception cref="InvalidInputException">Nobody answers there, or QEMU refuses.</exception>
    public static QmpImage Connect(string path) => new(QmpGuest.Attach(PeerAddress.OfSocket(path)));

    /// <inheritdoc/>
    public override MemoryReader OpenReader() => _shared?.OpenReader() ?? _stub!.OpenReader();

    /// <inheritdoc/>
    internal override MemoryReader OpenSweep() => _shared?.OpenSweep() ?? _stub!.OpenReader();

    /// <inheritdoc/>
    internal override PhysicalAddress NextWritten(PhysicalAddress address) => _shared?.NextWritten(address) ?? address;

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _shared?.Dispose();
        _stub?.Dispose();
        _guest.Dispose();
    }

    // QEMU has one stub at most: where there is one already, that one is used, and left there.
    private PeerAddress? FindStub()
    {
        const string question = "query-chardev";
        JsonElement devices = _guest.Connection.Ask(question);
        if (devices.ValueKind != JsonValueKind.Array)
        {
            throw _guest.Connection.Unexpected(question);
        }

        foreach (JsonElement device in devices.EnumerateArray())
        {
            if (_guest.Connection.Text(QmpConnection.Member(device, "label"), question) != "gdb")
            {
                continue;
            }

            string name = _guest.Connection.Text(QmpConnection.Member(device, "filename"), question);
            if (!name.StartsWith("disconnected:", StringComparison.Ordinal))
            {
                throw new InvalidInputException($"{Name}: a debugger is connected to the guest's stub {TextFile.Quote(name)}, and QEMU serves one at a time.");
            }

            if (StubPlace().Match(name) is { Success: true } place)
            {
                return place.Groups["path"].Success
                    ? PeerAddress.OfSocket(place.Groups["path"].Value)
                    : PeerAddress.OfPort(LocalHost(place.Groups["host"].Value), int.Parse(place.Groups["port"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture));
            }
        }

        return null;
    }

    // A stub that listens everywhere is reached here.
    private static string LocalHost(string host) => host is "" or "0.0.0.0" or "[::]" or "::" ? "localhost" : host.Trim('[', ']');

    private GdbImage OpenStub(PeerAddress? stub)
    {
        if (stub is not null)
        {
            return new GdbImage(stub, _guest.Patience, ranBefore: false);
        }

        // Connected, nobody needs its name any more.
        using TemporaryFile socket = TemporaryFile.Create("gdb");
        string complaint = _guest.OpenStub(socket.Path);
        return File.Exists(socket.Path)
            ? new GdbImage(PeerAddress.OfSocket(socket.Path), _guest.Patience, ranBefore: false)
            : throw new InvalidInputException($"{Name}: QEMU opens no gdbstub: {ForeignText.Quote(complaint.Trim(), MaxComplaint)}.");
    }

    // The ranges of memory as the CPU sees them, by the name of the backend; null unless each is a shared file that can be opened.
    private RawImage? OpenShared()
    {
        List<(string Path, PhysicalAddress Start)> files = [];
        foreach (string line in _guest.Connection.AskMonitor("info mtree -f").Split('\n'))
        {
            if (MemoryRange().Match(line) is not { Success: true } range)
            {
                continue;
            }

            ulong start = Address(range.Groups["start"].ValueSpan);
            if (files.Any(file => file.Start.Value == start))
            {
                continue; // Several address spaces show the same memory.
            }

            // A part of a backend that does not begin with it is a rare machine; those go through the stub.
            if (files.Count == MostBackends || range.Groups["offset"].Success || SharedFile(range.Groups["name"].Value, start, Address(range.Groups["last"].ValueSpan)) is not { } path)
            {
                return null;
            }

            files.Add((path, new PhysicalAddress(start)));
        }

        try
        {
            return files.Count > 0 ? new RawImage(files) : null;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or InvalidInputException)
        {
            return null;
        }
    }

    private static ulong Address(ReadOnlySpan<char> digits) => ulong.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    // Only a file has a length: what QEMU names may also be a pipe, and opening that would wait for ever.
    private string? SharedFile(string backend, ulong start, ulong last)
    {
        try
        {
            string path = _guest.Connection.Text(_guest.Connection.Ask("qom-get", ("path", $"/objects/{backend}"), ("property", "mem-path")), "qom-get");
            bool isShared = _guest.Connection.Truth(_guest.Connection.Ask("qom-get", ("path", $"/objects/{backend}"), ("property", "share")), "qom-get");
            return isShared && last >= start && path.Length > 0 && new FileInfo(path) is { Exists: true } file && file.Length > 0 && (ulong)file.Length - 1 >= last - start ? path : null;
        }
        catch (Exception problem) when (problem is InvalidInputException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    // "disconnected:unix:PATH,server=on", "disconnected:tcp:HOST:PORT,server=on".
    [GeneratedRegex("^disconnected:(?:unix:(?<path>.+)|(?:tcp|telnet):(?<host>[^,]*):(?<port>[0-9]{1,5})),server")]
    private static partial Regex StubPlace();

    // "  0000000040000000-00000000bfffffff (prio 0, ram): name @offset"; ROM and flash have other words there.
    [GeneratedRegex(@"^ *(?<start>[0-9a-f]{16})-(?<last>[0-9a-f]{16}) \(prio -?[0-9]{1,9}, ram\): (?<name>\S+)(?: @(?<offset>[0-9a-f]+))?[ \r]*$")]
    private static partial Regex MemoryRange();
}
