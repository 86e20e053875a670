using System.Text.Json;
using Ptewright.Cli.Output;

namespace Ptewright.Cli.Tests;

public sealed class DecodeTests
{
    [Fact]
    public void A_descriptor_that_may_be_two_things_is_shown_as_both()
    {
        CliRun run = CliRun.Of("decode", "0x1800000040001003");
        string text = run.Out.ReplaceLineEndings("\n");
        Assert.Equal((0, string.Empty), (run.Code, run.Error));
        Assert.StartsWith("0x1800000040001003: page\n", text, StringComparison.Ordinal);
        Assert.Contains("\nor 0x1800000040001003: table\n", text, StringComparison.Ordinal);
        Assert.Contains("  60            UXNTable    0x1             yes  (EL0 may not execute anything below)\n", text, StringComparison.Ordinal);
        Assert.Contains("  47:12         NLTA        0x40001000      0x40001000  (the next-level table)\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0x00f8000040000707", "page", "3", "--granule", "4K")]
    [InlineData("0x00e8000040000705", "block", "2", "--granule", "4K")]
    [InlineData("0x00e8000040000301", "block", "1", "--granule", "16K", "--lpa2")]
    [InlineData("0x1800000040005003", "table", "1", "--granule", "64K", "--lpa")]
    [InlineData("0xfedcba9876543210", "invalid", "3", "--granule", "4K")]
    [InlineData("0xfedcba9876543211", "reserved", "3", "--granule", "4K")]
    public void Encoding_every_decoded_field_gives_the_value_back(string value, string kind, string level, params string[] form)
    {
        CliRun decoded = CliRun.Of(["decode", value, "--level", level, "--json", .. form]);
        JsonElement only = Assert.Single(JsonDocument.Parse(decoded.Out).RootElement.EnumerateArray());
        Assert.Equal(["value", "form", "fields"], only.EnumerateObject().Select(member => member.Name));
        Assert.StartsWith(kind, only.GetProperty("form").GetString(), StringComparison.Ordinal);
        string[] fields = [.. only.GetProperty("fields").EnumerateArray().Select(field => $"{field.GetProperty("name").GetString()}={field.GetProperty("value").GetString()}")];
        Assert.Equal(new CliRun(0, value + Environment.NewLine, string.Empty), CliRun.Of(["encode", "--kind", kind, "--level", level, .. form, .. fields]));
    }

    [Theory]
    [InlineData("0x00e8000040000707", "OA=0x40000000", "AttrIndx=1", "SH=inner-shareable", "AF=1", "PXN=1", "UXN=yes", "DBM=1", "SW=1")]
    [InlineData("0x0000000580100010", "--register", "tcr_el1", "T0SZ=16", "T1SZ=16", "TG1=4k", "IPS=48-bits")]
    [InlineData("0x000000040044ffff", "--register", "MAIR_EL1", "Attr0=255", "Attr1=0xff", "Attr2=0x44", "Attr4=4")]
    [InlineData("0x0001000040001009", "--register", "ttbr1_el1", "--lpa2", "ASID=1", "BADDR=0x2000040001000", "CnP=1")]
    [InlineData("0x0000000000000601", "--kind", "block", "--level", "1", "--lpa2", "OA=0x8000000000000", "AF=1")]
    public void Fields_make_a_value(string value, params string[] arguments) =>
        Assert.Equal(new CliRun(0, value + Environment.NewLine, string.Empty), CliRun.Of(["encode", .. arguments]));

    [Theory]
    [InlineData("0x0000008095c34f4f", "--register", "esr_el1")]
    [InlineData("0x12345678f2000800", "--register", "esr_el2")]
    [InlineData("0x1122334455667788", "--register", "par_el1")]
    [InlineData("0x1122334455667789", "--register", "par_el1")]
    [InlineData("0x0000000380023558", "--register", "vtcr_el2")]
    [InlineData("0xfedcba9876543210", "--register", "id_aa64mmfr0_el1")]
    [InlineData("0xfedcba9876543210", "--register", "sctlr_el1")]
    [InlineData("0xfedcba9876543210", "--register", "far_el1")]
    [InlineData("0x00057ff000012345", "--tlbi", "vale1is")]
    [InlineData("0x0005d38fff012345", "--tlbi", "rvale1is")]
    [InlineData("0xfedcba9876543210", "--tlbi", "rvaale1is", "--lpa2")]
    [InlineData("0xfedcba9876543210", "--tlbi", "ipas2e1")]
    public void Encoding_every_decoded_field_of_a_register_or_operand_gives_the_value_back(string value, params string[] form)
    {
        CliRun decoded = CliRun.Of(["decode", value, "--json", .. form]);
        JsonElement only = Assert.Single(JsonDocument.Parse(decoded.Out).RootElement.EnumerateArray());
        string[] fields = [.. only.GetProperty("fields").EnumerateArray().Select(field => $"{field.GetProperty("name").GetString()}={field.GetProperty("value").GetString()}")];
        Assert.Equal(new CliRun(0, value + Environment.NewLine, string.Empty), CliRun.Of(["encode", .. form, .. fields]));
    }

    [Theory]
    [InlineData("0x000000009600004f", "--register", "esr_el1", "EC=0x25", "IL=1", "WnR=write", "DFSC=permission-fault-level-3")]
    [InlineData("0x0000000093810046", "--register", "esr_el2", "DFSC=translation-fault-level-2", "WnR=1", "SAS=word", "SRT=1", "ISV=yes", "IL=1", "EC=data-abort-from-a-lower-level")]
    [InlineData("0x00050ff000012345", "--tlbi", "vale1is", "ASID=5", "VA=ffff000012345000")]
    [InlineData("0x00057ff000012345", "--tlbi", "vale1is", "ASID=5", "VA=ff000012345000", "TTL=4k-level-3")]
    [InlineData("0x0005938000000001", "--tlbi", "rvale1is", "ASID=5", "TG=16K", "SCALE=1", "NUM=7", "BaseADDR=4000")]
    [InlineData("0x0005538000000001", "--tlbi", "rvale1is", "ASID=5", "TG=4K", "SCALE=1", "NUM=7", "BaseADDR=10000", "--lpa2")]
    public void Fields_make_a_register_or_an_operand(string value, params string[] arguments) =>
        Fields_make_a_value(value, arguments);

    [Fact]
    public void A_syndrome_is_said_in_a_sentence_and_in_fields()
    {
        CliRun run = CliRun.Of("decode", "96000045", "--register", "esr_el1");
        string text = run.Out.ReplaceLineEndings("\n");
        Assert.Equal((0, string.Empty), (run.Code, run.Error));
        Assert.StartsWith(
            "0x0000000096000045: ESR_EL1, Data Abort from the current level\n  Data Abort from the current level: a write met a translation fault level 1.\n", text, StringComparison.Ordinal);
        Assert.Contains("  31:26         EC           0x25            Data Abort from the current level  (exception class)\n", text, StringComparison.Ordinal);
        JsonElement json = Assert.Single(JsonDocument.Parse(CliRun.Of("decode", "96000045", "--register", "esr_el1", "--json").Out).RootElement.EnumerateArray());
        Assert.Equal(["value", "form", "sentences", "fields"], json.EnumerateObject().Select(member => member.Name));
        Assert.Equal("Data Abort from the current level: a write met a translation fault level 1.", Assert.Single(json.GetProperty("sentences").EnumerateArray()).GetString());
    }

    // The granule is known only where it is given: the default is no statement.
    [Theory]
    [InlineData(false)]
    [InlineData(false, "--granule", "16K")]
    [InlineData(true, "--granule", "64K")]
    [InlineData(true, "--granule", "4K")]
    public void A_granule_is_compared_with_where_it_is_given(bool isSaid, params string[] granule) => Assert.Equal(
        isSaid, CliRun.Of(["decode", "0x0005938000012345", "--tlbi", "rvale1is", .. granule]).Out.Contains("TG says 16K, but the granule is ", StringComparison.Ordinal));

    [Theory]
    [InlineData("decode", "0x200096000045", "--register", "esr_el1")]
    [InlineData("decode", "0x1122334455667788", "--register", "id_aa64mmfr2_el1")]
    [InlineData("decode", "0xfedcba9876543210", "--register", "tcr_el1")]
    [InlineData("decode", "0x0005538000012345", "--tlbi", "rvale1isnxs")]
    public void A_terminal_gets_lines_that_fit_it(params string[] arguments)
    {
        CliRun narrow = CliRun.On((output, error) => new Terminal(output, error) { Width = 80 }, arguments);
        Assert.All(narrow.Out.Split('\n'), line => Assert.True(line.Length <= 80, line));
        Assert.Equal(string.Concat(CliRun.Of(arguments).Out.Where(letter => !char.IsWhiteSpace(letter))), string.Concat(narrow.Out.Where(letter => !char.IsWhiteSpace(letter))));
    }

    [Fact]
    public void The_plan_of_a_range_fits_80_columns_and_counts_every_way()
    {
        CliRun run = CliRun.Of("encode", "--tlbi", "ripas2le1isnxs", "--lpa2", "--range", "fffffff345000-fffffffffffff");
        Assert.Equal((0, string.Empty), (run.Code, run.Error));
        Assert.All(run.Out.Split('\n'), line => Assert.True(line.Length <= 80, line));
        run = CliRun.Of("encode", "--tlbi", "vale1is", "--asid", "5", "--range", "12345000-12546000");
        Assert.Equal(
            """
            513 pages of 4K, 0x0000000012345000 to 0x0000000012546000
              by address       513  VALE1IS         0x0005000000012345 to 0x0005000000012545
              by range           2  RVALE1IS        1 of them VALE1IS
              by ASID            1  ASIDE1IS        0x0005000000000000
              everything         1  VMALLE1IS
            Linux:
              a program's addresses, without FEAT_TLBIRANGE:
                        1  ASIDE1IS, because 512 pages or more are too many
              a program's addresses, with FEAT_TLBIRANGE:
                        2  RVALE1IS
              With KPTI each is executed twice, for the two ASIDs of the program.
            With FEAT_TLBIRANGE, pages = (NUM + 1) << (5 * SCALE + 1):
              RVALE1IS        0x0005538000012345  0x0000000012345000  512 = 8 << 6
              VALE1IS         0x0005000000012545  0x0000000012545000  1

            """,
            run.Out,
            ignoreLineEndingDifferences: true);
    }

    [Fact]
    public void The_plan_of_a_range_is_JSON_too()
    {
        JsonElement plan = JsonDocument.Parse(CliRun.Of("encode", "--tlbi", "vaale1is", "--range", "ffff000012345000-ffff000012745000", "--json").Out).RootElement;
        Assert.Equal(
            ["operation", "granule", "lpa2", "from", "to", "pages", "byAddress", "byRange", "byAsid", "everything", "linux"], plan.EnumerateObject().Select(member => member.Name));
        Assert.Equal((1024, JsonValueKind.Null, 3), (plan.GetProperty("pages").GetInt32(), plan.GetProperty("byAsid").ValueKind, plan.GetProperty("linux").GetArrayLength()));
        Assert.Equal("0x0000579000012345", Assert.Single(plan.GetProperty("byRange").EnumerateArray()).GetProperty("operand").GetString());
        Assert.Equal("more than 512 pages", plan.GetProperty("linux")[0].GetProperty("limit").GetString());
    }

    [Theory]
    [InlineData("There is no register 'sctlr_el9'; there are tcr_el1, tcr2_el1, tcr2_el2, ttbr0_el1, ", "decode", "1", "--register", "sctlr_el9")]
    [InlineData("There is no TLBI instruction 'vae4'; there are VMALLE1, ", "decode", "1", "--tlbi", "vae4")]
    [InlineData("There is no TLBI instruction 'vae4'; there are VMALLE1, ", "encode", "--tlbi", "vae4", "--range", "0-1")]
    [InlineData("Options --register and --tlbi exclude each other.", "decode", "1", "--tlbi", "vae1", "--register", "esr_el1")]
    [InlineData("There is no field 'SAS' (ESR_EL1, Data Abort from the current level); there are ", "encode", "--register", "esr_el1", "EC=0x25", "SAS=word")]
    [InlineData("VA (bits 43:0) cannot hold 0x12345678.", "encode", "--tlbi", "vae1", "VA=12345678")]
    [InlineData("Option --range belongs to --tlbi.", "encode", "--range", "0-1000")]
    [InlineData("With --range there are no fields: the plan says all operands.", "encode", "--tlbi", "vae1", "--range", "0-1000", "ASID=5")]
    [InlineData("'1000' is no range, such as ffff000012345000-ffff000012745000.", "encode", "--tlbi", "vae1", "--range", "1000")]
    [InlineData("'x' is no number for --range", "encode", "--tlbi", "vae1", "--range", "x-1000")]
    [InlineData("The range 0x1000 to 0x1000 is empty.", "encode", "--tlbi", "vae1", "--range", "1000-1000")]
    [InlineData("TLBI VMALLE1 has no address", "encode", "--tlbi", "vmalle1", "--range", "0-1000")]
    [InlineData("Options --asid and --json belong to --range.", "encode", "--tlbi", "vae1", "--asid", "5")]
    [InlineData("There is no ASID 65536; there are 0 to 65535.", "encode", "--tlbi", "vae1", "--range", "0-1000", "--asid", "65536")]
    [InlineData("There is no level 4; there are -1 to 3.", "decode", "1", "--level", "4")]
    [InlineData("Option --lpa belongs to --granule 64K, --lpa2 to 4K and 16K.", "decode", "1", "--lpa")]
    [InlineData("'x' is no number for VALUE", "decode", "x")]
    [InlineData("'AF' is no field with a value, such as AF=1.", "encode", "AF")]
    [InlineData("AF (bits 10) cannot hold 0x2.", "encode", "AF=2")]
    [InlineData("'maybe' is no value of AF; take a number, with 0x a hexadecimal one, or a word of decode.", "encode", "AF=maybe")]
    [InlineData("Level 3 has no descriptor of kind 'block' with this granule and format.", "encode", "--kind", "block", "--level", "3")]
    public void What_makes_no_sense_is_refused(string sentence, params string[] arguments)
    {
        CliRun run = CliRun.Of(arguments);
        Assert.Equal((1, string.Empty), (run.Code, run.Out));
        Assert.StartsWith($"ptewright: {sentence}", run.Error, StringComparison.Ordinal);
    }
}
