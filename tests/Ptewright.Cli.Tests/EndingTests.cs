using Ptewright.Cli.Output;
using Ptewright.Running;
using Ptewright.Tests.Live;

namespace Ptewright.Cli.Tests;

/// <summary>Whatever ends the tool, and whenever: a guest is then as it was before, and nothing that the tool started or wrote is left.</summary>
public sealed class EndingTests : IDisposable
{
    private const int Pages = 200;
    private readonly string _folder = Directory.CreateTempSubdirectory("ending-").FullName;

    public static TheoryData<string, string, bool> Ways => new(
        from source in new[] { "gdb", "qmp" }
        from way in new[] { "INT", "TERM", "HUP", "QUIT", "pipe" }
        from runs in new[] { true, false }
        select (source, way, runs));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Ways))]
    public void A_guest_is_left_as_it_was(string source, string way, bool runs) => CheckGuest(source, way, runs, moments: 2);

    [Theory]
    [MemberData(nameof(Ways))]
    [Trait("Category", "Slow")]
    public void A_guest_is_left_as_it_was_at_many_moments(string source, string way, bool runs) => CheckGuest(source, way, runs, moments: 50);

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    [InlineData("HUP", 129)]
    [InlineData("QUIT", 131)]
    [InlineData("KILL", 137)]
    public void A_machine_that_was_booted_ends_with_the_tool(string signal, int code)
    {
        NeedBootImage();
        CheckMachine(["boot", "-m", "64G", "--granule", "all", "--repeat", "15", "--verify", "full"], signal, code);
    }

    [Theory]
    [InlineData("TERM", 143)]
    [InlineData("KILL", 137)]
    public void A_machine_whose_instructions_are_counted_ends_with_the_tool(string signal, int code)
    {
        NeedBootImage();
        CheckMachine(["count", "--boot", "-m", "64G", "--granule", "all"], signal, code);
    }

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    [InlineData("HUP", 129)]
    [InlineData("QUIT", 131)]
    [InlineData("KILL", 137)]
    [Trait("Category", "Slow")]
    public void A_kernel_that_is_verified_leaves_neither_QEMU_nor_its_memory(string signal, int code)
    {
        const string version = "6.1.0-56-cloud-arm64";
        string file = Path.Combine(Environment.GetEnvironmentVariable("PTEWRIGHT_KERNELS") ?? string.Empty, $"vmlinuz-{version}");
        Assert.SkipUnless(File.Exists(file), $"PTEWRIGHT_KERNELS names no folder with vmlinuz-{version}, of Debian's package linux-image-{version}.");
        CheckMachine(
            ["verify", "--kernel-image", file, "--symbols", CliRun.Data("symbols", "System.map-6.1-cloud"), "--config", CliRun.Data("config", "config-6.1-cloud"), "--cpu", "cortex-a72"],
            signal,
            code);
    }

    [Theory]
    [InlineData("a,b c")]
    [InlineData("a-folder-whose-name-is-so-long-that-no-socket-in-it-could-have-a-path-that-the-system-takes-0123456789")]
    public void Temporary_files_may_lie_anywhere(string name)
    {
        NeedBootImage();
        string folder = Directory.CreateDirectory(Path.Combine(_folder, name)).FullName;
        using ToolProcess tool = new(folder, ["count", "--boot", "-m", "64M", "--strategy", "single-map", "--json"]);
        tool.ReadOutput();
        CliRun run = tool.Wait();
        Assert.Equal((ExitCode.Ok, string.Empty), (run.Code, run.Error));
        Assert.Empty(Directory.GetFileSystemEntries(folder));
    }

    [Theory]
    [InlineData("a,b\"c d")]
    [InlineData("a-folder-whose-name-is-so-long-that-no-socket-in-it-could-have-a-path-that-the-system-takes-0123456789")]
    public void A_stub_of_its_own_is_opened_wherever_temporary_files_lie(string name)
    {
        using TinyGuest guest = new(1, hasStub: false);
        string folder = Directory.CreateDirectory(Path.Combine(_folder, name)).FullName;
        using ToolProcess tool = new(folder, ["list", $"qmp:{guest.Qmp}", .. TinyGuest.Registers]);
        tool.ReadOutput();
        CliRun run = tool.Wait();
        Assert.Equal((ExitCode.Ok, string.Empty), (run.Code, run.Error));
        Assert.Contains("8 ranges", run.Out, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder));
        Assert.True(guest.IsRunning());
    }

    [Fact]
    public void What_QEMU_complains_of_is_no_command_to_the_terminal()
    {
        CliRun run = RunOnFakeQemu("""printf '\033[2Jcleared \302\233 \342\200\256\n' >&2; exit 1""");
        Assert.Equal(ExitCode.No, run.Code);
        Assert.DoesNotContain(run.Error + run.Out, character => char.IsControl(character) && character != '\n');
        Assert.Contains("?[2Jcleared", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_machine_writes_is_no_command_to_the_terminal()
    {
        CliRun run = RunOnFakeQemu("""printf '@machine midr=\033]0;title\007\302\233\342\200\256\n'""");
        Assert.Equal(ExitCode.BadInput, run.Code);
        Assert.DoesNotContain(run.Error + run.Out, character => char.IsControl(character) && character != '\n');
        Assert.Contains("?]0;title", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_machine_that_writes_without_end_is_ended()
    {
        CliRun run = RunOnFakeQemu("""exec yes "a long line that comes again and again" """);
        Assert.Equal(ExitCode.No, run.Code);
        Assert.Equal("ptewright: The machine wrote more than 16777216 characters to its console, the most that is read.\n", run.Error);
    }

    [Fact]
    public void What_is_no_program_is_said()
    {
        NeedBootImage();
        string file = Path.Combine(_folder, "qemu");
        File.WriteAllText(file, "no program");
        using ToolProcess tool = new(_folder, ["boot", "-m", "64M"], new Dictionary<string, string> { ["PTEWRIGHT_QEMU"] = file });
        CliRun run = tool.Wait();
        Assert.Equal((ExitCode.No, $"ptewright: '{file}' could not be started: it is no program.\n"), (run.Code, run.Error));
    }

    private static void NeedBootImage()
    {
        Assert.SkipWhen(Qemu.Find() is null, "There is no qemu-system-aarch64 here.");
        Assert.SkipWhen(typeof(Application).Assembly.GetManifestResourceStream("ptewright-boot.img") is null, "The tool was built without the boot image.");
    }

    private CliRun RunOnFakeQemu(string script)
    {
        NeedBootImage();
        string file = Path.Combine(_folder, "qemu");
        File.WriteAllText(file, $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        using ToolProcess tool = new(_folder, ["boot", "-m", "64M"], new Dictionary<string, string> { ["PTEWRIGHT_QEMU"] = file });
        tool.ReadOutput();
        return tool.Wait();
    }

    private void CheckMachine(string[] arguments, string signal, int code)
    {
        using ToolProcess tool = new(_folder, arguments);

        // The tool's folder is named by the machine that it starts, if only as the one to be deleted.
        Assert.True(SpinWait.SpinUntil(() => tool.HasEnded || ToolProcess.Naming(_folder).Count > 0, TimeSpan.FromMinutes(1)));
        Assert.All(Directory.GetDirectories(_folder, "ptewright-*"), folder => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder)));
        tool.Signal(signal);
        CliRun run = tool.Wait();
        Assert.Equal((code, string.Empty), (run.Code, run.Error));
        Assert.True(SpinWait.SpinUntil(() => ToolProcess.Naming(_folder).Count == 0, TimeSpan.FromMinutes(1)), "A process is left.");
        Assert.True(SpinWait.SpinUntil(() => !Directory.EnumerateFileSystemEntries(_folder, "ptewright-*").Any(), TimeSpan.FromMinutes(1)), "A temporary file is left.");
    }

    private void CheckGuest(string source, string way, bool runs, int moments)
    {
        using TinyGuest guest = new(Pages);
        int code = way switch { "INT" => 130, "TERM" => 143, "HUP" => 129, "QUIT" => 131, _ => 141 };
        Random random = new(20_261_128);
        long all = 0;
        int early = 0;
        for (int i = -1; i < moments; i++)
        {
            Task ended = Task.CompletedTask;
            guest.Set(runs);
            using MeddlingProxy proxy = new(Path.Combine(guest.Folder, $"proxy{i}"), source == "gdb" ? guest.Gdb : guest.Qmp);
            using ToolProcess tool = new(_folder, ["list", $"{source}:{proxy.Path}", .. TinyGuest.Registers]);
            if (i >= 0)
            {
                // The machine protocol is done when reading begins, so what comes then is some time after it.
                int later = source == "qmp" && i > 0 ? random.Next(150) : 0;
                proxy.Moment = i == 0 ? 0 : random.NextInt64(all);
                proxy.Meddle = () => ended = End(tool, way, later);
            }

            if (i < 0 || way != "pipe")
            {
                tool.ReadOutput();
            }
            else if (i > 0)
            {
                // A tool that nobody reads would stop writing, and then reading, before the moment comes.
                tool.ReadOutputForNow();
            }

            CliRun run = tool.Wait();
            ended.GetAwaiter().GetResult();
            if (i < 0)
            {
                Assert.Equal((ExitCode.Ok, string.Empty), (run.Code, run.Error));
                all = proxy.Passed;
            }
            else
            {
                Assert.Contains(run.Code, new[] { code, ExitCode.Ok });
                Assert.Equal(string.Empty, run.Error);
                early += run.Code == code ? 1 : 0;
            }

            Assert.True(guest.BecomesRunning(runs), $"moment {i}");
            (bool saysThatItRan, bool isPhysical) = guest.Debug();
            Assert.False(isPhysical);
            Assert.True(runs || !saysThatItRan, $"moment {i}");
            Assert.Empty(Directory.GetFileSystemEntries(_folder, "ptewright-*"));
        }

        // The first moment is before anything was answered.
        Assert.NotEqual(0, early);
    }

    private static async Task End(ToolProcess tool, string way, int milliseconds)
    {
        await Task.Delay(milliseconds);
        if (way == "pipe")
        {
            tool.CloseOutput();
        }
        else
        {
            tool.Signal(way);
        }
    }
}
