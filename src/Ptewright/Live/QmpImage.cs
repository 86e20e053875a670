using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Ptewright.Addressing;
using Ptewright.Images;

namespace Ptewright.Live;

/// <summary>A live QEMU guest, through its machine protocol: stopped as long as this object lives, then as it was before.</summary>
/// <remarks>
/// <para>Where all of the guest's memory is a shared file (<c>memory-backend-file,share=on</c>) that can be opened here, it is mapped and nothing is copied. Otherwise pages come through a
/// gdbstub that QEMU is asked to open on a Unix socket and to close again; registers come from there in any case, because the protocol has none for them.</para>
/// <para>The socket and the file must be on this computer.</para>
/// </remarks>
public sealed unsafe partial class QmpImage : MemoryImage
{
    private readonly QmpConnection _connection;
    private readonly string _folder = Directory.CreateTempSubdirectory("ptewright-").FullName;
    private readonly bool _wasRunning;
    private GdbImage? _stub;
    private RawImage? _shared;
    private bool _hasStub;

    private QmpImage(QmpConnection connection)
    {
        _connection = connection;
        try
        {
            using (JsonDocument status = connection.Ask("query-status"))
            {
                _wasRunning = status.RootElement.GetProperty("return").TryGetProperty("running", out JsonElement running) && running.GetBoolean();
            }

            AppDomain.CurrentDomain.ProcessExit += OnExit;
            using JsonDocument stopped = connection.Ask("stop");
            _shared = OpenShared();
            _stub = OpenStub();

            // Behind the stub's own: leaving the stub sets the guest going, and this has the last word.
            AppDomain.CurrentDomain.ProcessExit -= OnExit;
            AppDomain.CurrentDomain.ProcessExit += OnExit;
            Registers = _stub.Registers;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override string Name => _connection.Name;

    /// <inheritdoc/>
    public override IReadOnlyList<MemorySegment> Segments => _shared?.Segments ?? [];

    /// <inheritdoc/>
    public override ImageRegisters Registers { get; } = new();

    /// <summary>Whether the guest's memory is mapped here, so that nothing is copied.</summary>
    public bool IsShared => _shared is not null;

    /// <summary>Connects and stops the guest.</summary>
    /// <param name="path">The protocol's Unix socket.</param>
    /// <exception cref="InvalidInputException">Nobody answers there, or QEMU refuses.</exception>
    public static QmpImage Connect(string path) => new(QmpConnection.Connect(path));

    /// <inheritdoc/>
    public override byte* Map(PhysicalAddress address, ulong bytes) => _shared is not null ? _shared.Map(address, bytes) : _stub!.Map(address, bytes);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        AppDomain.CurrentDomain.ProcessExit -= OnExit;
        _shared?.Dispose();
        _stub?.Dispose();
        try
        {
            if (_hasStub)
            {
                _ = _connection.AskMonitor("gdbserver none");
            }

            // Leaving the stub set the guest going, whatever it did before.
            using JsonDocument state = _connection.Ask(_wasRunning ? "cont" : "stop");
        }
        catch (InvalidInputException)
        {
            // The guest is gone.
        }

        _connection.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    // QEMU has one stub at most: where there is one already, that one is used, and left there.
    private GdbImage OpenStub()
    {
        using JsonDocument devices = _connection.Ask("query-chardev");
        foreach (JsonElement device in devices.RootElement.GetProperty("return").EnumerateArray())
        {
            if (device.GetProperty("label").GetString() == "gdb" && StubPlace().Match(device.GetProperty("filename").GetString() ?? string.Empty) is { Success: true } place)
            {
                return place.Groups["path"].Success
                    ? GdbImage.Connect(place.Groups["path"].Value)
                    : GdbImage.Connect("localhost", int.Parse(place.Groups["port"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture));
            }
        }

        string socket = Path.Combine(_folder, "gdb");
        string complaint = _connection.AskMonitor($"gdbserver unix:{socket},server=on,wait=off");
        _hasStub = true;
        return File.Exists(socket)
            ? GdbImage.Connect(socket)
            : throw new InvalidInputException($"{Name}: QEMU opens no gdbstub: {complaint.Trim().ReplaceLineEndings(" ")}");
    }

    // Interrupted, this program ends without disposing of anything.
    private void OnExit(object? sender, EventArgs e) => _connection.SendLast(_wasRunning ? "cont" : "stop");

    // The ranges of memory as the CPU sees them, by the name of the backend; null unless each is a shared file that can be opened.
    private RawImage? OpenShared()
    {
        List<(string Path, PhysicalAddress Start)> files = [];
        foreach (Match range in MemoryRange().Matches(_connection.AskMonitor("info mtree -f")))
        {
            PhysicalAddress start = new(ulong.Parse(range.Groups["start"].ValueSpan, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
            if (files.Any(file => file.Start == start))
            {
                continue; // Several address spaces show the same memory.
            }

            // A part of a backend that does not begin with it is a rare machine; those go through the stub.
            if (range.Groups["offset"].Success || SharedFile(range.Groups["name"].Value) is not { } path)
            {
                return null;
            }

            files.Add((path, start));
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

    private string? SharedFile(string backend)
    {
        try
        {
            using JsonDocument path = _connection.Ask("qom-get", ("path", $"/objects/{backend}"), ("property", "mem-path"));
            using JsonDocument share = _connection.Ask("qom-get", ("path", $"/objects/{backend}"), ("property", "share"));
            return share.RootElement.GetProperty("return").GetBoolean() ? path.RootElement.GetProperty("return").GetString() : null;
        }
        catch (InvalidInputException)
        {
            return null;
        }
    }

    // "disconnected:unix:PATH,server=on", "disconnected:tcp:HOST:PORT,server=on".
    [GeneratedRegex(@"^disconnected:(?:unix:(?<path>[^,]+)|(?:tcp|telnet):[^,]*:(?<port>[0-9]{1,5})),server")]
    private static partial Regex StubPlace();

    // "  0000000040000000-00000000bfffffff (prio 0, ram): name @offset"; ROM and flash have other words there.
    [GeneratedRegex(@"^\s*(?<start>[0-9a-f]{16})-[0-9a-f]{16} \(prio -?\d+, ram\): (?<name>\S+)(?: @(?<offset>[0-9a-f]+))?\s*$", RegexOptions.Multiline)]
    private static partial Regex MemoryRange();
}
