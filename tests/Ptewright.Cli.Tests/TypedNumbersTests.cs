namespace Ptewright.Cli.Tests;

/// <summary>Numbers as kernels and debuggers print them, in every place where somebody types one.</summary>
public sealed class TypedNumbersTests
{
    private static readonly string _capture = CliRun.Data("captures", "6.12-cloud");

    [Theory]
    [InlineData("40210000")]
    [InlineData("0000000040210000")]
    [InlineData("0x40210000")]
    [InlineData("0d1075904512")]
    public void A_physical_address_is_found_however_it_is_written(string address)
    {
        CliRun run = CliRun.Of("find", _capture, address);

        Assert.Equal((0, string.Empty), (run.Code, run.Error));
        Assert.StartsWith("0x40210000\n  0xfff0000000210000  level 2, ", run.Out.ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ffff800080010000")]
    [InlineData("0xFFFF800080010000:")]
    [InlineData("ffff8000`80010000")]
    public void A_virtual_address_is_walked_however_it_is_written(string address) =>
        Assert.Equal(CliRun.Of("walk", _capture, "0xffff800080010000"), CliRun.Of("walk", _capture, address));

    [Fact]
    public void Registers_and_ranges_are_hexadecimal()
    {
        CliRun expected = CliRun.Of("list", _capture, "--half", "ttbr1", "--from", "0xfff0000000200000", "--to", "0xfff0000000400000");

        Assert.Contains("0xfff0000000200000", expected.Out, StringComparison.Ordinal);
        Assert.Equal(expected, CliRun.Of(
            "list", _capture, "--half", "ttbr1", "--from", "fff0000000200000", "--to", "fff0000000400000", "--ttbr1", "0000000041a79001"));
        CliRun elsewhere = CliRun.Of("list", _capture, "--half", "ttbr1", "--ttbr1", "0000000041079000");
        Assert.Contains("TTBR1: root table at 0x41079000", elsewhere.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Raw_memory_lies_at_a_hexadecimal_address()
    {
        string file = Path.GetTempFileName();
        try
        {
            byte[] memory = new byte[8192];
            memory[1] = 4; // The root's first entry: a block, accessed.
            memory[0] = 1;
            File.WriteAllBytes(file, memory);
            CliRun run = CliRun.Of("list", $"{file}@1000", "--half", "ttbr1", "--ttbr1", "1000", "--tcr", "0x280190000");

            Assert.Equal((0, string.Empty), (run.Code, run.Error));
            Assert.StartsWith("TTBR1: root table at 0x1000,", run.Out, StringComparison.Ordinal);
            Assert.Equal(2, CliRun.Of("list", $"{file}@00000000041079000", "--ttbr1", "1000", "--tcr", "280190000").Code);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("0x1000000080123003", "1000000080123003")]
    [InlineData("0x0068000042e80703", "0068000042E80703")]
    [InlineData("0x0068000042e80703", "0x0068_0000_42e8_0703")]
    [InlineData("0x0000000000000010", "10")]
    [InlineData("0x000000000000000a", "0d10")]
    public void A_descriptor_is_decoded_however_it_is_written(string value, string typed) =>
        Assert.Equal(CliRun.Of("decode", value), CliRun.Of("decode", typed));

    [Theory]
    [InlineData("pte=0068000042e80703", "0x0068000042e80703", "3")]
    [InlineData("PTE=0068000042e80703", "0x0068000042e80703", "3")]
    [InlineData("pmd=10000000496dd403,", "0x10000000496dd403", "2")]
    [InlineData("pud=0068000040000705", "0x0068000040000705", "1")]
    [InlineData("p4d=1000000449999003,", "0x1000000449999003", "0")]
    [InlineData("pgd=1000000449999003,", "0x1000000449999003", "0")]
    public void A_kernels_own_name_of_an_entry_says_its_level(string typed, string value, string level)
    {
        Assert.Equal(CliRun.Of("decode", value, "--level", level), CliRun.Of("decode", typed));
        Assert.Equal(CliRun.Of("decode", value, "--level", "2"), CliRun.Of("decode", typed, "--level", "2"));
    }

    [Theory]
    [InlineData("0x0000000040000403", "OA=40000000", "AF=1")]
    [InlineData("0x0000000040000403", "OA=0d1073741824", "AF=0x1")]
    [InlineData("0x0000000580100010", "--register", "tcr_el1", "T0SZ=16", "T1SZ=0x10", "TG1=4k", "IPS=48-bits")]
    public void Addresses_among_fields_are_hexadecimal_and_the_rest_decimal(string value, params string[] arguments) =>
        Assert.Equal(new CliRun(0, value + Environment.NewLine, string.Empty), CliRun.Of(["encode", .. arguments]));

    [Fact]
    public void The_image_and_memory_lie_at_hexadecimal_addresses()
    {
        string symbols = CliRun.Data("symbols", "System.map-6.12-cloud");
        CliRun run = CliRun.Of("map", "--memory", "1G@40000000", "--cmdline", "nokaslr", "--symbols", symbols, "--image-base", "40200000");

        Assert.Equal((0, string.Empty), (run.Code, run.Error));
        Assert.Contains("Kernel image at 0x40200000..", run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0x3")]
    [InlineData("0d3")]
    [InlineData("0_3")]
    public void Counts_are_read_as_all_numbers_are(string level) =>
        Assert.Equal(CliRun.Of("decode", "0x0068000042e80703", "--level", "3"), CliRun.Of("decode", "0x0068000042e80703", "--level", level));

    [Theory]
    [InlineData("--level", "decode", "0")]
    [InlineData("--repeat", "boot")]
    [InlineData("--timeout", "boot")]
    [InlineData("--timeout", "verify")]
    [InlineData("--repeat", "bench", "build")]
    [InlineData("--repeat", "bench", "walk")]
    [InlineData("--addresses", "bench", "walk")]
    [InlineData("--scenario", "check", "races")]
    public void What_is_no_count_gets_one_sentence(string option, params string[] arguments)
    {
        foreach (string wrong in (string[])["f", "-", "1.5", "2147483648"])
        {
            Assert.StartsWith($"ptewright: '{wrong}' is no number for {option}.", CliRun.Of([.. arguments, option, wrong]).Error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("'00000000041079000' has 17 hexadecimal digits where 64 bits have at most 16, so it is no number for an address.", "find", "x", "00000000041079000")]
    [InlineData("'rubbish=1' is no number for VALUE, such as ffff000040200000 or 0x40200000.", "decode", "rubbish=1")]
    [InlineData("'tcr_el1=0' is no number for VALUE, such as ffff000040200000 or 0x40200000.", "decode", "tcr_el1=0")]
    [InlineData("'0d100000' is decimal or hexadecimal: write 0d_100000 or 0x0d100000, so it is no number for --to.", "list", "x", "--to", "0d100000")]
    [InlineData("'4g' is no number for --image-base, such as ffff000040200000 or 0x40200000.", "map", "--memory", "1G", "--symbols", "x", "--image-base", "4g")]
    [InlineData("'xyz' is no value of OA; take a hexadecimal number.", "encode", "OA=xyz")]
    [InlineData("'f' is no value of AttrIndx; take a number, with 0x a hexadecimal one, or a word of decode.", "encode", "AttrIndx=f")]
    public void What_is_no_number_gets_one_sentence(string sentence, params string[] arguments) =>
        Assert.Equal(new CliRun(1, string.Empty, $"ptewright: {sentence}{Environment.NewLine}"), CliRun.Of(arguments));

    [Theory]
    [InlineData("find")]
    [InlineData("walk")]
    [InlineData("list")]
    [InlineData("decode")]
    [InlineData("encode")]
    [InlineData("map")]
    [InlineData("compare")]
    public void Help_says_what_is_hexadecimal(string command) => Assert.Contains("hexadecimal", CliRun.Of(command, "--help").Out, StringComparison.Ordinal);
}
