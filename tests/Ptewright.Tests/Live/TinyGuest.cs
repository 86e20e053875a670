using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Ptewright.Running;

namespace Ptewright.Tests.Live;

/// <summary>A QEMU guest without a kernel, whose memory holds some translation tables, and a second way to look at it.</summary>
internal sealed class TinyGuest : IDisposable
{
    private const int Page = 4096;
    private const ulong MemoryStart = 1UL << 30;
    private const ulong Root = MemoryStart + (16 << 20);

    private readonly string _folder = Directory.CreateTempSubdirectory("tiny-").FullName;
    private readonly Process _qemu;
    private readonly Socket _probe = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly StreamReader _reader;
    private readonly StreamWriter _writer;

    /// <summary>Starts it.</summary>
    /// <param name="tables">How many pages of tables it has, besides three that lead to them; at most 512.</param>
    /// <param name="hasStub">Whether it has a gdbstub.</param>
    public TinyGuest(int tables, bool hasStub = true)
    {
        Qemu? qemu = Qemu.Find();
        Assert.SkipWhen(qemu is null, "There is no qemu-system-aarch64 here.");
        string contents = Path.Combine(_folder, "tables");
        File.WriteAllBytes(contents, Tables(tables));
        string[] arguments =
        [
            "-nodefaults", "-nic", "none", "-display", "none", "-M", "virt", "-m", "64M", "-cpu", "cortex-a72",
            "-device", $"loader,file={contents},addr=0x{Root:x},force-raw=on",
            .. hasStub ? ["-gdb", $"unix:{Gdb},server=on,wait=off"] : Array.Empty<string>(),
            "-qmp", $"unix:{Qmp},server=on,wait=off", "-qmp", $"unix:{Path.Combine(_folder, "probe")},server=on,wait=off",
        ];
        _qemu = Process.Start(new ProcessStartInfo(qemu!.Path, arguments) { UseShellExecute = false, RedirectStandardInput = true })!;
        Assert.True(SpinWait.SpinUntil(() => File.Exists(Path.Combine(_folder, "probe")), TimeSpan.FromSeconds(60)));
        Assert.True(SpinWait.SpinUntil(TryConnect, TimeSpan.FromSeconds(60)));
        NetworkStream stream = new(_probe);
        _reader = new StreamReader(stream);
        _writer = new StreamWriter(stream) { AutoFlush = true };
        _ = _reader.ReadLine();
        _ = Command("qmp_capabilities");
    }

    /// <summary>The registers that say where the tables are, as options of the command line.</summary>
    public static string[] Registers => ["--ttbr1", $"0x{Root:x}", "--tcr", "0x5b5193519", "--mair", "0xff"];

    /// <summary>The stub's socket.</summary>
    public string Gdb => Path.Combine(_folder, "gdb");

    /// <summary>The machine protocol's socket.</summary>
    public string Qmp => Path.Combine(_folder, "qmp");

    /// <summary>A folder for the test, gone with the guest.</summary>
    public string Folder => _folder;

    /// <summary>A page of tables.</summary>
    public static ulong TablePage(int index) => Root + ((ulong)(3 + index) * Page);

    /// <summary>What lies there.</summary>
    public static byte[] TableBytes(int index)
    {
        byte[] bytes = new byte[Page];
        for (int entry = 0; entry < 512; entry += 64)
        {
            BitConverter.TryWriteBytes(bytes.AsSpan(8 * entry), (MemoryStart + ((ulong)((entry * 7) + index) % 16384 * Page)) | 0x703);
        }

        return bytes;
    }

    /// <summary>Whether the guest runs.</summary>
    public bool IsRunning()
    {
        using JsonDocument status = JsonDocument.Parse(Command("query-status"));
        return status.RootElement.GetProperty("return").GetProperty("running").GetBoolean();
    }

    /// <summary>Waits until the guest runs or stands still: QEMU does what it was told when it gets to it.</summary>
    /// <returns>False when it never does.</returns>
    public bool BecomesRunning(bool running) => SpinWait.SpinUntil(() => IsRunning() == running, TimeSpan.FromSeconds(30));

    /// <summary>Sets the guest going, or stops it.</summary>
    public void Set(bool running) => _ = Command(running ? "cont" : "stop");

    /// <summary>Whether it can write its memory in a format.</summary>
    public bool CanDump(string format) => Command("query-dump-guest-memory-capability").Contains($"\"{format}\"", StringComparison.Ordinal);

    /// <summary>Writes its memory into a file.</summary>
    /// <param name="format">QEMU's name of the format.</param>
    /// <returns>The file.</returns>
    public string Dump(string format)
    {
        string path = Path.Combine(_folder, $"{format}.dump");
        _ = Command("dump-guest-memory", $$""","arguments":{"paging":false,"protocol":"file:{{path}}","format":"{{format}}"}""");
        return path;
    }

    /// <summary>What a new debugger finds when all who came before it are gone; it leaves the guest stopped.</summary>
    /// <returns>Whether the guest ran, if QEMU says so (before 8.1), and whether the stub reads physical memory.</returns>
    public (bool SaysThatItRan, bool IsPhysical) Debug()
    {
        using Socket debugger = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = 60_000 };
        debugger.Connect(new UnixDomainSocketEndPoint(Gdb));
        _ = debugger.Send("+$qqemu.PhyMemMode#2c"u8);
        StringBuilder text = new();
        byte[] bytes = new byte[100];
        string answer;
        do
        {
            text.Append(Encoding.ASCII.GetString(bytes, 0, debugger.Receive(bytes)));
            answer = text.ToString();
        }
        while (!answer.Contains("$0#30", StringComparison.Ordinal) && !answer.Contains("$1#31", StringComparison.Ordinal));

        return (answer.Contains("$T02", StringComparison.Ordinal), answer.Contains("$1#31", StringComparison.Ordinal));
    }

    /// <summary>Ends QEMU at once.</summary>
    public void Kill()
    {
        _qemu.Kill();
        _qemu.WaitForExit();
    }

    public void Dispose()
    {
        Kill();
        _qemu.Dispose();
        _reader.Dispose();
        _writer.Dispose();
        _probe.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private bool TryConnect()
    {
        try
        {
            _probe.Connect(new UnixDomainSocketEndPoint(Path.Combine(_folder, "probe")));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private string Command(string name, string arguments = "")
    {
        _writer.WriteLine($$"""{"execute":"{{name}}"{{arguments}}}""");
        for (; ;)
        {
            string line = _reader.ReadLine() ?? throw new InvalidOperationException("QEMU is gone.");
            Assert.DoesNotContain("\"error\"", line, StringComparison.Ordinal);
            if (line.Contains("\"return\"", StringComparison.Ordinal))
            {
                return line;
            }
        }
    }

    // 39 bits: the root has one table of level 2, which has the others; the page between is not used.
    private static byte[] Tables(int count)
    {
        byte[] bytes = new byte[(3 + count) * Page];
        BitConverter.TryWriteBytes(bytes.AsSpan(0), (Root + Page) | 3);
        for (int i = 0; i < count; i++)
        {
            BitConverter.TryWriteBytes(bytes.AsSpan(Page + (8 * i)), TablePage(i) | 3);
            TableBytes(i).CopyTo(bytes, (3 + i) * Page);
        }

        return bytes;
    }
}
