using System.Diagnostics;
using System.Text.Json;
using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.Live;
using Ptewright.Running;

namespace Ptewright.Tests.Live;

/// <summary>A QEMU guest of its own, with no kernel: what is read of it is what the tests put there, and it goes on as before.</summary>
public sealed class LiveGuestTests : IDisposable
{
    private const ulong Start = 1UL << 30;
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;
    private Process? _qemu;

    public void Dispose()
    {
        _qemu?.Kill();
        _qemu?.WaitForExit();
        _qemu?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_running_guest_stands_still_while_it_is_read_and_runs_again_after(bool shared)
    {
        StartQemu(shared, hasStub: false);
        using QmpConnectionProbe probe = new(Socket("probe"));
        using (QmpImage image = QmpImage.Connect(Socket("qmp")))
        {
            Assert.False(probe.IsRunning());
            Assert.Equal(shared, image.IsShared);
            Assert.Equal(!shared, image.TryRead(new PhysicalAddress(Start + (64 << 20)), new byte[8])); // The stub reads zeros there.
            CheckContents(image);
        }

        Assert.True(probe.IsRunning());
    }

    [Fact]
    public void A_guest_that_stood_still_before_does_so_after()
    {
        StartQemu(shared: false, hasStub: true);
        using QmpConnectionProbe probe = new(Socket("probe"));
        _ = probe.Command("stop");
        QmpImage.Connect(Socket("qmp")).Dispose();

        Assert.False(probe.IsRunning());
    }

    [Fact]
    public void The_stub_alone_is_a_source_too()
    {
        StartQemu(shared: false, hasStub: true);
        using QmpConnectionProbe probe = new(Socket("probe"));
        using (GdbImage image = GdbImage.Connect(Socket("gdb")))
        {
            Assert.False(probe.IsRunning());
            CheckContents(image);
            Assert.Null(image.Register("no such register"));
        }

        Assert.True(probe.IsRunning());
    }

    [Fact]
    public void Nobody_there_is_one_sentence()
    {
        Assert.Contains("nobody answers there", Assert.Throws<InvalidInputException>(() => GdbImage.Connect(Socket("none"))).Message, StringComparison.Ordinal);
        Assert.Contains("nobody answers there", Assert.Throws<InvalidInputException>(() => GdbImage.Connect("localhost", 1)).Message, StringComparison.Ordinal);
        Assert.Contains("nobody answers there", Assert.Throws<InvalidInputException>(() => QmpImage.Connect(Socket("none"))).Message, StringComparison.Ordinal);
    }

    // QEMU's loader device has put the file at 3 MiB of memory; the CPU's registers are as after reset.
    private static void CheckContents(MemoryImage image)
    {
        byte[] bytes = new byte[4096];
        Assert.True(image.TryRead(new PhysicalAddress(Start + (3 << 20)), bytes));
        Assert.Equal(Contents(), bytes);
        Assert.NotNull(image.Registers.Tcr);
        Assert.NotNull(image.Registers.Ttbr1);
    }

    private static byte[] Contents() => [.. Enumerable.Range(0, 4096).Select(i => (byte)((i * 7) + (i >> 8)))];

    private string Socket(string name) => Path.Combine(_folder, name);

    private void StartQemu(bool shared, bool hasStub)
    {
        Qemu? qemu = Qemu.Find();
        Assert.SkipWhen(qemu is null, "There is no qemu-system-aarch64 here.");
        string contents = Path.Combine(_folder, "contents");
        File.WriteAllBytes(contents, Contents());
        string backend = shared ? $"memory-backend-file,id=ram,size=64M,mem-path={Path.Combine(_folder, "ram")},share=on" : "memory-backend-ram,id=ram,size=64M";
        string[] arguments =
        [
            "-nodefaults", "-nic", "none", "-display", "none", "-M", "virt,memory-backend=ram", "-object", backend, "-m", "64M", "-cpu", "cortex-a72",
            "-device", $"loader,file={contents},addr=0x{Start + (3 << 20):x},force-raw=on",
            "-qmp", $"unix:{Socket("qmp")},server=on,wait=off", "-qmp", $"unix:{Socket("probe")},server=on,wait=off",
            .. hasStub ? ["-gdb", $"unix:{Socket("gdb")},server=on,wait=off"] : Array.Empty<string>(),
        ];
        _qemu = Process.Start(new ProcessStartInfo(qemu!.Path, arguments) { UseShellExecute = false, RedirectStandardInput = true })!;
        SpinWait.SpinUntil(() => File.Exists(Socket("probe")) || _qemu.HasExited);
        Assert.False(_qemu.HasExited);
    }

    /// <summary>A second connection of the machine protocol, as plain as can be.</summary>
}
