using Ptewright.Addressing;
using Ptewright.Translation;
using Ptewright.Verifying;

namespace Ptewright.Tests.Verifying;

/// <summary>From 6.18 on a kernel splits blocks of its linear map where the CPU lets it: parts with the bits of the whole are explained, and nothing else.</summary>
/// <remarks>Kernels do so under QEMU's max with the number of a CPU that may; here a block is split by hand, and each bit changed once.</remarks>
public sealed class SplitBlocksTests
{
    private const ulong WriteBits = DescriptorBits.ReadOnly | DescriptorBits.DirtyBitModifier;
    private const int Entries = 512;
    private const int Run = 16;

    private static readonly PhysicalAddress _memory = new(0x4c00_0000);
    private static readonly PhysicalAddress _table = new(0x4e00_0000);

    [Theory]
    [InlineData("linux-6.18")]
    [InlineData("linux-7.3")]
    public void A_block_that_was_split_is_explained_and_one_bit_more_is_not(string kernel)
    {
        using PredictedTables tables = PredictedTables.On("max+bbml2", kernel, "nokaslr");
        PhysicalAddress entry = Split(tables, link: DescriptorBits.TypeTable | DescriptorBits.AccessFlag | DescriptorBits.PxnTable | (1UL << 60));
        MapVerification verification = tables.Verify();

        Assert.Equal(0, verification.Unexplained);
        Assert.NotEmpty(verification.Differences);
        Assert.All(verification.Differences, difference => Assert.StartsWith("split_kernel_leaf_mapping", difference.Explanation, StringComparison.Ordinal));
        Assert.Contains(verification.Differences, difference => difference.Kind == MapDifferenceKind.Table);
        MapVerification listed = tables.VerifyListing(text => text);
        Assert.Equal(0, listed.Unexplained);
        Assert.NotEmpty(listed.Differences);

        // Everything but the contiguous bit is the whole's, and a run has that everywhere or nowhere.
        Assert.Equal([], tables.Image.UnseenBits(_table + (ulong)(3 * sizeof(ulong)), tables.Verify));
        Assert.Equal([], tables.Image.UnseenBits(entry, tables.Verify));
    }

    [Fact]
    public void A_part_that_is_read_only_elsewhere_too_has_both_explanations()
    {
        using PredictedTables tables = PredictedTables.On("max+bbml2", "linux-6.18", "nokaslr");
        (PhysicalAddress start, _) = tables.TextAlias;
        PhysicalAddress leaf = tables.LeafOf(start);
        tables.Image[leaf] ^= WriteBits;
        _ = Split(tables, link: DescriptorBits.TypeTable | DescriptorBits.AccessFlag | DescriptorBits.PxnTable | (1UL << 60));

        MapVerification verification = tables.Verify();
        Assert.Equal(0, verification.Unexplained);
        Assert.Contains(verification.Differences, difference => difference.Explanation!.StartsWith("mark_linear_text_alias_ro", StringComparison.Ordinal));

        // Read-only nowhere else.
        tables.Image[_table] ^= WriteBits;
        Assert.Equal(1, tables.Verify().Unexplained);
    }

    [Theory]
    [InlineData("max", "linux-6.18", "nokaslr rodata=off kfence.sample_interval=100")] // The CPU may raise a conflict abort.
    [InlineData("max+bbml2", "linux-6.17", "nokaslr rodata=off kfence.sample_interval=100")] // The kernel splits nothing.
    [InlineData("neoverse-n3", "linux-7.2", "nokaslr rodata=off kfence.sample_interval=100")] // 7.3 is the first to know that this CPU raises none.
    public void Where_nothing_is_split_it_is_not_explained(string cpu, string kernel, string commandLine)
    {
        using PredictedTables tables = PredictedTables.On(cpu, kernel, commandLine);
        _ = Split(tables, link: DescriptorBits.TypeTable | DescriptorBits.AccessFlag | DescriptorBits.PxnTable | (1UL << 60));
        MapVerification verification = tables.Verify();
        Assert.Contains(verification.Differences, difference => difference.Kind == MapDifferenceKind.Table);
        Assert.All(verification.Differences, difference => Assert.Null(difference.Explanation));
    }

    [Fact]
    public void A_run_whose_contiguous_bit_is_gone_is_explained_and_one_that_got_it_is_not()
    {
        using PredictedTables tables = PredictedTables.On("max+bbml2", "linux-6.18", "nokaslr kfence.sample_interval=100");
        PhysicalAddress leaf = tables.LeafOf(_memory);
        Assert.NotEqual(0UL, tables.Image[leaf] & DescriptorBits.Contiguous);
        for (int i = 0; i < Run; i++)
        {
            tables.Image[leaf + (ulong)(i * sizeof(ulong))] ^= DescriptorBits.Contiguous;
        }

        Assert.Equal(0, tables.Verify().Unexplained);
        Assert.Single(tables.Verify().Differences);

        // Pages that were single and are a run now.
        PhysicalAddress single = tables.LeafOf(tables.KfencePool.Start);
        Assert.Equal(0UL, tables.Image[single] & DescriptorBits.Contiguous);
        for (int i = 0; i < Run; i++)
        {
            tables.Image[single + (ulong)(i * sizeof(ulong))] ^= DescriptorBits.Contiguous;
        }

        Assert.Equal(1, tables.Verify().Unexplained);
    }

    // Splits a run of 2 MiB blocks, and the first of them, which maps _memory, into pages, the first run of which lost its contiguous bit. Returns the entry that leads to them.
    private static PhysicalAddress Split(PredictedTables tables, ulong link)
    {
        PhysicalAddress entry = tables.LeafOf(_memory);
        for (int i = 0; i < Run; i++)
        {
            tables.Image[entry + (ulong)(i * sizeof(ulong))] &= ~DescriptorBits.Contiguous;
        }

        ulong block = tables.Image[entry];
        Assert.Equal(DescriptorBits.TypeBlock, block & DescriptorBits.TypeMask);
        for (int i = 0; i < Entries; i++)
        {
            tables.Image[_table + (ulong)(i * sizeof(ulong))] = (block + (ulong)(i << 12)) | DescriptorBits.TableOrPage | (i < Run ? 0 : DescriptorBits.Contiguous);
        }

        tables.Image[entry] = _table.Value | link;
        return entry;
    }
}
