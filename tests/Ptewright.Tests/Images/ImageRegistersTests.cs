using Ptewright.Images;

namespace Ptewright.Tests.Images;

/// <summary>Registers of two sources: what one does not know, the other one says.</summary>
public sealed class ImageRegistersTests
{
    private static readonly ImageRegisters _all = new(1, 2, 3, 4);
    private static readonly ImageRegisters _others = new(10, 20, 30, 40);

    [Fact]
    public void What_is_known_counts() => Assert.Equal(_all, _all.Or(_others));

    [Fact]
    public void Of_nothing_known_all_is_the_other_ones() => Assert.Equal(_others, new ImageRegisters().Or(_others));

    [Fact]
    public void Each_register_that_is_not_known_is_the_other_ones()
    {
        Assert.Equal(new ImageRegisters(10, 2, 3, 4), (_all with { Ttbr0 = null }).Or(_others));
        Assert.Equal(new ImageRegisters(1, 20, 3, 4), (_all with { Ttbr1 = null }).Or(_others));
        Assert.Equal(new ImageRegisters(1, 2, 30, 4), (_all with { Tcr = null }).Or(_others));
        Assert.Equal(new ImageRegisters(1, 2, 3, 40), (_all with { Mair = null }).Or(_others));
        Assert.Equal(new ImageRegisters(1, 2, 3), (_all with { Mair = null }).Or(new ImageRegisters()));
    }
}
