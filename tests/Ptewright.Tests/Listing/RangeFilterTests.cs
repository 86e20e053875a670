using Ptewright.Addressing;
using Ptewright.Listing;
using Ptewright.Walking;

namespace Ptewright.Tests.Listing;

public sealed class RangeFilterTests
{
    // Attributes of a leaf by hand: AP[2] bit 7, AP[1] bit 6, PXN bit 53, UXN bit 54, contiguous bit 52; AttrIndx 1 is device here.
    private static readonly MappedRange _kernelData = Range(3, 0x0060_0000_0000_0703);
    private static readonly MappedRange _kernelCode = Range(2, 0x0040_0000_0000_0781);
    private static readonly MappedRange _userCode = Range(3, 0x0020_0000_0000_0fc3);
    private static readonly MappedRange _userData = Range(3, 0x0068_0000_0000_0f43);
    private static readonly MappedRange _device = Range(3, 0x0070_0000_0000_0707);

    [Theory]
    [InlineData("w", "kd ud dev")]
    [InlineData("ro", "kc uc")]
    [InlineData("x", "kc")]
    [InlineData("nx", "kd uc ud dev")]
    [InlineData("user", "uc ud")]
    [InlineData("uw", "ud")]
    [InlineData("ux", "uc")]
    [InlineData("page", "kd uc ud dev")]
    [InlineData("block", "kc")]
    [InlineData("contig", "dev")]
    [InlineData("ng", "uc ud")]
    [InlineData("dbm", "ud")]
    [InlineData("af", "kd kc uc ud dev")]
    [InlineData("gp", "")]
    [InlineData("device", "dev")]
    [InlineData("normal", "kd kc uc ud")]
    [InlineData("level=2", "kc")]
    [InlineData("level=-1", "")]
    [InlineData("attrindx=1", "dev")]
    [InlineData("pa=0x1fff", "")]
    [InlineData("pa=0x2000", "kd kc uc ud dev")]
    [InlineData("pa=0x0-0x1fff", "")]
    [InlineData("pa=0x3fff-0xffffffffffffffff", "kd kc uc ud dev")]
    [InlineData("pa=0x4000-0xffffffffffffffff", "")]
    [InlineData("pa=2000", "kd kc uc ud dev")]
    [InlineData("pa=1fff", "")]
    [InlineData("pa=0d8192", "kd kc uc ud dev")]
    [InlineData("pa=0-0x1FFF", "")]
    [InlineData("va=ffff0000`00002000-ffff_0000_0000_3000", "")]
    [InlineData("va=ffff0000`00001000-ffff_0000_0000_3000", "kd kc uc ud dev")]
    [InlineData("level=0x2", "kc")]
    [InlineData("va=0xffff000000001fff", "kd kc uc ud dev")]
    [InlineData("va=0xffff000000002000", "")]
    [InlineData("w & x | user", "uc ud")]
    [InlineData("w & (x | user)", "ud")]
    [InlineData("block | contig | uw", "kc ud dev")]
    [InlineData("page & nx & w", "kd ud dev")]
    [InlineData("!w|block", "kc uc")]
    [InlineData("!(w|block)", "uc")]
    [InlineData(" ! ! W ", "kd ud dev")]
    public void An_expression_chooses(string expression, string chosen)
    {
        RangeFilter filter = RangeFilter.Parse(expression);
        (string Name, MappedRange Range)[] all = [("kd", _kernelData), ("kc", _kernelCode), ("uc", _userCode), ("ud", _userData), ("dev", _device)];
        Assert.Equal(chosen, string.Join(' ', all.Where(item => filter.Matches(item.Range)).Select(item => item.Name)));
        Assert.Equal(
            expression is "device" or "normal" ? RangeFilterNeeds.MemoryTypes
                : expression.StartsWith("pa=", StringComparison.Ordinal) ? RangeFilterNeeds.Physical
                : expression == "dbm" ? RangeFilterNeeds.Tables : RangeFilterNeeds.None,
            filter.Needs);

        // What is printed asks the same.
        RangeFilter printed = RangeFilter.Parse(filter.ToString());
        Assert.Equal(filter.ToString(), printed.ToString());
        Assert.Equal(filter.Needs, printed.Needs);
        Assert.All(all, item => Assert.Equal(filter.Matches(item.Range), printed.Matches(item.Range)));
    }

    [Theory]
    [InlineData("W&X", "w & x", "the kernel (EL1) may write and the kernel may execute")]
    [InlineData("w&(x|user)", "w & (x | user)", "the kernel (EL1) may write and (the kernel may execute or programs (EL0) may read)")]
    [InlineData("((w&x)|user)", "w & x | user", "the kernel (EL1) may write and the kernel may execute or programs (EL0) may read")]
    [InlineData("!(w|x)", "!(w | x)", "not (the kernel (EL1) may write or the kernel may execute)")]
    [InlineData("!(w&x)", "!(w & x)", "not (the kernel (EL1) may write and the kernel may execute)")]
    [InlineData("!!w", "!!w", "not (not (the kernel (EL1) may write))")]
    [InlineData("level=0x2", "level=2", "leaves of level 2")]
    [InlineData("level=-1", "level=-1", "leaves of level -1")]
    [InlineData("attrindx=3", "attrindx=3", "memory of type 3 of MAIR")]
    [InlineData("pa=40000000-7fffffff", "pa=0x40000000-0x7fffffff", "a physical address in 0x40000000-0x7fffffff")]
    [InlineData("va=ffff000000210000", "va=0xffff000000210000", "a virtual address is 0xffff000000210000")]
    public void It_is_printed_in_one_form_and_explained(string expression, string printed, string explained)
    {
        RangeFilter filter = RangeFilter.Parse(expression);
        Assert.Equal((printed, explained), (filter.ToString(), filter.Condition.Explain()));
    }

    [Fact]
    public void Both_sides_say_what_they_need() =>
        Assert.Equal(RangeFilterNeeds.MemoryTypes | RangeFilterNeeds.Physical | RangeFilterNeeds.Tables, RangeFilter.Parse("!device & (w | pa=0x1000) | dbm").Needs);

    [Theory]
    [InlineData("", 1, "a condition is missing")]
    [InlineData("w&", 3, "a condition is missing")]
    [InlineData("w x", 3, "'&' or '|' must come before the next condition")]
    [InlineData("(w", 1, "this parenthesis is not closed")]
    [InlineData("w)", 2, "this parenthesis was not opened")]
    [InlineData("w & writable", 5, "there is no condition 'writable'")]
    [InlineData("pa", 1, "pa needs '=' and a value")]
    [InlineData("w=1", 1, "only level, attrindx, pa and va take a value, not 'w'")]
    [InlineData("pa=", 4, "a number such as 3 or 0x40000000 is missing")]
    [InlineData("pa=00000000041079000", 4, "'00000000041079000' has 17 hexadecimal digits where 64 bits have at most 16")]
    [InlineData("level=a", 7, "'a' is not decimal (hexadecimal begins with 0x)")]
    [InlineData("pa=0x40-0x3f", 8, "the last address lies before the first")]
    [InlineData("level=1-2", 8, "'&' or '|' must come before the next condition")]
    public void What_is_wrong_is_said_with_its_place(string expression, int character, string reason)
    {
        InvalidInputException wrong = Assert.Throws<InvalidInputException>(() => RangeFilter.Parse(expression));
        Assert.StartsWith($"Filter '{expression}': at character {character} {reason}", wrong.Message, StringComparison.Ordinal);
        Assert.EndsWith(".", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_expressions_are_read_or_refused_with_a_sentence() => new TextFuzz(
        "Filter '",
        ["w&x", "user & !ro | pa=0x40000000-0x7fffffff", "(w|x)&(contig|block)&level=2", "!(device | normal) & attrindx=1", "va=0xffff000000000000"],
        [.. RangeFilter.Words.Select(word => word.Name), "&", "|", "!", "(", ")", "=", "pa=", "level=", "0x", "-", "((((", "!!!!"],
        quotesWhole: true).Run(text =>
        {
            RangeFilter filter = RangeFilter.Parse(text);
            _ = filter.Matches(_kernelData) || filter.Matches(_device);
        });

    private static MappedRange Range(int level, ulong bits) =>
        new(new VirtualAddress(0xffff_0000_0000_0000), 0x2000, new PhysicalAddress(0x2000), level, new LeafAttributes(bits, 0, false, 0x00ff));
}
