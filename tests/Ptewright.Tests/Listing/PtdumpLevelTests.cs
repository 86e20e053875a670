using Ptewright.Kernels.Versions;
using Ptewright.Tests.LinearMap;
using Ptewright.Translation;

namespace Ptewright.Tests.Listing;

/// <summary>The names of levels, for holes and for leaves, with levels that are folded at compile time and at run time.</summary>
public class PtdumpLevelTests
{
    [Theory]
    [InlineData("4K", 39, 39, "PTE PMD PGD")]
    [InlineData("4K", 48, 48, "PTE PMD PUD PGD")]
    [InlineData("4K", 52, 52, "PTE PMD PUD P4D PGD")]
    [InlineData("4K", 52, 48, "PTE PMD PUD PGD")]
    [InlineData("16K", 36, 36, "PTE PGD")]
    [InlineData("16K", 47, 47, "PTE PMD PGD")]
    [InlineData("16K", 48, 48, "PTE PMD PUD PGD")]
    [InlineData("16K", 52, 52, "PTE PMD PUD PGD")]
    [InlineData("16K", 52, 47, "PTE PMD PGD")]
    [InlineData("64K", 42, 42, "PTE PGD")]
    [InlineData("64K", 48, 48, "PTE PMD PGD")]
    [InlineData("64K", 52, 52, "PTE PMD PGD")]
    [InlineData("64K", 52, 48, "PTE PMD PGD")]
    public void Holes_of_6_12_carry_the_name_of_the_level_that_is_really_there(string granule, int bits, int actual, string names) =>
        Assert.Equal(names, Names(granule, bits, actual, Linux612.Profile));

    [Theory]
    [InlineData("4K", 39, 39, "PTE PMD PGD")]
    [InlineData("4K", 48, 48, "PTE PMD PUD PGD")]
    [InlineData("16K", 36, 36, "PTE PGD")]
    [InlineData("16K", 47, 47, "PTE PMD PGD")]
    [InlineData("64K", 42, 42, "PTE PGD")]
    [InlineData("64K", 52, 52, "PTE PMD PGD")]
    [InlineData("64K", 52, 48, "PGD PTE PMD PGD")]
    public void Holes_of_6_1_carry_the_name_of_the_level_that_is_really_there(string granule, int bits, int actual, string names) =>
        Assert.Equal(names, Names(granule, bits, actual, Linux61.Profile));

    [Theory]
    [InlineData("4K", 39, 39, 1, "PGD", "PGD")]
    [InlineData("4K", 39, 39, 2, "PMD", "PMD")]
    [InlineData("4K", 48, 48, 1, "PUD", "PUD")]
    [InlineData("4K", 48, 48, 2, "PMD", "PMD")]
    [InlineData("16K", 36, 36, 2, "PGD", "PMD")]
    [InlineData("16K", 47, 47, 2, "PMD", "PMD")]
    [InlineData("64K", 42, 42, 2, "PGD", "PMD")]
    [InlineData("64K", 52, 52, 2, "PMD", "PMD")]
    public void A_block_in_the_root_is_named_differently_by_6_1_and_6_12(string granule, int bits, int actual, int level, string linux61, string linux612)
    {
        Assert.Equal(linux61, BlockName(granule, bits, actual, level, Linux61.Profile));
        Assert.Equal(linux612, BlockName(granule, bits, actual, level, Linux612.Profile));
    }

    [Theory]
    [InlineData("4K", 52, 52, 1, "PUD")]
    [InlineData("4K", 52, 48, 1, "PUD")]
    [InlineData("16K", 52, 52, 1, "PUD")]
    [InlineData("16K", 52, 47, 1, "PGD")]
    public void A_block_of_a_level_that_is_folded_at_run_time_is_the_roots(string granule, int bits, int actual, int level, string name) =>
        Assert.Equal(name, BlockName(granule, bits, actual, level, Linux612.Profile));

    // One table for each level, all entries empty: the names in order, each once as long as it repeats.
    private static string Names(string granule, int bits, int actual, KernelProfile kernel)
    {
        using ListingMachine machine = new(Plans.Geometry(Plans.Granule(granule), bits, actual), kernel);
        _ = machine.Chain();
        List<string> names = [];
        foreach (string line in machine.Lines().Where(line => line.StartsWith("0x", StringComparison.Ordinal)))
        {
            string name = line[^3..];
            if (names.Count == 0 || names[^1] != name)
            {
                names.Add(name);
            }
        }

        return string.Join(' ', names);
    }

    private static string BlockName(string granule, int bits, int actual, int level, KernelProfile kernel)
    {
        using ListingMachine machine = new(Plans.Geometry(Plans.Granule(granule), bits, actual), kernel);
        machine.Write(machine.Chain(level)[0], 0, 1 | DescriptorBits.AccessFlag);
        return machine.Lines()[1][51..54];
    }
}
