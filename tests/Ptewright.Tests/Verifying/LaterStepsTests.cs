using Ptewright.Addressing;
using Ptewright.LinearMap;
using Ptewright.Translation;
using Ptewright.Verifying;

namespace Ptewright.Tests.Verifying;

/// <summary>An explanation is narrow: what a kernel's step changes is explained, and neither one bit more nor one page beyond what it changes.</summary>
/// <remarks>What kernels were seen to do is in <see cref="MapVerifierTests"/>; here each step is made by hand in the tables of the versions that have it.</remarks>
public sealed class LaterStepsTests
{
    private const ulong WriteBits = DescriptorBits.ReadOnly | DescriptorBits.DirtyBitModifier;

    // From MemoryType.NormalTagged to MemoryType.Normal.
    private const ulong Untagged = (ulong)((int)MemoryType.NormalTagged ^ (int)MemoryType.Normal) << 2;

    /// <summary>The kernel, its command line and options, the part that a step changes, the bits that it changes, how it is called.</summary>
    public static TheoryData<string, string, string, string, ulong, string> Steps => new()
    {
        { "linux-6.12", "nokaslr", "", "text", WriteBits, "mark_linear_text_alias_ro sets AP[2] and clears DBM" },
        { "linux-7.2", "nokaslr", "", "text", WriteBits | Untagged, "mark_linear_text_alias_ro sets AP[2] and clears DBM and clears AttrIndx" },
        { "linux-7.2", "nokaslr", "", "data", WriteBits | Untagged, "mark_rodata_ro sets AP[2] and clears DBM and clears AttrIndx" },
        { "linux-7.3", "nokaslr", "", "data", DescriptorBits.Valid | DescriptorBits.NotGlobal, "mark_linear_data_alias_valid clears the valid bit" },
        { "linux-7.3", "nokaslr rodata=noalias kfence.sample_interval=100", "", "data", DescriptorBits.Valid | DescriptorBits.NotGlobal, "mark_linear_data_alias_valid clears the valid bit" },
        { "linux-6.12", "nokaslr kfence.sample_interval=100", "", "pool", DescriptorBits.Valid, "kfence_protect_page clears the valid bit" },
        { "linux-6.19", "nokaslr kfence.sample_interval=100", "", "pool", DescriptorBits.Valid | DescriptorBits.NotGlobal, "kfence_protect_page clears the valid bit" },
        { "linux-6.12", "nokaslr debug_pagealloc=on", "DEBUG_PAGEALLOC", "any", DescriptorBits.Valid, "__kernel_map_pages (debug_pagealloc) clears the valid bit" },
        { "linux-6.19", "nokaslr debug_pagealloc=on", "DEBUG_PAGEALLOC", "any", DescriptorBits.Valid | DescriptorBits.NotGlobal, "__kernel_map_pages (debug_pagealloc) clears the valid bit" },
    };

    [Theory]
    [MemberData(nameof(Steps))]
    public void A_step_is_explained_and_one_bit_more_is_not(string kernel, string commandLine, string options, string part, ulong bits, string step)
    {
        using PredictedTables tables = new(kernel, commandLine, options.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        IReadOnlyList<PhysicalAddress> leaves = tables.LeavesOf(Part(tables, part));
        foreach (PhysicalAddress leaf in leaves)
        {
            tables.Image[leaf] ^= bits;
        }

        MapVerification explained = tables.Verify();
        Assert.Equal(0, explained.Unexplained);
        Assert.NotEmpty(explained.Differences);
        Assert.All(explained.Differences, difference => Assert.StartsWith(step, difference.Explanation, StringComparison.Ordinal));

        // A listing shows the same, but for DBM.
        MapVerification listed = tables.VerifyListing(text => text);
        Assert.Equal(0, listed.Unexplained);
        Assert.NotEmpty(listed.Differences);
        Assert.All(listed.Differences, difference => Assert.StartsWith(step.Replace(" and clears DBM", "", StringComparison.Ordinal), difference.Explanation, StringComparison.Ordinal));

        // Each other bit of one of them; and each of the step's own, put back alone, unless that undoes all of it.
        PhysicalAddress changed = leaves[leaves.Count / 2];
        ulong raw = tables.Image[changed];
        List<int> unseen = [];
        for (int bit = 0; bit < 64; bit++)
        {
            tables.Image[changed] = raw ^ (1UL << bit);
            if (tables.Verify().Unexplained == 0)
            {
                unseen.Add(bit);
            }
            else if (bit is 2 or 6 or 7 or 10 or 11 or 53 or 54 && (bits & ~DescriptorBits.DirtyBitModifier) != 1UL << bit)
            {
                // AttrIndx, AP, AF, nG, PXN, UXN: what a listing has a column for. (It has none for DBM: what undoes all the rest of a step looks as predicted.)
                Assert.NotEqual(0, tables.VerifyListing(text => text).Unexplained);
            }
        }

        Assert.Equal(ulong.PopCount(bits) == 1 ? [(int)ulong.Log2(bits)] : [], unseen);
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public void The_same_one_page_beyond_is_not_explained(string kernel, string commandLine, string options, string part, ulong bits, string step)
    {
        _ = step;

        // Free pages may be anywhere: beyond that is a kernel that does not look after them.
        using PredictedTables tables = part == "any" ? new(kernel, commandLine) : new(kernel, commandLine, options.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        (PhysicalAddress start, PhysicalAddress end) = Part(tables, part);
        foreach (PhysicalAddress beyond in part == "any" ? [start] : new[] { start - tables.Plan.Geometry.PageSize, end })
        {
            PhysicalAddress leaf = tables.LeafOf(beyond);
            tables.Image[leaf] ^= bits;
            MapDifference difference = Assert.Single(tables.Verify().Differences, item => item.Explanation is null);
            Assert.True((difference.Start - tables.Plan.Geometry.PageOffset.Value).Value + tables.Plan.Plan.MemoryStart.Value <= beyond.Value);
            tables.Image[leaf] ^= bits;
            Assert.Empty(tables.Verify().Differences);
        }
    }

    /// <remarks>The alias of 7.2 keeps its memory type only where it never had another: a change of it alone, or to a third type, is nobody's.</remarks>
    [Theory]
    [InlineData("linux-6.12", Untagged)]
    [InlineData("linux-7.2", 1UL << 4)]
    [InlineData("linux-7.2", 7UL << 2)]
    public void Another_memory_type_in_the_alias_is_not_explained(string kernel, ulong typeBits)
    {
        using PredictedTables tables = new(kernel, "nokaslr");
        (PhysicalAddress start, _) = tables.TextAlias;
        tables.Image[tables.LeafOf(start)] ^= WriteBits ^ typeBits;
        Assert.NotEqual(0, tables.Verify().Unexplained);
    }

    private static (PhysicalAddress Start, PhysicalAddress End) Part(PredictedTables tables, string part) => part switch
    {
        "text" => tables.TextAlias,
        "data" => tables.DataAlias,
        "pool" => tables.KfencePool,
        _ => (new PhysicalAddress(0x4c00_0000), new PhysicalAddress(0x4c00_2000)),
    };
}
