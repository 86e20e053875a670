using Ptewright.Addressing;
using Ptewright.Explaining;
using Ptewright.Translation;

namespace Ptewright.Tests.Explaining;

/// <summary>One report, in all that consoles, journals, mails and people make of it.</summary>
public sealed class OopsLayoutTests
{
    private static readonly string[] _lines =
    [
        "Unable to handle kernel paging request at virtual address ffff80000a2d5010",
        "Mem abort info:",
        "  ESR = 0x0000000096000047",
        "  EC = 0x25: DABT (current EL), IL = 32 bits",
        "  SET = 0, FnV = 0",
        "  EA = 0, S1PTW = 0",
        "  FSC = 0x07: level 3 translation fault",
        "Data abort info:",
        "  ISV = 0, ISS = 0x00000047",
        "  CM = 0, WnR = 1",
        "swapper pgtable: 4k pages, 48-bit VAs, pgdp=0000000041c8f000",
        "[ffff80000a2d5010] pgd=10000000bffff003, p4d=10000000bffff003, pud=10000000bfffe003, pmd=1000000104d1a003, pte=0000000000000000",
        "Internal error: Oops: 0000000096000047 [#1] SMP",
        "Modules linked in: demo(OE) xt_CT",
        "CPU: 2 PID: 417 Comm: my prog Tainted: G           OE      6.1.0-32-arm64 #1 Debian 6.1.129-1",
        "Hardware name: QEMU KVM Virtual Machine, BIOS 2022.11-6 11/10/2022",
        "pstate: 60400005 (nZCv daif +PAN -UAO -TCO -DIT -SSBS BTYPE=--)",
        "pc : demo_probe+0x48/0x1e0 [demo]",
        "lr : demo_probe+0x2c/0x1e0 [demo]",
        "sp : ffff80000b3bbb40",
        "x29: ffff80000b3bbb40 x28: 0000000000000000 x27: ffff00000310c000",
        "x2 : 0000000000000002 x1 : 0000000000000001 x0 : ffff80000a2d5000",
        "Call trace:",
        " demo_probe+0x48/0x1e0 [demo]",
        "Code: 97fff2a1 d65f03c0 aa0003e1 910003fd (f9402c00) ",
        "---[ end trace 0000000000000000 ]---",
    ];

    public static TheoryData<string, string> Prefixes => new()
    {
        { "nothing", string.Empty },
        { "a stamp", "[  118.402000] " },
        { "a stamp and a thread", "[  118.402000][  T417] " },
        { "a thread", "[   T417] " },
        { "a CPU", "[    C2] " },
        { "a level", "<1>[  118.402000] " },
        { "a level without stamp", "<1>" },
        { "a date", "[Fri Nov 27 02:14:00 2026] " },
        { "a journal", "Nov 27 02:14:00 lab kernel: " },
        { "syslog", "Nov 27 02:14:00 lab kernel: [  118.402000] " },
        { "ISO times", "2026-11-27T02:14:00,000000+00:00 " },
        { "dmesg -x", "kern  :alert : [  118.402000] " },
        { "/dev/kmsg", "1,912,118402000,-;" },
        { "walls", "kernel:[  118.402000] " },
        { "a mail", "> " },
        { "a mail of a mail", "> > [  118.402000] " },
        { "indented", "\t    [  118.402000] " },
        { "colours", "\u001b[31m[  118.402000]\u001b[0m \u001b[1m" },
        { "written colours", "^[[32m[  118.402000] ^[[0m" },
    };

    [Theory]
    [MemberData(nameof(Prefixes))]
    public void What_stands_before_lines_does_not_matter(string what, string prefix)
    {
        _ = what;
        Check(string.Join('\n', _lines.Select(line => prefix + line)));
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    [InlineData("\n\n")]
    [InlineData("  \n")]
    public void Line_ends_do_not_matter(string end) => Check(string.Concat(_lines.Select(line => line + end)));

    [Theory]
    [InlineData(60)]
    [InlineData(72)]
    [InlineData(76)]
    [InlineData(80)]
    [InlineData(100)]
    [InlineData(132)]
    public void Lines_that_a_terminal_broke_are_whole_again(int columns) => Check(string.Join('\n', _lines.SelectMany(line => Hard("[  118.402000] " + line, columns))));

    [Theory]
    [InlineData(40)]
    [InlineData(60)]
    [InlineData(72)]
    [InlineData(78)]
    public void Lines_that_a_mail_folded_are_whole_again(int columns) => Check(string.Join('\n', _lines.SelectMany(line => Soft("> " + line, columns))));

    [Fact]
    public void Entries_that_were_printed_on_lines_of_their_own_are_one_walk() => Check(string.Join('\n', _lines).Replace(", p", "\n[  118.402000] , p", StringComparison.Ordinal));

    [Fact]
    public void What_others_say_in_between_does_not_matter()
    {
        IEnumerable<string> mixed = _lines.SelectMany((line, i) => new[] { line, i % 3 == 0 ? "usb 1-1: new high-speed USB device number 2 using xhci_hcd" : "audit: type=1400 audit(1.1:2): pid=1" });
        Check(string.Join('\n', mixed));
        Check("Dear all,\nsee x29: below; pgd= is what I wonder about.\n" + string.Join('\n', _lines) + "\n-- \nSincerely");
    }

    [Fact]
    public void Each_of_several_reports_has_its_own_values()
    {
        string second = string.Join('\n', _lines).Replace("ffff80000a2d5010", "ffff80000a2d6020", StringComparison.Ordinal).Replace("[#1]", "[#2]", StringComparison.Ordinal);
        IReadOnlyList<Oops> found = OopsFile.Parse(string.Join('\n', _lines) + "\nand then\n" + second, "input");

        Assert.Equal([1, 28], found.Select(oops => oops.Line));
        Assert.Equal([0xffff80000a2d5010, 0xffff80000a2d6020], found.Select(oops => oops.Address!.Value.Value));
        Assert.Equal([0xffff80000a2d5010, 0xffff80000a2d6020], found.Select(oops => oops.TablesAddress!.Value.Value));
        Assert.All(found, oops => Assert.Equal(5, oops.Entries.Count));
    }

    [Theory]
    [InlineData("CPU: 3 PID: 7 Comm: sh Not tainted 4.19.0-27-arm64 #1 Debian 4.19.316-1", "sh", "", "4.19.0-27-arm64", 316)]
    [InlineData("CPU: 3 UID: 0 PID: 7 Comm: sh Not tainted 7.1.3 #2 PREEMPT", "sh", "", "7.1.3", 3)]
    [InlineData("CPU: 3 UID: 1000 PID: 7 Comm: a #1 b Tainted: G        W          6.12.0-rc3 #1 PREEMPT_RT", "a #1 b", "G        W", "6.12.0-rc3", 0)]
    [InlineData("CPU: 3 PID: 7 Comm: Not tainted Tainted: P           O      5.10.0+ #1", "Not tainted", "P           O", "5.10.0+", 0)]
    public void The_line_about_the_process_says_the_kernel(string line, string process, string taint, string release, int patch)
    {
        Oops oops = Assert.Single(OopsFile.Parse($"{_lines[0]}\n{line}\n{_lines[15]}", "input"));
        Assert.Equal((3, 7, process, taint, release, patch), (oops.Cpu, oops.Pid, oops.Process, oops.Taint, oops.Release, oops.Version!.Value.Patch));
    }

    [Fact]
    public void A_syndrome_whose_line_is_lost_is_put_together()
    {
        string[] without = [.. _lines.Where(line => !line.Contains("ESR", StringComparison.Ordinal) && !line.Contains("Internal", StringComparison.Ordinal))];
        Oops oops = Assert.Single(OopsFile.Parse(string.Join('\n', without), "input"));

        Assert.True(oops.IsSyndromeInferred);
        Assert.Equal(0x96000047UL, oops.Syndrome!.Value.Value);
    }

    [Theory]
    [InlineData("BUG: unable to handle page fault for address: ffffc90000000000\nRIP: 0010:f+0x1/0x2", "x86")]
    [InlineData("Unable to handle kernel NULL pointer dereference at virtual address 00000000\npgd = c0004000\n[00000000] *pgd=00000000\nInternal error: Oops: 17 [#1] PREEMPT SMP ARM", "32-bit Arm")]
    [InlineData("hello\nworld", "no arm64 oops")]
    [InlineData("", "no arm64 oops")]
    public void What_is_no_oops_of_arm64_is_refused_by_what_it_is(string text, string reason)
    {
        InvalidInputException refusal = Assert.Throws<InvalidInputException>(() => OopsFile.Parse(text, "input"));
        Assert.StartsWith("input: ", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_kernel_that_oopses_for_ever_is_read_to_an_end() =>
        Assert.Equal(OopsFile.MostReports, OopsFile.Parse(string.Concat(Enumerable.Repeat(string.Join('\n', _lines) + "\n", OopsFile.MostReports + 20)), "input").Count);

    private static void Check(string text)
    {
        Oops oops = Assert.Single(OopsFile.Parse(text, "input"));
        Assert.Equal(OopsKind.Fault, oops.Kind);
        Assert.Equal("paging request", oops.Message);
        Assert.Equal(0xffff80000a2d5010, oops.Address!.Value.Value);
        Assert.Equal(0x96000047UL, oops.Syndrome!.Value.Value);
        Assert.False(oops.IsSyndromeInferred);
        Assert.Equal(new PrintedTables(false, GranuleSize.Size4K, 48, new PhysicalAddress(0x41c8f000)), oops.Tables);
        Assert.Equal(
            [(TableName.Pgd, 0x10000000bffff003UL), (TableName.P4d, 0x10000000bffff003UL), (TableName.Pud, 0x10000000bfffe003UL), (TableName.Pmd, 0x1000000104d1a003UL), (TableName.Pte, 0UL)],
            oops.Entries.Select(entry => (entry.Name, entry.Entry.Raw)));
        Assert.Equal("Oops", oops.InternalError);
        Assert.Equal((2, 417, "my prog"), (oops.Cpu, oops.Pid, oops.Process));
        Assert.Equal("6.1.0-32-arm64", oops.Release);
        Assert.Equal((6, 1, 129), (oops.Version!.Value.Major, oops.Version.Value.Minor, oops.Version.Value.Patch));
        Assert.Equal(0x60400005UL, oops.ProcessState);
        Assert.True(oops.HasPan);
        Assert.StartsWith("demo_probe+0x48/0x1e0", oops.ProgramCounter, StringComparison.Ordinal);
        Assert.StartsWith("demo_probe+0x2c/0x1e0", oops.LinkRegister, StringComparison.Ordinal);
        Assert.Equal(0xffff80000b3bbb40, oops.StackPointer!.Value.Value);
        Assert.Equal((0xffff80000a2d5000, 1UL, 0xffff00000310c000), (oops.Registers[0], oops.Registers[1], oops.Registers[27]));
        Assert.EndsWith("(f9402c00)", oops.Code, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Hard(string line, int columns) => line.Chunk(columns).Select(piece => new string(piece));

    private static IEnumerable<string> Soft(string line, int columns)
    {
        string rest = line;
        while (rest.Length > columns)
        {
            int at = rest.LastIndexOf(' ', columns);
            at = at <= 2 ? rest.IndexOf(' ', 3) : at;
            if (at < 0)
            {
                break;
            }

            yield return rest[..at];
            rest = "> " + rest[(at + 1)..];
        }

        yield return rest;
    }
}
