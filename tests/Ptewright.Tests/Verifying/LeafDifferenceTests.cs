using Ptewright.Verifying;
using Ptewright.Walking;

namespace Ptewright.Tests.Verifying;

/// <summary>Two lists of ranges, held against each other: each address once, and neighbours that differ in the same way together.</summary>
public sealed class LeafDifferenceTests
{
    /// <summary>Ranges are written START+SIZE>PHYSICAL/LEVEL:BITS(:INHERITED), all hexadecimal; differences KIND START+SIZE.</summary>
    [Theory]
    [InlineData("", "", "")]
    [InlineData("1000+1000>5000/3:7", "1000+1000>5000/3:7", "")]
    [InlineData("1000+2000>5000/3:7", "1000+1000>5000/3:7 2000+1000>6000/3:7", "")]
    [InlineData("1000+1000>5000/3:7", "", "Missing 1000+1000")]
    [InlineData("", "1000+1000>5000/3:7", "Extra 1000+1000")]
    [InlineData("1000+1000>5000/3:7", "3000+1000>5000/3:7", "Missing 1000+1000|Extra 3000+1000")]
    [InlineData("3000+1000>5000/3:7", "1000+1000>5000/3:7", "Extra 1000+1000|Missing 3000+1000")]
    [InlineData("1000+1000>5000/3:7", "1000+1000>6000/3:7", "Moved 1000+1000")]
    [InlineData("1000+1000>5000/3:7", "1000+1000>6000/3:6", "Moved 1000+1000")]
    [InlineData("1000+1000>5000/3:7", "1000+1000>5000/2:7", "Changed 1000+1000")]
    [InlineData("1000+1000>5000/3:7", "1000+1000>5000/3:6", "Changed 1000+1000")]
    [InlineData("1000+1000>5000/3:7", "1000+1000>5000/3:7:8", "Changed 1000+1000")]
    [InlineData("1000+3000>5000/3:7", "2000+1000>6000/3:6", "Missing 1000+1000|Changed 2000+1000|Missing 3000+1000")]
    [InlineData("2000+1000>6000/3:7", "1000+3000>5000/3:6", "Extra 1000+1000|Changed 2000+1000|Extra 3000+1000")]
    [InlineData("1000+1000>5000/3:7 2000+1000>6000/3:7", "", "Missing 1000+2000")] // joined
    [InlineData("1000+1000>5000/3:7 2000+1000>8000/3:7", "", "Missing 1000+1000|Missing 2000+1000")] // other memory
    [InlineData("1000+1000>5000/3:7 2000+1000>6000/2:7", "", "Missing 1000+1000|Missing 2000+1000")] // other level
    [InlineData("1000+1000>5000/3:7 2000+1000>6000/3:6", "", "Missing 1000+1000|Missing 2000+1000")] // other bits
    [InlineData("1000+1000>5000/3:7 2000+1000>6000/3:7:8", "", "Missing 1000+1000|Missing 2000+1000")] // other tables above
    [InlineData("1000+1000>5000/3:7 3000+1000>7000/3:7", "", "Missing 1000+1000|Missing 3000+1000")] // a gap
    [InlineData("1000+2000>5000/3:7", "1000+1000>5000/3:6 2000+1000>6000/3:5", "Changed 1000+1000|Changed 2000+1000")]
    [InlineData("1000+2000>5000/3:7", "2000+1000>6000/3:6", "Missing 1000+1000|Changed 2000+1000")]
    [InlineData("1000+4000>5000/3:7", "1000+1000>5000/3:7 4000+1000>8000/3:7", "Missing 2000+2000")]
    [InlineData("ffffffffffff0000+10000>5000/3:7", "ffffffffffff0000+8000>5000/3:7", "Missing ffffffffffff8000+8000")]
    [InlineData("ffffffffffff0000+8000>5000/3:7", "ffffffffffff0000+10000>5000/3:7", "Extra ffffffffffff8000+8000")]
    [InlineData("ffffffffffff0000+10000>5000/3:7", "ffffffffffff0000+10000>5000/3:6", "Changed ffffffffffff0000+10000")]
    public void Are_found_piece_by_piece(string expected, string actual, string differences) => Assert.Equal(
        differences,
        string.Join('|', MapVerifier.Leaves(Ranges(expected), Ranges(actual)).Select(item => $"{item.Kind} {item.Start.Value:x}+{item.Size:x}")));

    [Fact]
    public void Say_what_there_is_from_their_first_address_on()
    {
        MapDifference difference = MapVerifier.Leaves(Ranges("1000+8000>105000/3:7"), Ranges("3000+2000>107000/3:6")).ElementAt(1);

        Assert.Equal(new MapDifference(MapDifferenceKind.Changed, new(0x3000), 0x2000, Ranges("3000+6000>107000/3:7")[0], Ranges("3000+2000>107000/3:6")[0], null), difference);
    }

    private static MappedRange[] Ranges(string text) => [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word =>
    {
        ulong[] numbers = [.. word.Split('+', '>', '/', ':').Select(number => Convert.ToUInt64(number, 16))];
        return new MappedRange(new(numbers[0]), numbers[1], new(numbers[2]), (int)numbers[3], new LeafAttributes(numbers[4], numbers.Length > 5 ? numbers[5] : 0, false, null));
    })];
}
