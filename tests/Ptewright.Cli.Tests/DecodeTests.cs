using System.Text.Json;

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
    [InlineData("There is no register 'sctlr_el1'; there are tcr_el1, ttbr0_el1, ttbr1_el1, mair_el1.", "decode", "1", "--register", "sctlr_el1")]
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
