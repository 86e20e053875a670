using System.Globalization;
using System.Text;
using Ptewright.Cli.Output;
using Spectre.Console;

namespace Ptewright.Cli.Tests;

/// <summary>Whatever a file, a name or an argument holds: nothing that a terminal would obey leaves the tool.</summary>
public sealed class ForeignTextTests : IDisposable
{
    // A title for the window, a colour, a cleared screen by C1, the other direction, a new line and a tab.
    private const string Hostile = "\u001b]0;x\u0007\u001b[31mred\u009b2J\u202eder\u2028\u0085\r\b\t\u007f";
    private readonly string _folder = Directory.CreateTempSubdirectory("foreign-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("iomem/efi-2g-6.12.txt", "map", "--iomem")]
    [InlineData("iomem/dt-2g-crash-6.12.txt", "map", "--iomem")]
    [InlineData("efi/efi-2g-6.12.log", "map", "--efi-map")]
    [InlineData("config/config-6.12-cloud", "map", "--memory", "1G", "--config")]
    [InlineData("symbols/System.map-6.12-cloud", "map", "--memory", "1G", "--image-base", "0x40200000", "--symbols")]
    [InlineData("golden/ptdump-linux-6.12-2g-max.txt", "boot", "--log")]
    [InlineData("golden/ptdump-linux-6.12-2g-max.txt", "compare", "--memory", "64M", "--dtb")]
    [InlineData("captures/6.1-cloud/capture.json", "list", "")]
    [InlineData("captures/6.1-cloud/capture.json", "find", "", "0x41000000")]
    [InlineData("captures/6.1-cloud/capture.json", "verify", "", "--memory", "512M")]
    public void A_file_that_holds_it_anywhere_does_nothing(string file, params string[] arguments)
    {
        string[] lines = File.ReadAllLines(CliRun.Data(file.Split('/')));
        Random random = new(20_261_129);
        for (int i = 0; i < 40; i++)
        {
            string[] changed = [.. lines];
            int line = i < 10 ? Math.Min(i, lines.Length - 1) : random.Next(lines.Length);
            changed[line] = changed[line].Insert(random.Next(changed[line].Length + 1), i % 2 == 0 ? Hostile : Hostile[(i % Hostile.Length)..]);
            Check(arguments, file, string.Join('\n', changed));
        }
    }

    [Theory]
    [InlineData("@machine midr=0x{0} el=1")]
    [InlineData("@{0} a=b")]
    [InlineData("@machine midr=0x410fd083 el=1 image=0x40200000 imageEnd=0x40300000 deviceTree=0x48000000 deviceTreeSize=0x1000 frequency=1 rangeInvalidation=0\nptewright-boot: {0}\n1 passed, 0 failed")]
    public void A_console_that_holds_it_does_nothing(string text) =>
        Check(["boot", "--log"], "console.txt", string.Format(CultureInfo.InvariantCulture, text, Hostile));

    [Fact]
    public void A_capture_shows_the_words_of_its_source_and_nothing_else()
    {
        string json = File.ReadAllText(CliRun.Data("captures", "6.1-cloud", "capture.json")).Replace("vmlinuz-6.1.0", "\\u001b[31m\\u0007vmlinuz", StringComparison.Ordinal);
        CliRun run = Check(["verify", string.Empty, "--memory", "512M"], "captures/6.1-cloud/capture.json", json);
        Assert.NotEqual(ExitCode.Fault, run.Code);
    }

    [Theory]
    [InlineData("list", Hostile)]
    [InlineData("list", "gdb:" + Hostile + ":1")]
    [InlineData("list", "qmp:" + Hostile)]
    [InlineData("list", Hostile + "@0x0")]
    [InlineData("walk", Hostile, Hostile)]
    [InlineData(Hostile)]
    [InlineData("list", "--" + Hostile)]
    [InlineData("map", "--memory", Hostile)]
    [InlineData("map", "--memory", "1G", "--cpu", Hostile)]
    [InlineData("map", "--memory", "1G", "--kernel", Hostile)]
    [InlineData("map", "--memory", "1G", "--cmdline", Hostile)]
    [InlineData("map", "--dtb", Hostile)]
    [InlineData("map", "--iomem", Hostile)]
    [InlineData("compare", "--strategy", Hostile)]
    [InlineData("compare", "--machine", Hostile)]
    [InlineData("decode", Hostile)]
    [InlineData("encode", Hostile)]
    [InlineData("encode", Hostile + "=1")]
    [InlineData("trace", "--svg", Hostile)]
    [InlineData("boot", "--log", Hostile)]
    [InlineData("boot", "--image", "/no such folder/" + Hostile)]
    [InlineData("verify", "--kernel-image", Hostile)]
    [InlineData("capture", "x", "-o", Hostile)]
    public void An_argument_that_holds_it_does_nothing(params string[] arguments) => CheckClean(CliRun.Of(arguments), arguments);

    [Fact]
    public void Tables_and_texts_of_the_tool_itself_cannot_carry_it_but_keep_their_colours()
    {
        CliRun run = Shown(terminal =>
        {
            terminal.Write(new Table().AddColumn(Markup.Escape(Hostile)).AddRow(new Text(Hostile)));
            terminal.WriteMarked($"[bold]{Markup.Escape(Hostile)}[/]");
            terminal.Out.WriteLine(Hostile);
            terminal.Out.Write(Hostile.ToCharArray());
            terminal.Error.Write(Hostile[0]);
        });
        CheckClean(run, []);
        CliRun coloured = Shown(terminal => terminal.WriteMarked($"[bold]{Markup.Escape("a\u001b]0;x\u0007b")}[/]"), hasColour: true);
        Assert.Equal("\u001b[1ma?]0;x?b\u001b[0m\n", coloured.Out);
    }

    [Fact]
    public void Paths_of_sockets_that_are_too_long_are_said()
    {
        string path = $"/tmp/{new string('x', 200)}";
        foreach (string kind in new[] { "gdb", "qmp" })
        {
            CliRun run = CliRun.Of("list", $"{kind}:{path}");
            Assert.Equal(
                (ExitCode.BadInput, $"ptewright: {kind}:{path}: that path has 205 bytes, more than the system allows for a socket; reach it by a shorter one, such as a symbolic link to its folder.\n"),
                (run.Code, run.Error));
        }

        Assert.Equal(ExitCode.BadInput, CliRun.Of("list", "qmp:").Code);
        Assert.Equal(ExitCode.BadInput, CliRun.Of("list", "gdb:").Code);
        Assert.Equal(ExitCode.BadInput, CliRun.Of("list", $"gdb:{new string('x', 300)}:1").Code);
    }

    [Fact]
    public void A_fault_of_the_tool_is_no_stack_trace()
    {
        using MemoryStream error = new();
        int code;
        using (Terminal terminal = new(new FaultyStream(), error))
        {
            code = Application.Run(["decode", "0x0"], terminal);
            Assert.Equal(ExitCode.Fault, code);
        }

        string[] lines = Encoding.UTF8.GetString(error.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("ptewright: This is a fault of ptewright itself: please report it, with the command line and these words:", lines[0]);
        Assert.StartsWith("System.InvalidOperationException: it is ?[1m broken (at Ptewright.Cli.Tests.ForeignTextTests.FaultyStream.Fail(", lines[1], StringComparison.Ordinal);
        Assert.Equal(2, lines.Length);
    }

    [Theory]
    [InlineData(ExitCode.Usage, "bogus")]
    [InlineData(ExitCode.BadInput, "list", "no-such-file")]
    [InlineData(ExitCode.No, "compare", "--memory", "4K")]
    [InlineData(ExitCode.Ok, "decode", "0x0")]
    public void Messages_that_cannot_be_written_change_no_exit_code(int code, params string[] arguments)
    {
        using FileStream full = new("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        using Terminal terminal = new(new MemoryStream(), full);

        Assert.Equal(code, Application.Run(arguments, terminal));
    }

    private static CliRun Shown(Action<Terminal> write, bool hasColour = false)
    {
        using MemoryStream output = new();
        using MemoryStream error = new();
        using (Terminal terminal = new(output, error) { HasColour = hasColour })
        {
            write(terminal);
        }

        return new CliRun(0, Encoding.UTF8.GetString(output.ToArray()), Encoding.UTF8.GetString(error.ToArray()));
    }

    // The file in place of the argument behind the one that asks for it; a capture is its folder.
    private CliRun Check(string[] arguments, string name, string text)
    {
        bool isCapture = name.EndsWith("capture.json", StringComparison.Ordinal);
        string path = Path.Combine(_folder, Path.GetFileName(name));
        File.WriteAllText(path, text);
        if (isCapture && !File.Exists(Path.Combine(_folder, "pages.bin.gz")))
        {
            File.Copy(CliRun.Data("captures", "6.1-cloud", "pages.bin.gz"), Path.Combine(_folder, "pages.bin.gz"));
        }

        string[] full = isCapture ? [.. arguments.Select(argument => argument.Length == 0 ? _folder : argument)] : [.. arguments, path];
        CliRun run = CliRun.Of(full);
        CheckClean(run, full);
        Assert.NotEqual(ExitCode.Fault, run.Code);
        return run;
    }

    private static void CheckClean(CliRun run, string[] arguments)
    {
        foreach (char character in run.Out + run.Error)
        {
            UnicodeCategory category = char.GetUnicodeCategory(character);
            Assert.False(
                character != '\n' && category is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator && character != '\n',
                $"U+{(int)character:x4} from {string.Join(' ', arguments)}");
        }
    }

    private sealed class FaultyStream : MemoryStream
    {
        private bool _isBroken;

        public override void Write(ReadOnlySpan<byte> buffer) => Fail();

        public override void Write(byte[] buffer, int offset, int count) => Fail();

        // Once, so that closing works.
        private void Fail()
        {
            if (!_isBroken)
            {
                _isBroken = true;
                throw new InvalidOperationException("it is \u001b[1m broken");
            }
        }
    }
}
