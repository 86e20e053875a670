using Ptewright.Texts;

namespace Ptewright.Tests.Files;

/// <summary>How numbers are read that people type, in fields whose habit is hexadecimal and in others.</summary>
public sealed class NumberTextTests
{
    [Theory]
    [InlineData("1000000080123003", 0x1000_0000_8012_3003)]
    [InlineData("40210000", 0x4021_0000)]
    [InlineData("0000000041079000", 0x4107_9000)]
    [InlineData("0068000042E80703", 0x0068_0000_42e8_0703)]
    [InlineData("ffff800012345678", 0xffff_8000_1234_5678)]
    [InlineData("0xffff800012345678:", 0xffff_8000_1234_5678)]
    [InlineData("1000000449999003,", 0x1000_0004_4999_9003)]
    [InlineData("0X40200000", 0x4020_0000)]
    [InlineData("ffff8000`12345678", 0xffff_8000_1234_5678)]
    [InlineData("0xffff_8000_1234_5678", 0xffff_8000_1234_5678)]
    [InlineData("0", 0)]
    [InlineData("10", 16)]
    [InlineData("0d10", 10)]
    [InlineData("0D1075904512", 0x4021_0000)]
    [InlineData("0d18446744073709551615", ulong.MaxValue)]
    [InlineData("0d_100000", 100_000)]
    [InlineData("0d12345678901234_", 0)]
    [InlineData("0dead000", 0xdead000)]
    [InlineData("0d", 13)]
    public void Bare_digits_of_an_address_are_hexadecimal(string text, ulong expected)
    {
        bool isNumber = !text.EndsWith('_');
        Assert.Equal((isNumber, expected), (NumberText.TryParse(text, NumberHabit.Address, out ulong value), value));
    }

    [Theory]
    [InlineData("10", 10)]
    [InlineData("0010", 10)]
    [InlineData("0x10", 16)]
    [InlineData("0d10", 10)]
    [InlineData("0d000000", 0)]
    [InlineData("1_000_000", 1_000_000)]
    [InlineData("18446744073709551615", ulong.MaxValue)]
    public void Bare_digits_of_a_count_are_decimal(string text, ulong expected) =>
        Assert.Equal((true, expected), (NumberText.TryParse(text, NumberHabit.Count, out ulong value), value));

    [Theory]
    [InlineData(nameof(NumberHabit.Address), "", "'' is no number for VALUE, such as ffff000040200000 or 0x40200000.")]
    [InlineData(nameof(NumberHabit.Address), "0x", "'0x' is no number for VALUE, such as ffff000040200000 or 0x40200000.")]
    [InlineData(nameof(NumberHabit.Address), "_", "'_' is no number for VALUE, such as ffff000040200000 or 0x40200000.")]
    [InlineData(nameof(NumberHabit.Address), "-1", "'-1' is no number for VALUE, such as ffff000040200000 or 0x40200000.")]
    [InlineData(nameof(NumberHabit.Address), "4g", "'4g' is no number for VALUE, such as ffff000040200000 or 0x40200000.")]
    [InlineData(nameof(NumberHabit.Address), "12::", "'12::' is no number for VALUE, such as ffff000040200000 or 0x40200000.")]
    [InlineData(
        nameof(NumberHabit.Address), "00000000041079000", "'00000000041079000' has 17 hexadecimal digits where 64 bits have at most 16, so it is no number for VALUE.")]
    [InlineData(
        nameof(NumberHabit.Address), "0xffff0000000000000", "'0xffff0000000000000' has 17 hexadecimal digits where 64 bits have at most 16, so it is no number for VALUE.")]
    [InlineData(nameof(NumberHabit.Address), "0d18446744073709551616", "'0d18446744073709551616' is larger than 64 bits hold, so it is no number for VALUE.")]
    [InlineData(nameof(NumberHabit.Address), "0d100000", "'0d100000' is decimal or hexadecimal: write 0d_100000 or 0x0d100000, so it is no number for VALUE.")]
    [InlineData(
        nameof(NumberHabit.Address),
        "0d00000040000703",
        "'0d00000040000703' is decimal or hexadecimal: write 0d_00000040000703 or 0x0d00000040000703, so it is no number for VALUE.")]
    [InlineData(nameof(NumberHabit.Count), "ff", "'ff' is not decimal (hexadecimal begins with 0x), so it is no number for VALUE.")]
    [InlineData(nameof(NumberHabit.Count), "0dff", "'0dff' is not decimal (hexadecimal begins with 0x), so it is no number for VALUE.")]
    [InlineData(nameof(NumberHabit.Count), "many", "'many' is no number for VALUE, such as 64 or 0x40.")]
    [InlineData(nameof(NumberHabit.Count), "5:", "'5:' is no number for VALUE, such as 64 or 0x40.")]
    [InlineData(nameof(NumberHabit.Count), "18446744073709551616", "'18446744073709551616' is larger than 64 bits hold, so it is no number for VALUE.")]
    public void What_is_no_number_gets_one_sentence(string habitName, string text, string sentence)
    {
        NumberHabit habit = Enum.Parse<NumberHabit>(habitName);
        Assert.False(NumberText.TryParse(text, habit, out ulong value));
        Assert.Equal(0UL, value);
        Assert.Equal(sentence, Assert.Throws<InvalidInputException>(() => NumberText.Parse(text, habit, "VALUE")).Message);
    }
}
