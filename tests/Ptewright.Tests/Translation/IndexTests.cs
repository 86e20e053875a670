using CsCheck;
using Ptewright.Addressing;
using Ptewright.LinearMap;
using Ptewright.Translation;

namespace Ptewright.Tests.Translation;

/// <summary>The entry of each level that translates an address. Linux: <c>pgd_index</c>, <c>p4d_index</c>, <c>pud_index</c>, <c>pmd_index</c>, <c>pte_index</c>.</summary>
public sealed class IndexTests
{
    private static readonly TableGeometry[] All = [.. Shapes.All];

    [Fact]
    public void All_indexes_and_the_offset_together_are_the_address() =>
        Gen.Select(Gen.OneOf(All), Gen.ULong).Sample((geometry, random) =>
        {
            // Put together by multiplication instead of shifts, within the address size that the tables were built for.
            UInt128 size = (UInt128)1 << geometry.VirtualAddressBits;
            VirtualAddress address = new(random);
            UInt128 sum = random % geometry.PageSize;
            UInt128 covered = geometry.PageSize;
            for (int level = 3; level >= geometry.RootLevel; level--)
            {
                sum += (UInt128)geometry.Index(level, address) * covered;
                covered *= (UInt128)geometry.EntriesPerTable;
            }

            return sum == random % size;
        });

    [Fact]
    public void An_index_never_leaves_its_table() =>
        Gen.Select(Gen.OneOf(All), Gen.ULong, Gen.Int[-1, 3]).Sample((geometry, random, level) =>
        {
            int entries = level == geometry.RootLevel ? geometry.RootEntries : geometry.EntriesPerTable;
            return level < geometry.RootLevel || (uint)geometry.Index(level, new(random)) < (uint)entries;
        });

    [Fact]
    public void The_next_entry_begins_where_the_one_before_ends()
    {
        foreach (TableGeometry geometry in All)
        {
            for (int level = geometry.RootLevel; level <= 3; level++)
            {
                VirtualAddress start = geometry.PageOffset;
                ulong covered = 1UL << geometry.Shift(level);
                Assert.Equal(0, geometry.Index(level, start));
                Assert.Equal(0, geometry.Index(level, start + (covered - 1)));
                Assert.Equal(1, geometry.Index(level, start + covered));
            }
        }
    }

    [Fact]
    public void The_last_page_has_the_last_entry_of_every_level()
    {
        foreach (TableGeometry geometry in All)
        {
            VirtualAddress last = new(ulong.MaxValue);
            Assert.Equal(geometry.RootEntries - 1, geometry.Index(geometry.RootLevel, last));
            for (int level = geometry.RootLevel + 1; level <= 3; level++)
            {
                Assert.Equal(geometry.EntriesPerTable - 1, geometry.Index(level, last));
            }
        }
    }

    // The fixmap's PTE slot of 6.12.117, by hand from the binary digits of 0xffffffffff42c000.
    [Fact]
    public void A_known_address_has_known_indexes()
    {
        VirtualAddress address = new(0xffff_ffff_ff42_c000);
        TableGeometry geometry = Shapes.FiveLevels;
        Assert.Equal((15, 511, 511, 506, 44), (
            geometry.Index(-1, address), geometry.Index(0, address), geometry.Index(1, address), geometry.Index(2, address), geometry.Index(3, address)));
    }
}
