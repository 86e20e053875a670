using System.Text.Json;
using Ptewright.Cli.Output;

namespace Ptewright.Cli.Tests;

/// <summary>A copy of a running kernel's own listing is a source: for list, find, diff and verify.</summary>
public sealed class PtdumpSourceTests : IDisposable
{
    private const string Lines = """
        ---[ Linear Mapping start ]---
        0xffff000000000000-0xffff000000200000           2M PTE       RW NX SHD AF NG         UXN    MEM/NORMAL-TAGGED
        0xffff000000200000-0xffff000002200000          32M PMD       ro NX SHD AF NG     BLK UXN    MEM/NORMAL
        0xffff000002200000-0xffff000040000000         990M PTE       RW x  SHD AF NG         UXN    MEM/NORMAL-TAGGED
        0xffff000040000000-0xffff800000000000      131071G PUD
        ---[ Linear Mapping end ]---
        """;

    private readonly string _path = Path.GetTempFileName();

    public PtdumpSourceTests() => File.WriteAllText(_path, Lines);

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void List_shows_what_the_text_knows()
    {
        CliRun run = CliRun.Of("list", _path);

        Assert.Equal(
            """
            TTBR1: the kernel's own listing, 4K pages, 48-bit addresses
            from                 to (not incl.)             size  physical         leaves      EL1  EL0  memory
            0xffff000000000000   0xffff000000200000         2 MiB  -                page        rw-  ---  normal write-back, inner shareable, not global
            0xffff000000200000   0xffff000002200000        32 MiB  -                2M block    r--  ---  normal write-back, inner shareable, not global
            0xffff000002200000   0xffff000040000000       990 MiB  -                page        rwx  ---  normal write-back, inner shareable, not global
            3 ranges, 1 GiB.

            """,
            run.Out);
        Assert.Equal((ExitCode.Ok, string.Empty), (run.Code, run.Error));
    }

    [Fact]
    public void Json_has_no_physical_address_unless_it_is_said_where_the_linear_map_leads()
    {
        Assert.Equal([null, null, null], Physical(CliRun.Of("list", _path, "--format", "json")));
        Assert.Equal(["0x80000000", "0x80200000", "0x82200000"], Physical(CliRun.Of("list", _path, "--format", "json", "--memstart", "0x80000000")));

        static string?[] Physical(CliRun run)
        {
            using JsonDocument document = JsonDocument.Parse(run.Out);
            return [.. document.RootElement.GetProperty("ranges").EnumerateArray().Select(range => range.GetProperty("physical").GetString())];
        }
    }

    [Theory]
    [InlineData("w&x", "990 MiB")]
    [InlineData("block", "32 MiB")]
    [InlineData("va=0xffff000000100000", "2 MiB")]
    [InlineData("attrindx=1 & !x", "2 MiB")]
    public void Filters_choose_by_what_the_text_knows(string filter, string size)
    {
        CliRun run = CliRun.Of("list", _path, "--filter", filter);

        Assert.Equal(ExitCode.Ok, run.Code);
        Assert.Contains($"1 range, {size}; 2 more left out by --filter.", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Find_searches_the_linear_map_when_it_is_said_where_that_leads()
    {
        CliRun run = CliRun.Of("find", _path, "0x80200000", "--memstart", "0x80000000");

        Assert.Equal("0x80200000\n  0xffff000000200000  level 2, 2M block: EL1 r--, EL0 ---, normal write-back, inner shareable, not global\n", run.Out);
        Assert.Equal((ExitCode.Ok, "ptewright: note: only the linear map is searched: where the rest leads, a kernel's own listing does not say.\n"), (run.Code, run.Error));
        Assert.Equal(ExitCode.No, CliRun.Of("find", _path, "0xc0000000", "--memstart", "0x80000000").Code);
    }

    [Theory]
    [InlineData(ExitCode.Usage, "A kernel's own listing has no physical addresses: say with --memstart", "find", "FILE", "0x80200000")]
    [InlineData(ExitCode.Usage, "The filter asks for what a kernel's own listing does not show", "list", "FILE", "--filter", "dbm")]
    [InlineData(ExitCode.Usage, "The filter asks for what a kernel's own listing does not show", "list", "FILE", "--filter", "pa=0x80000000")]
    [InlineData(ExitCode.Usage, "A kernel lists its own half only", "list", "FILE", "--half", "ttbr0")]
    [InlineData(ExitCode.BadInput, "is a kernel's own listing of its tables and has no tables", "walk", "FILE", "0xffff000000000000")]
    [InlineData(ExitCode.BadInput, "is a kernel's own listing of its tables and has no tables", "list", "FILE", "--format", "kernel")]
    [InlineData(ExitCode.BadInput, "is a kernel's own listing of its tables and has no tables", "capture", "FILE", "-o", "nowhere")]
    [InlineData(ExitCode.Usage, "Option --memstart belongs to a kernel's own listing", "list", "CAPTURE", "--memstart", "0x40000000")]
    public void What_a_listing_cannot_answer_is_refused(int code, string sentence, params string[] arguments)
    {
        CliRun run = CliRun.Of([.. arguments.Select(argument => argument switch { "FILE" => _path, "CAPTURE" => CliRun.Data("captures", "6.1-cloud"), _ => argument })]);

        Assert.Equal(code, run.Code);
        Assert.Contains(sentence, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_listings_are_compared_by_what_they_show()
    {
        string after = Path.GetTempFileName();
        try
        {
            File.WriteAllText(after, File.ReadAllText(_path).Replace("990M PTE       RW x ", "990M PTE       RW NX", StringComparison.Ordinal));

            CliRun run = CliRun.Of("diff", _path, after);

            Assert.Equal(ExitCode.No, run.Code);
            Assert.Equal(
                """
                TTBR1
                1 change of what is mapped:
                  0xffff000002200000..0xffff000040000000  990 MiB: permission changed
                    - page: EL1 rwx, EL0 ---, AttrIndx 1, inner shareable, not global
                    + page: EL1 rw-, EL0 ---, AttrIndx 1, inner shareable, not global

                """,
                run.Out);
            Assert.Equal(ExitCode.Ok, CliRun.Of("diff", _path, _path).Code);
        }
        finally
        {
            File.Delete(after);
        }
    }

    // Of tables only what a listing shows is compared, where it lists; so a kernel's tables and their listing are the same.
    [Theory]
    [InlineData("6.1-cloud", 0)]
    [InlineData("6.12-cloud", 0)]
    [InlineData("6.12-16k", 0)]
    [InlineData("6.12-cloud", 12)]
    public void A_listing_is_compared_with_tables(string capture, int firstLine)
    {
        string tables = CliRun.Data("captures", capture);
        string[] listing = CliRun.Of("list", tables, "--format", "kernel", "--half", "ttbr1").Out.Split('\n');
        File.WriteAllLines(_path, listing[firstLine..^1]);

        CliRun run = CliRun.Of("diff", _path, tables);

        Assert.Equal((ExitCode.Ok, "TTBR1\nBoth map the same.\n"), (run.Code, run.Out));
        Assert.Equal("TTBR1\nBoth map the same.\n", CliRun.Of("diff", tables, _path).Out);
    }

    [Fact]
    public void Verify_holds_a_listing_against_the_prediction()
    {
        string kernel = "6.12-cloud";
        File.WriteAllText(_path, CliRun.Of("list", CliRun.Data("captures", kernel), "--format", "kernel", "--half", "ttbr1").Out);
        string[] machine =
        [
            "--dmesg", CliRun.Data("dmesg", "capture-6.12.log"), "--symbols", CliRun.Data("symbols", $"System.map-{kernel}"), "--config", CliRun.Data("config", $"config-{kernel}"), "--image-base", "0x40200000",
        ];

        CliRun run = CliRun.Of(["verify", _path, .. machine]);

        Assert.Equal(ExitCode.Ok, run.Code);
        Assert.Contains("124,940 leaves predicted, 124,940 found\n", run.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("table page", run.Out, StringComparison.Ordinal);
        Assert.Contains("As predicted: 6 differences, each explained by a later step of the kernel; 0 unexplained.", run.Out, StringComparison.Ordinal);
    }
}
