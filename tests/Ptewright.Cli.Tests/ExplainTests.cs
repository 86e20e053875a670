using System.Diagnostics;
using System.Text.Json;
using Ptewright.Cli.Output;
using Ptewright.Explaining;

namespace Ptewright.Cli.Tests;

public sealed class ExplainTests
{
    public static TheoryData<string> Names => [.. Directory.EnumerateFiles(CliRun.Data("oopses"), "*.txt").Select(file => Path.GetFileName(file)).Where(name => name != "oopses.txt").Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Names))]
    public void An_answer_is_a_screen_of_80_columns(string name)
    {
        CliRun run = CliRun.Of("explain", CliRun.Data("oopses", name));
        Assert.Equal((0, string.Empty), (run.Code, run.Error));
        foreach (string answer in run.Out.TrimEnd().Split("\n\n"))
        {
            string[] lines = answer.Split('\n');
            Assert.InRange(lines.Length, 2, 25);
            Assert.All(lines, line => Assert.True(line.Length <= 80 && line == line.TrimEnd(), line));
        }
    }

    [Theory]
    [InlineData(10, true, "a")]
    [InlineData(10, false, "a")]
    [InlineData(50, true, "a")]
    [InlineData(50, false, "a")]
    [InlineData(10, true, "maybe wild-memory-access in range [0x0000000000000028-0x000000000000002f], and more")]
    [InlineData(50, true, "maybe wild-memory-access in range [0x0000000000000028-0x000000000000002f], and more")]
    [InlineData(50, false, "maybe wild-memory-access in range [0x0000000000000028-0x000000000000002f], and more")]
    public void What_has_no_room_on_a_screen_is_left_out_whole(int length, bool isCalled, string kasan)
    {
        string symbol = $"{new string('f', length)}+0x4/0x8";
        string text = string.Join('\n',
        [
            "Unable to handle kernel write to read-only memory at virtual address fff5000012345678", "  ESR = 0x000000009600004f",
            "swapper pgtable: 4k pages, 52-bit VAs, pgdp=0000000041c8f000",
            "[fff5000012345678] pgd=10000000bffff003, p4d=10000000bfffd003, pud=10000000bfffe003, pmd=1000000104d1a003, pte=0068000044f21c03",
            $"pc : {symbol}", isCalled ? $"lr : {symbol}" : "x0 : 0", $"KASAN: {kasan}",
        ]);
        string shown = CliRun.Of("explain", text, "and more").Out;
        string flat = string.Join(' ', shown.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries));
        Explanation explanation = FaultExplainer.Explain(OopsFile.Parse(text, "text")[0]);
        string[] last = [.. ExplanationText.Others(explanation), .. ExplanationText.Open(explanation).Select(OptionNames.In)];
        Assert.InRange(shown.TrimEnd().Split('\n').Length, 18, 25);
        Assert.All(last, sentence => Assert.Equal(flat.Contains(sentence, StringComparison.Ordinal), flat.Contains(sentence[..24], StringComparison.Ordinal)));
    }

    [Fact]
    public void What_the_documentation_shows_is_what_the_tool_prints()
    {
        const string Prompt = "$ ptewright ";
        string[] lines = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "explain.md"));
        int shown = 0;
        for (int i = 0; i < lines.Length; i++)
        {
            if (!lines[i].StartsWith(Prompt, StringComparison.Ordinal))
            {
                continue;
            }

            string[] output = [.. lines.Skip(i + 1).TakeWhile(line => line != "```" && !line.StartsWith('$'))];
            CliRun run = CliRun.Of(lines[i][Prompt.Length..].Replace("tests/data", CliRun.Data(), StringComparison.Ordinal).Split(' '));
            Assert.Equal(output, run.Out.TrimEnd().Split('\n'));
            shown++;
        }

        Assert.InRange(shown, 3, 20);
    }

    [Fact]
    public void Each_report_of_a_text_is_answered_on_its_own() =>
        Assert.Equal(5, CliRun.Of("explain", CliRun.Data("oopses", "real-lines.txt")).Out.Split('\n').Count(line => line.StartsWith("Values in line ", StringComparison.Ordinal)));

    [Fact]
    public void The_most_important_comes_first()
    {
        string[] lines = CliRun.Of("explain", CliRun.Data("oopses", "write-rodata-6.12.txt")).Out.Split('\n');
        Assert.Equal("Oops in line 3: Linux 6.12.57+deb13-arm64, CPU 0, sh[61], linux,dummy-virt (DT)", lines[0]);
        Assert.StartsWith("Write to read-only memory: the kernel wrote to 0xffffd9c1fb3a4ad8 in", lines[1], StringComparison.Ordinal);
        Assert.Contains("ESR      0x9600004e: Data Abort from the current level: a write met a permission", lines);
        Assert.Contains("   2 pmd 0060000048a00781 block at 0x48a00000, EL1 r-- EL0 ---, normal", lines);
        Assert.Contains("verdict  agrees with ESR: the walk reaches a leaf at level 2, denied by AP[2]", lines);
    }

    [Fact]
    public void Values_by_hand_are_explained_as_those_of_a_report()
    {
        CliRun run = CliRun.Of(
            "explain", "--esr", "0x9600004f", "--far", "ffff80000c2d5010", "--kernel", "6.1.0-32-arm64", "--va-bits", "48", "pgd=10000000bffff003,", "p4d=10000000bffff003,", "pud=10000000bfffe003,", "pmd=1000000104d1a003,",
            "pte=0060000044f21783");
        Assert.Equal((0, string.Empty), (run.Code, run.Error));
        Assert.StartsWith("Values: Linux 6.1.0-32-arm64\nWrite to read-only memory: the kernel wrote to 0xffff80000c2d5010.", run.Out, StringComparison.Ordinal);
        Assert.Contains("   0 pgd=p4d 10000000bffff003 table at 0xbffff000 (UXNTable)\n", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void A_register_of_AT_is_explained_beside_it()
    {
        CliRun run = CliRun.Of("explain", "--esr", "96000007", "--far", "ffff80000c2d5010", "--par", "ff00000044f21b80");
        Assert.Contains("AT       0xff00000044f21b80: The address leads to the page 0x44f21000, normal\n         write-back\n", run.Out, StringComparison.Ordinal);
        Assert.Contains("AT       0x80f: The translation failed: translation fault level 3\n", CliRun.Of("explain", "--far", "ffff80000c2d5010", "--par", "80f").Out, StringComparison.Ordinal);
    }

    [Fact]
    public void The_words_themselves_are_read_too()
    {
        CliRun run = CliRun.Of("explain", "Unable to handle kernel NULL pointer dereference at virtual address 0000000000000058", "  ESR = 0x96000004");
        Assert.StartsWith("Oops in line 1\nNULL pointer dereference: the kernel read 0x58.", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void JSON_has_all_of_it()
    {
        CliRun run = CliRun.Of("explain", CliRun.Data("oopses", "write-rodata-6.12.txt"), "--json");
        JsonElement one = Assert.Single(JsonDocument.Parse(run.Out).RootElement.EnumerateArray());
        Assert.Equal(
            ["kind", "line", "summary", "causes", "access", "byUser", "address", "region", "syndrome", "tables", "entries", "leaf", "agreement", "deniedBy", "open", "report"],
            one.EnumerateObject().Select(member => member.Name));
        Assert.Equal("readOnlyMemory certain", $"{one.GetProperty("causes")[0].GetProperty("kind")} {one.GetProperty("causes")[0].GetProperty("likelihood")}");
        Assert.Equal(["unrelated", "walked", "walked", "walked"], one.GetProperty("entries").EnumerateArray().Select(entry => entry.GetProperty("role").GetString()));
        Assert.Equal([0, 1, 2], one.GetProperty("entries").EnumerateArray().Where(entry => entry.TryGetProperty("level", out _)).Select(entry => entry.GetProperty("level").GetInt32()));
        Assert.Equal(["readOnly"], one.GetProperty("deniedBy").EnumerateArray().Select(rule => rule.GetString()));
        Assert.Equal("linux,dummy-virt (DT)", one.GetProperty("report").GetProperty("hardware").GetString());
        Assert.DoesNotContain("null", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void A_source_says_what_the_tables_have_now_and_what_changed()
    {
        string[] report =
        [
            "Unable to handle kernel paging request at virtual address ffff800008010000", "  ESR = 0x0000000096000007", "swapper pgtable: 4k pages, 48-bit VAs, pgdp=000000004158f000",
            "[ffff800008010000] pgd=100000005ffff003, p4d=100000005ffff003, pud=100000005fffe003, pmd=100000005fffd003, pte=0000000000000000",
        ];
        string source = CliRun.Data("captures", "6.1-cloud");
        string text = CliRun.Of(["explain", .. report, "--source", source]).Out.ReplaceLineEndings(" ");
        Assert.Contains("maps it to 0x40210000 at level 3, EL1 r-x; level 3 was 0x0, is 0xd0000040210783", text.Replace("          ", " ", StringComparison.Ordinal), StringComparison.Ordinal);

        JsonElement json = JsonDocument.Parse(CliRun.Of(["explain", .. report, "--source", source, "--json"]).Out).RootElement[0].GetProperty("source");
        Assert.Equal("0x40210000 True True 1", $"{json.GetProperty("physical")} {json.GetProperty("isSameShape")} {json.GetProperty("isSameRoot")} {json.GetProperty("changed").GetArrayLength()}");
        Assert.Equal("3 0x0000000000000000 0x00d0000040210783", string.Join(' ', json.GetProperty("changed")[0].EnumerateObject().Select(member => member.Value)));
    }

    [Theory]
    [InlineData("48-bit", "47-bit", "another kernel's")]
    [InlineData("4158f000", "4158e000", "another start")]
    public void A_source_that_is_another_kernel_is_said_to_be(string here, string there, string said)
    {
        string[] report =
        [
            "Unable to handle kernel paging request at virtual address ffff800008010000", $"swapper pgtable: {(there[0] == '4' && there.Length > 6 ? "4k" : "16k")} pages, 48-bit VAs, pgdp=000000004158f000".Replace(here, there, StringComparison.Ordinal),
            "[ffff800008010000] pgd=100000005ffff003, p4d=100000005ffff003, pud=0000000000000000",
        ];
        Assert.Contains(said, CliRun.Of(["explain", .. report, "--source", CliRun.Data("captures", "6.1-cloud")]).Out.ReplaceLineEndings(" ").Replace("          ", " ", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void A_half_that_a_source_does_not_have_is_noted_and_the_rest_explained()
    {
        CliRun run = CliRun.Of("explain", "--esr", "96000004", "--far", "58", "--source", CliRun.Data("captures", "6.1-cloud"), "--ttbr1", "4158f000", "--tcr", "0x00000000b5503510");
        Assert.Equal(0, run.Code);
        Assert.StartsWith("Values\nNULL pointer dereference", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Standard_input_is_read_where_a_hyphen_stands()
    {
        using Process process = Process.Start(ToolProcess.StartInfo(["explain", "-"]))!;
        process.StandardInput.Write(File.ReadAllText(CliRun.Data("oopses", "write-rodata-6.12.txt")));
        process.StandardInput.Close();
        Assert.StartsWith("Oops in line 3: ", process.StandardOutput.ReadToEnd(), StringComparison.Ordinal);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    [Theory]
    [InlineData(1, "There is nothing to explain", "explain")]
    [InlineData(1, "'oops.txt' is no entry, such as pte=", "explain", "oops.txt", "--esr", "96000047")]
    [InlineData(1, "'x' is no number for --esr", "explain", "--esr", "x")]
    [InlineData(1, "The entry pte is given twice.", "explain", "pte=0", "pte=1")]
    [InlineData(1, "There is no granule '8K'", "explain", "--esr", "1", "--granule", "8K")]
    [InlineData(1, "There are no 39-bit virtual addresses with 16K pages", "explain", "--esr", "1", "--granule", "16K", "--va-bits", "39")]
    [InlineData(1, "'new' is no version, such as", "explain", "--esr", "1", "--kernel", "new")]
    [InlineData(2, "Could not find file", "explain", "no-such-file")]
    [InlineData(2, "the text: it has no arm64 oops: give the lines from", "explain", "what is", "this?")]
    public void What_makes_no_sense_is_refused_in_a_sentence(int code, string sentence, params string[] arguments)
    {
        CliRun run = CliRun.Of(arguments);
        Assert.Equal((code, string.Empty), (run.Code, run.Out));
        Assert.StartsWith($"ptewright: {sentence}", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_terminal_would_obey_is_not_shown()
    {
        string text = "Unable to handle kernel paging request at virtual address ffff80000c2d5010\nHardware name: \u009b2J\u202eevil\nCPU: 1 PID: 2 Comm: a\u0007b Not tainted 6.1.0 #1\npc : f\u200f+0x1/0x2\n";
        CliRun run = CliRun.Of("explain", text, "x y");
        Assert.Equal(0, run.Code);
        Assert.DoesNotContain(run.Out, letter => char.IsControl(letter) && letter != '\n');
        Assert.Contains("a?b[2]", run.Out, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Ok, CliRun.Of("explain", text, "x y", "--json").Code);
    }
}
