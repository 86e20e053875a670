using Ptewright.Translation;

namespace Ptewright.Tests.Folding;

/// <summary><c>pgtable_l5_enabled</c> and <c>mm_p4d_folded</c>: <see cref="TableGeometry.IsFolded"/> of level 0, and its twin for level 1.</summary>
public sealed class PgtableL5EnabledTests
{
    [Fact]
    public void Level_0_is_folded_only_in_a_five_level_kernel_on_a_CPU_without_52_bits()
    {
        foreach (TableGeometry geometry in Shapes.All)
        {
            bool isFiveLevel = geometry.Granule == GranuleSize.Size4K && geometry.VirtualAddressBits == 52;
            Assert.Equal(isFiveLevel && geometry.ActualVirtualAddressBits == 48, geometry.IsFolded(0));
        }
    }

    [Fact]
    public void Level_1_is_folded_only_in_a_16K_kernel_for_52_bits_on_a_CPU_without_them()
    {
        foreach (TableGeometry geometry in Shapes.All)
        {
            bool isWide16K = geometry.Granule == GranuleSize.Size16K && geometry.VirtualAddressBits == 52;
            Assert.Equal(isWide16K && geometry.ActualVirtualAddressBits == 47, geometry.IsFolded(1));
        }
    }

    [Fact]
    public void No_other_level_is_ever_folded()
    {
        foreach (TableGeometry geometry in Shapes.All)
        {
            Assert.False(geometry.IsFolded(-1));
            Assert.False(geometry.IsFolded(2));
            Assert.False(geometry.IsFolded(3));
        }
    }

    [Fact]
    public void A_kernel_with_four_levels_or_fewer_never_folds_level_0()
    {
        Assert.False(Shapes.FourLevels.IsFolded(0));
        Assert.False(Shapes.ThreeLevels.IsFolded(0));
        Assert.True(Shapes.FourLevels.RootLevel == 0 && Shapes.ThreeLevels.RootLevel == 1);
    }

    [Fact]
    public void The_CPU_walks_one_level_less_when_a_level_is_folded()
    {
        Assert.Equal(-1, Shapes.FiveLevels.WalkRootLevel);
        Assert.Equal(0, Shapes.FiveLevelsFolded.WalkRootLevel);
        Assert.Equal(0, Shapes.FourLevels16K.WalkRootLevel);
        Assert.Equal(1, Shapes.FourLevels16KFolded.WalkRootLevel);
    }
}
