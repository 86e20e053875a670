using Ptewright.Addressing;
using Ptewright.Verifying;

namespace Ptewright.Tests.Verifying;

/// <summary>A verification sees every bit of every entry: what is not exactly as predicted, or exactly as one step of the kernel leaves it, is said.</summary>
public sealed class MapVerifierTests
{
    /// <summary>Leaves, as offsets into the linear map: what no step changes, and what each step changed.</summary>
    public static TheoryData<string, ulong> Leaves => new()
    {
        { "6.1-cloud", 0x0000_0000 }, // a block that stayed
        { "6.1-cloud", 0x0021_0000 }, // mark_linear_text_alias_ro, a page
        { "6.1-cloud", 0x0040_0000 }, // a block
        { "6.12-cloud", 0x02a9_c000 }, // change_memory_common
        { "6.12-cloud", 0x0300_0000 }, // a page that stayed
        { "6.12-16k", 0x1f80_c000 }, // kfence_protect_page
    };

    [Theory]
    [MemberData(nameof(Leaves))]
    public void Another_bit_of_a_leaf_is_not_as_predicted(string kernel, ulong offset)
    {
        using CapturedTables tables = new(kernel);
        Assert.Equal(0, tables.Verify().Unexplained);
        PhysicalAddress entry = tables.EntryOf(offset);
        ulong raw = tables.Image[entry];
        List<int> unseen = [];
        for (int bit = 0; bit < 64; bit++)
        {
            tables.Image[entry] = raw ^ (1UL << bit);
            if (tables.Verify().Unexplained == 0)
            {
                unseen.Add(bit);
            }
        }

        Assert.Equal((raw & 1) == 0 ? [0] : [], unseen);
    }

    [Theory]
    [InlineData("6.1-cloud", 1)]
    [InlineData("6.1-cloud", 2)]
    [InlineData("6.1-cloud", 3)]
    [InlineData("6.12-cloud", 3)]
    [InlineData("6.12-cloud", 0)]
    [InlineData("6.12-16k", 3)]
    [InlineData("6.12-16k", 2)]
    public void Another_bit_of_a_tables_own_descriptor_is_not_as_predicted(string kernel, int level)
    {
        using CapturedTables tables = new(kernel);
        PhysicalAddress entry = tables.EntryOf(0x0021_0000, level);
        ulong raw = tables.Image[entry];
        List<int> unseen = [];
        for (int bit = 0; bit < 64; bit++)
        {
            tables.Image[entry] = raw ^ (1UL << bit);
            if (tables.Verify().Unexplained == 0)
            {
                unseen.Add(bit);
            }
        }

        Assert.Empty(unseen);
    }
}
