using System.Text.Json;
using Ptewright.Cli.Output;
using Ptewright.Tests;
using Ptewright.Tests.Discovery;
using Ptewright.Translation;

namespace Ptewright.Cli.Tests;

/// <summary><c>inspect</c>, and the registers that reading commands find themselves.</summary>
public sealed class InspectTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;
    private readonly SyntheticKernel _kernel = new(Shapes.Make(GranuleSize.Size4K, 48, 48), size: 16 << 20, hasCoreInfo: true);

    private string Raw => $"{Path.Combine(_folder, "ram.img")}@0x40000000";

    public InspectTests() => _kernel.Save(Path.Combine(_folder, "ram.img"));

    public void Dispose()
    {
        _kernel.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void It_says_what_was_found_and_how_it_is_known_in_eighty_columns()
    {
        CliRun run = CliRun.On((output, error) => new Terminal(output, error) { Width = 80 }, "inspect", Raw);
        Assert.Equal((ExitCode.Ok, string.Empty), (run.Code, run.Error));
        string[] lines = run.Out.TrimEnd('\n').Split('\n');
        Assert.Equal($"{Path.Combine(_folder, "ram.img")}: raw memory", lines[0]);
        Assert.All(lines[1..], line => Assert.InRange(line.Length, 0, 80));
        Assert.Contains("  release          6.12.117+synthetic-arm64", lines);
        Assert.Contains("  PHYS_OFFSET      0x40000000", lines);
        Assert.Contains(lines, line => line.StartsWith($"  kernel root      {_kernel.Swapper}", StringComparison.Ordinal));
        Assert.Contains("usual: what Linux writes at boot", run.Out, StringComparison.Ordinal);
        Assert.Contains("VMCOREINFO in memory at 0x40410000", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void It_says_which_machine_it_is_and_how_each_part_is_known()
    {
        using SyntheticMachine machine = new();
        _ = machine.Find();
        machine.Kernel.Save(Path.Combine(_folder, "ram.img"));
        CliRun run = CliRun.On((output, error) => new Terminal(output, error) { Width = 80 }, "inspect", Raw);
        string[] lines = [.. run.Out.TrimEnd('\n').Split('\n').SkipWhile(line => line != "Machine")];
        Assert.All(lines, line => Assert.InRange(line.Length, 0, 80));

        // Its symbols were somewhere else, so the device tree is looked for.
        Assert.Equal("Machine", lines[0]);
        Assert.Equal("  memory           16 MiB in 1 range", lines[1]);
        Assert.Equal($"                     (the device tree at {machine.TreeAt} (looked for in memory))", lines[2]);
        Assert.Contains("  CPU              cortex-a72  (MIDR 0x410fd083 in the kernel's log)", lines);
        Assert.Contains(lines, line => line.StartsWith("  command line     'console=ttyAMA0 rodata=off'", StringComparison.Ordinal));
        Assert.Contains("  symbols          none", lines);

        JsonElement found = JsonDocument.Parse(CliRun.Of("inspect", Raw, "--json").Out).RootElement.GetProperty("machine");
        Assert.Equal(("console=ttyAMA0 rodata=off", "deviceTree"), Statement(found, "commandLine"));
        Assert.Equal(("0x410fd083", "log"), Statement(found, "midr"));
        Assert.Equal(("cortex-a72", "log"), Statement(found, "cpu"));
        JsonElement memory = found.GetProperty("memory");
        Assert.Equal(("deviceTree", "0x40000000", 16UL << 20, false), (memory.GetProperty("by").GetString(), memory.GetProperty("ranges")[0].GetProperty("start").GetString(), memory.GetProperty("ranges")[0].GetProperty("size").GetUInt64(), memory.GetProperty("ranges")[0].GetProperty("noMap").GetBoolean()));
        Assert.False(found.TryGetProperty("symbols", out _));
    }

    [Fact]
    public void Verify_says_what_it_took_and_which_option_gives_what_it_could_not_find()
    {
        using SyntheticMachine machine = new();
        _ = machine.Find();
        machine.Kernel.Save(Path.Combine(_folder, "ram.img"));
        CliRun run = CliRun.Of("verify", Raw);
        Assert.Equal(ExitCode.Usage, run.Code);
        Assert.EndsWith(
            "--symbols System.map or vmlinuz, of that very kernel. They are not to be had from memory: the kernel's image in memory has no table of its symbols that can be read.\n",
            run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Json_has_each_statement_with_how_it_is_known()
    {
        CliRun run = CliRun.Of("inspect", Raw, "--json", "--by", "tables");
        Assert.Equal(ExitCode.Ok, run.Code);
        JsonElement all = JsonDocument.Parse(run.Out).RootElement;
        Assert.Equal(("raw memory", false), (all.GetProperty("format").GetString(), all.GetProperty("ambiguous").GetBoolean()));
        Assert.Equal("0x40000000", all.GetProperty("ranges")[0].GetProperty("start").GetString());
        JsonElement kernel = Assert.Single(all.GetProperty("kernels").EnumerateArray());
        Assert.Equal(($"0x{_kernel.Ttbr1:x}", true), (kernel.GetProperty("ttbr1").GetString(), kernel.GetProperty("proven").GetBoolean()));
        Assert.Equal(("48", "tables"), Statement(kernel, "vaBits"));
        Assert.Equal(("4096", "tables"), Statement(kernel, "pageSize"));
        Assert.Equal(("52", "usual"), Statement(kernel, "builtVaBits"));
        Assert.Equal(("0x8000000", "tables"), Statement(kernel, "kaslrOffset"));
        Assert.Equal(("6.12.117+synthetic-arm64", "image"), Statement(kernel, "release"));
        Assert.Equal(("0x40044ffff", "usual"), Statement(kernel, "mair"));
        Assert.False(kernel.TryGetProperty("buildId", out _));
        Assert.Equal(["kernel", "empty", "trampoline", "identity"], kernel.GetProperty("roots").EnumerateArray().Select(root => root.GetProperty("kind").GetString()));
        Assert.Equal(kernel.GetProperty("score").GetInt32(), kernel.GetProperty("points").EnumerateArray().Sum(point => point.GetProperty("given").GetInt32()));
    }

    [Fact]
    public void Where_nothing_is_found_it_says_what_was_tried()
    {
        string file = Path.Combine(_folder, "zeros");
        File.WriteAllBytes(file, new byte[1 << 20]);
        CliRun run = CliRun.Of("inspect", $"{file}@0");
        Assert.Equal(ExitCode.No, run.Code);
        Assert.Contains("No kernel was found\n  The source itself says nothing: no registers, no VMCOREINFO note.\n", run.Out, StringComparison.Ordinal);
        CliRun list = CliRun.Of("list", $"{file}@0");
        Assert.Equal(ExitCode.BadInput, list.Code);
        Assert.Equal(
            "ptewright: note: nothing in its memory shows a kernel's root table; 'ptewright inspect' says what was tried.\nptewright: The source does not say what TTBR1_EL1 holds; give it with --ttbr1.\n", list.Error);
        CliRun wrong = CliRun.Of("inspect", Raw, "--by", "magic");
        Assert.Equal((ExitCode.Usage, "ptewright: --by takes registers, note, text, symbols or tables, not 'magic'.\n"), (wrong.Code, wrong.Error));
    }

    [Fact]
    public void Reading_commands_find_the_registers_and_say_where()
    {
        const string Note = "ptewright: note: TTBR1, TCR from VMCOREINFO in memory; MAIR as usual.\n";
        string tcr = JsonDocument.Parse(CliRun.Of("inspect", Raw, "--json").Out).RootElement.GetProperty("kernels")[0].GetProperty("tcr").GetString()!;
        string[] byHand = ["--ttbr1", $"0x{_kernel.Ttbr1:x}", "--tcr", tcr, "--mair", "0x40044ffff"];
        string address = $"0x{_kernel.Image.Value + _kernel.ImageDistance + 0x10000:x}";
        foreach (string[] command in (string[][])[["list", Raw], ["walk", Raw, address], ["find", Raw, "40210000"], ["list", Raw, "--format", "kernel"]])
        {
            CliRun found = CliRun.Of(command);
            CliRun given = CliRun.Of([.. command, .. byHand, .. command[^1] == "kernel" ? (string[])["--va-bits", "48"] : []]);
            Assert.Equal((ExitCode.Ok, Note), (found.Code, found.Error));
            Assert.Equal(string.Empty, given.Error);
            Assert.Equal(given.Out, found.Out);
        }

        string folder = Path.Combine(_folder, "tables");
        Assert.Equal((ExitCode.Ok, Note), (CliRun.Of("capture", Raw, "-o", folder) is var run ? run.Code : 0, run.Error));
        Assert.Equal(CliRun.Of("list", Raw).Out, CliRun.Of("list", folder).Out);
        Assert.Equal((ExitCode.Ok, Note), (CliRun.Of("diff", Raw, folder) is var same ? same.Code : 0, same.Error));
    }

    [Fact]
    public void A_note_that_one_walk_bears_out_is_taken_and_another_kernel_s_is_not()
    {
        byte[] memory = File.ReadAllBytes(Path.Combine(_folder, "ram.img"));
        string core = Path.Combine(_folder, "vmcore");
        string listed = CliRun.Of("list", Raw).Out;
        CoreFile.Write(core, _kernel.CoreInfo(_kernel.Swapper), 0x4000_0000, memory);
        CliRun right = CliRun.Of("list", core);
        Assert.Equal((ExitCode.Ok, "ptewright: note: TTBR1, TCR from the VMCOREINFO note; MAIR as usual.\n"), (right.Code, right.Error));
        Assert.Equal(listed, right.Out);

        // What an earlier kernel left names a page that is no root now.
        CoreFile.Write(core, _kernel.CoreInfo(_kernel.Swapper + 0x10_0000), 0x4000_0000, memory);
        CliRun wrong = CliRun.Of("list", core);
        Assert.Equal(
            (ExitCode.Ok, "ptewright: note: TTBR1, TCR from VMCOREINFO in memory; MAIR as usual.\nptewright: note: the VMCOREINFO note says another root, which the tables do not bear out.\n"), (wrong.Code, wrong.Error));
        Assert.Equal(listed, wrong.Out);

        // Where nothing else is found the note is all that there is.
        memory.AsSpan((int)(_kernel.Swapper.Value - 0x4000_0000), 4096).Clear();
        CoreFile.Write(core, _kernel.CoreInfo(_kernel.Swapper), 0x4000_0000, memory);
        CliRun empty = CliRun.Of("list", core);
        Assert.Equal(ExitCode.No, empty.Code);
        Assert.StartsWith("ptewright: note: TTBR1, TCR from the VMCOREINFO note, which the tables do not bear out.\n", empty.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_two_kernels_that_are_equally_good_none_is_taken()
    {
        using SyntheticKernel other = new(Shapes.Make(GranuleSize.Size4K, 48, 48), start: 0x8000_0000, size: 16 << 20);
        other.Save(Path.Combine(_folder, "other.img"));
        string both = $"{Raw},{Path.Combine(_folder, "other.img")}@0x80000000";
        CliRun list = CliRun.Of("list", both);
        Assert.Equal((ExitCode.No, string.Empty), (list.Code, list.Out));
        Assert.Contains($"--ttbr1 0x{_kernel.Ttbr1:x} --tcr", list.Error, StringComparison.Ordinal);
        Assert.Contains($"--ttbr1 0x{other.Ttbr1:x} --tcr", list.Error, StringComparison.Ordinal);
        CliRun inspect = CliRun.Of("inspect", both);
        Assert.Equal(ExitCode.No, inspect.Code);
        Assert.Contains("Kernel 2 of 2", inspect.Out, StringComparison.Ordinal);
        Assert.Contains("Ambiguous", inspect.Out, StringComparison.Ordinal);
    }

    private static (string? Value, string? By) Statement(JsonElement kernel, string name) =>
        (kernel.GetProperty(name).GetProperty("value").GetString(), kernel.GetProperty(name).GetProperty("by").GetString());
}
