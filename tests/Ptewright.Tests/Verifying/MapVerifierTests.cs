using Ptewright.Addressing;
using Ptewright.Findings;
using Ptewright.Images;
using Ptewright.Translation;
using Ptewright.Verifying;
using Ptewright.Walking;

namespace Ptewright.Tests.Verifying;

/// <summary>A verification sees every bit of every entry: what is not exactly as predicted, or exactly as one step of the kernel leaves it, is said.</summary>
public sealed class MapVerifierTests
{
    // A page somewhere that the captures do not have.
    private static readonly PhysicalAddress _free = new(0x5000_0000);

    /// <summary>Leaves, as offsets into the linear map: some that no step changes, and one that each step changed.</summary>
    public static TheoryData<string, ulong> Leaves => new()
    {
        { "6.1-cloud", 0x0000_0000 }, // A block that stayed.
        { "6.1-cloud", 0x0021_0000 }, // mark_linear_text_alias_ro: a page,
        { "6.1-cloud", 0x0040_0000 }, // a block.
        { "6.12-cloud", 0x02a9_c000 }, // change_memory_common.
        { "6.12-cloud", 0x0300_0000 }, // A page that stayed.
        { "6.12-16k", 0x1f80_8000 }, // A page of the KFENCE pool that stayed,
        { "6.12-16k", 0x1f80_c000 }, // and one of kfence_protect_page.
    };

    /// <remarks>512 MiB: without rodata=full (6.1) 2-MiB blocks, but pages where a block holds an end of the alias; with it (6.12) pages, but for the alias; 16K pages in the pool and the alias,
    /// 32-MiB blocks beside them.</remarks>
    [Theory]
    [InlineData("6.1-cloud", 1278, 1278, 4)]
    [InlineData("6.12-cloud", 124_940, 124_940, 247)]
    [InlineData("6.12-16k", 4110, 3837, 4)]
    public void Leaves_and_table_pages_are_counted(string kernel, ulong predicted, ulong found, int tables)
    {
        using CapturedTables captured = new(kernel);
        MapVerification verification = captured.Verify();
        Assert.Equal(
            (predicted, found, tables, tables, 0, 0),
            (verification.LeavesPredicted, verification.LeavesFound, verification.TablePagesPredicted, verification.TablePagesAtPredictedAddress, verification.Problems.Count, verification.Unexplained));

        // What is missing is what the kernel made invalid.
        Assert.Equal(predicted - found, verification.Differences.Where(item => item.Kind == MapDifferenceKind.Missing).Aggregate(0UL, (sum, item) => sum + (item.Size >> captured.Root.PageShift)));
    }

    [Theory]
    [MemberData(nameof(Leaves))]
    public void Each_bit_of_a_leaf_counts(string kernel, ulong offset)
    {
        using CapturedTables tables = new(kernel);
        Assert.Equal(0, tables.Verify().Unexplained);
        PhysicalAddress entry = tables.EntryOf(offset);

        // A page of the KFENCE pool may be valid or not: both are what the kernel makes of it.
        Assert.Equal(offset is 0x1f80_8000 or 0x1f80_c000 ? [0] : [], tables.Image.UnseenBits(entry, () => tables.Verify()));
    }

    [Theory]
    [InlineData("6.1-cloud", 1, 0x1800_0000_0000_0000)]
    [InlineData("6.1-cloud", 2, 0x1800_0000_0000_0000)]
    [InlineData("6.1-cloud", 3, 0x1800_0000_0000_0000)]
    [InlineData("6.12-cloud", 0, 0x1800_0000_0000_0000)]
    [InlineData("6.12-16k", 2, 0x1800_0000_0000_0000)]
    [InlineData("6.12-16k", 3, 0x1800_0000_0000_0000)]
    public void Each_bit_of_a_tables_own_descriptor_counts(string kernel, int level, ulong own)
    {
        using CapturedTables tables = new(kernel);
        PhysicalAddress entry = tables.EntryOf(0x0021_0000, level);
        ulong raw = tables.Image[entry];

        Assert.Empty(tables.Image.UnseenBits(entry, () => tables.Verify()));
        tables.Image[entry] = raw ^ DescriptorBits.AccessFlag;
        MapDifference difference = Assert.Single(tables.Verify().Differences, item => item.Kind == MapDifferenceKind.TableEntry);
        Assert.Equal(
            (level, own | 3, own | 3 | DescriptorBits.AccessFlag, null),
            (difference.TableLevel, difference.PredictedEntry?.Raw, difference.FoundEntry?.Raw, difference.Explanation));
        Assert.Equal(tables.Walk(0x0021_0000).First(step => step.Level == level).Address.AlignDown(tables.Root.PageShift == 12 ? 4096UL : 16384), difference.FoundTable);
        Assert.Equal(difference.PredictedTable, difference.FoundTable);
    }

    [Theory]
    [InlineData("6.1-cloud")]
    [InlineData("6.12-cloud")]
    [InlineData("6.12-16k")]
    public void A_map_of_which_every_entry_became_non_global_is_explained(string kernel)
    {
        using CapturedTables tables = new(kernel);
        int before = tables.Verify().Differences.Count;
        tables.SetEverywhere(DescriptorBits.NotGlobal);
        MapVerification verification = tables.Verify();

        Assert.Equal(0, verification.Unexplained);
        Assert.True(verification.Differences.Count > before);
        Assert.All(
            verification.Differences.Where(difference => difference.Kind is MapDifferenceKind.Changed or MapDifferenceKind.TableEntry),
            difference => Assert.EndsWith("idmap_kpti_install_ng_mappings sets nG in every entry", difference.Explanation, StringComparison.Ordinal));
        Assert.Contains(verification.Differences, difference => difference.Explanation
            == "mark_linear_text_alias_ro sets AP[2] and clears DBM in the alias of the image's code and read-only data; idmap_kpti_install_ng_mappings sets nG in every entry");
    }

    [Theory]
    [InlineData("6.1-cloud", 0x0000_0000)]
    [InlineData("6.1-cloud", 0x0021_0000)]
    [InlineData("6.12-cloud", 0x02a9_c000)]
    [InlineData("6.12-16k", 0x1f80_8000)]
    public void With_everything_non_global_each_bit_still_counts(string kernel, ulong offset)
    {
        using CapturedTables tables = new(kernel);
        tables.SetEverywhere(DescriptorBits.NotGlobal);
        PhysicalAddress entry = tables.EntryOf(offset);

        Assert.Equal(offset == 0x1f80_8000 ? [0] : [], tables.Image.UnseenBits(entry, () => tables.Verify()));
        PhysicalAddress table = tables.EntryOf(offset, 2);
        Assert.Empty(tables.Image.UnseenBits(table, () => tables.Verify()));
    }

    [Theory]
    [InlineData(4)]
    [InlineData(2)]
    public void One_entry_that_stayed_global_makes_all_others_unexplained(int level)
    {
        using CapturedTables tables = new("6.1-cloud");
        tables.SetEverywhere(DescriptorBits.NotGlobal);
        tables.Image[tables.EntryOf(0, level)] &= ~DescriptorBits.NotGlobal;
        MapVerification verification = tables.Verify();

        Assert.Equal(verification.Differences.Count, verification.Unexplained);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(DescriptorBits.NotGlobal, true)]
    [InlineData(DescriptorBits.SoftwareDirty, false)]
    public void An_invalid_page_of_the_KFENCE_pool_may_have_been_so_before_the_others_became_non_global(ulong other, bool expected)
    {
        using CapturedTables tables = new("6.12-16k");
        PhysicalAddress entry = tables.EntryOf(0x1f80_c000);
        tables.SetEverywhere(DescriptorBits.NotGlobal);
        tables.Image[entry] ^= other;
        MapDifference difference = tables.Verify().Differences.Single(item => item.Start == tables.Start + 0x1f80_c000);

        Assert.Equal(MapDifferenceKind.Missing, difference.Kind);
        Assert.Equal(
            !expected ? null : "kfence_protect_page clears the valid bit of pages of the KFENCE pool"
                + (other == 0 ? string.Empty : "; idmap_kpti_install_ng_mappings sets nG in every entry"),
            difference.Explanation);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(DescriptorBits.NotGlobal)]
    public void An_invalid_page_outside_the_pool_is_not_explained_by_all_others_being_non_global(ulong other)
    {
        using CapturedTables tables = new("6.12-16k");
        PhysicalAddress entry = tables.EntryOf(0x0010_0000);
        tables.SetEverywhere(DescriptorBits.NotGlobal);
        tables.Image[entry] ^= DescriptorBits.Valid | other;
        MapDifference difference = tables.Verify().Differences.Single(item => item.Start == tables.Start + 0x0010_0000);

        Assert.Equal((MapDifferenceKind.Missing, null), (difference.Kind, difference.Explanation));
    }

    [Theory]
    [InlineData(0x0010_0000, 1)] // Below the image: a run of contiguous pages, which is broken then.
    [InlineData(0x0100_0000, 0)] // In its alias, which is read-only besides.
    public void A_page_that_is_invalid_outside_the_KFENCE_pool_is_unexplained(ulong offset, int brokenRuns)
    {
        using CapturedTables tables = new("6.12-16k");
        tables.Image[tables.EntryOf(offset)] &= ~DescriptorBits.Valid;
        MapVerification verification = tables.Verify();

        Assert.Equal((brokenRuns, 1 + brokenRuns), (verification.Problems.Count, verification.Unexplained));
        MapDifference difference = Assert.Single(verification.Differences, item => item.Explanation is null);
        Assert.Equal((MapDifferenceKind.Missing, tables.Start + offset, 16384UL, 3), (difference.Kind, difference.Start, difference.Size, difference.Predicted?.Level));
        Assert.Null(difference.Found);
    }

    [Theory]
    [InlineData("6.1-cloud", 0x001f_f000)]
    [InlineData("6.12-cloud", 0x0300_0000)]
    [InlineData("6.12-cloud", 0x1fff_f000)]
    public void An_invalid_page_that_is_the_predicted_one_otherwise_is_unexplained_without_KFENCE_and_debug_pagealloc(string kernel, ulong offset)
    {
        using CapturedTables tables = new(kernel);
        PhysicalAddress entry = tables.EntryOf(offset);
        tables.Image[entry] &= ~DescriptorBits.Valid;
        MapDifference difference = Assert.Single(tables.Verify().Differences, item => item.Kind == MapDifferenceKind.Missing);
        Assert.Null(difference.Explanation);
    }

    [Theory]
    [InlineData("6.1-cloud", 0x0000_0000)] // rodata=on, a block.
    [InlineData("6.12-cloud", 0x0300_0000)] // rodata=full, a page that is read-only nowhere else.
    [InlineData("6.12-cloud", 0x01a8_0000)] // The page behind the alias, which the image maps read-only.
    public void A_read_only_leaf_without_a_reason_is_unexplained(string kernel, ulong offset)
    {
        using CapturedTables tables = new(kernel);
        PhysicalAddress entry = tables.EntryOf(offset);
        tables.Image[entry] ^= DescriptorBits.ReadOnly | DescriptorBits.DirtyBitModifier;
        MapVerification verification = tables.Verify();

        Assert.Equal(1, verification.Unexplained);
        Assert.Equal(tables.Start + offset, Assert.Single(verification.Differences, difference => difference.Explanation is null).Start);
    }

    [Fact]
    public void What_a_step_made_read_only_is_unexplained_when_a_table_above_it_restricts_it_too()
    {
        using CapturedTables tables = new("6.12-cloud");
        const ulong offset = 0x01a7_0000; // Near the end of the alias, in a table of pages.
        Assert.NotNull(At(tables.Verify()).Explanation);

        tables.Image[tables.EntryOf(offset, 3)] |= 1UL << 62; // APTable[1]: no writes below.
        MapDifference after = At(tables.Verify());
        Assert.Equal((3, 1UL << 62, null), (after.Found?.Level, after.Found?.Attributes.Inherited & (1UL << 62), after.Explanation));

        MapDifference At(MapVerification verification) => verification.Differences.Single(
            difference => difference.Kind == MapDifferenceKind.Changed && (tables.Start + offset).Value - difference.Start.Value < difference.Size);
    }

    [Fact]
    public void A_page_that_is_writable_too_at_its_other_address_is_unexplained()
    {
        using CapturedTables tables = new("6.12-cloud");
        PhysicalAddress physical = new(0x4000_0000 + 0x02a9_c000);
        MapDifference explained = tables.Verify().Differences.Single(item => item.Start == tables.Start + 0x02a9_c000);
        Assert.Equal("change_memory_common (rodata=full) sets AP[2] and clears DBM: the same memory is read-only at 0xffff800082335000 too", explained.Explanation);

        // The second of its two pages: the first one alone is not enough.
        using TableWalker walker = new(tables.Image, tables.Root);
        WalkStep[] steps = new WalkStep[TableWalker.MostSteps];
        Assert.Equal(physical + 4096, walker.Walk(new VirtualAddress(0xffff_8000_8233_6000), steps, out int count).Physical);
        tables.Image[steps[count - 1].Address] ^= DescriptorBits.ReadOnly | DescriptorBits.DirtyBitModifier;
        Assert.Null(tables.Verify().Differences.Single(item => item.Start == tables.Start + 0x02a9_c000).Explanation);
    }

    [Fact]
    public void The_place_of_the_root_is_compared()
    {
        using CapturedTables tables = new("6.1-cloud");
        PhysicalAddress root = tables.Root.Table;
        for (ulong i = 0; i < 4096; i += 8)
        {
            tables.Image[_free + i] = tables.Image[root + i];
        }

        MapVerification verification = tables.Verify(tables.Image.Registers with { Ttbr1 = _free.Value });
        Assert.Equal(1, verification.Unexplained);
        MapDifference difference = verification.Differences[0];
        Assert.Equal(
            (MapDifferenceKind.Table, 0, root, _free, tables.Start, null),
            (difference.Kind, difference.TableLevel, difference.PredictedTable, difference.FoundTable, difference.Start, difference.Explanation));
    }

    [Theory]
    [InlineData("6.1-cloud", 1)]
    [InlineData("6.1-cloud", 3)]
    [InlineData("6.12-16k", 3)]
    public void The_place_of_each_table_is_compared(string kernel, int level)
    {
        using CapturedTables tables = new(kernel);
        MapVerification before = tables.Verify();
        Assert.Equal(before.TablePagesPredicted, before.TablePagesAtPredictedAddress);
        PhysicalAddress entry = tables.EntryOf(0x0021_0000, level);
        PhysicalAddress table = tables.Root.Format.Decode(new Descriptor(tables.Image[entry]));
        for (ulong i = 0; i < 1UL << tables.Root.PageShift; i += 8)
        {
            tables.Image[_free + i] = tables.Image[table + i];
        }

        tables.Image[entry] ^= table.Value ^ _free.Value;
        MapVerification verification = tables.Verify();
        MapDifference difference = Assert.Single(verification.Differences, item => item.Kind == MapDifferenceKind.Table);
        Assert.Equal((1, before.TablePagesPredicted - 1), (verification.Unexplained, verification.TablePagesAtPredictedAddress));
        Assert.Equal((level, table, _free), (difference.TableLevel, difference.PredictedTable, difference.FoundTable));
    }

    [Fact]
    public void A_block_where_a_table_was_predicted_and_a_table_where_a_block_was_are_said()
    {
        using CapturedTables tables = new("6.1-cloud");
        PhysicalAddress block = tables.EntryOf(0x1000_0000);
        ulong raw = tables.Image[block];
        for (ulong i = 0; i < 512; i++)
        {
            tables.Image[_free + (i * 8)] = (raw + (i << 12)) | 3;
        }

        tables.Image[block] = _free.Value | 0x1800_0000_0000_0003;
        PhysicalAddress entry = tables.EntryOf(0x0021_0000, 3);
        PhysicalAddress table = new(tables.Image[entry] & 0xffff_ffff_f000);
        tables.Image[entry] = (raw & ~0xffff_ffff_f000UL) | 0x4020_0000;
        MapVerification verification = tables.Verify();

        Assert.Equal(
            [(tables.Start + 0x0020_0000, table, null), (tables.Start + 0x1000_0000, null, _free)],
            verification.Differences.Where(item => item.Kind == MapDifferenceKind.Table)
                .Select(item => (item.Start, item.PredictedTable, item.FoundTable)).OrderBy(item => item.Start.Value));
        Assert.Contains(verification.Differences, item => item is { Kind: MapDifferenceKind.Changed, Explanation: null, Predicted.Level: 2, Found.Level: 3, Size: 0x20_0000 });
    }

    [Fact]
    public void What_is_wrong_with_the_tables_themselves_is_unexplained()
    {
        using CapturedTables tables = new("6.12-16k");
        tables.Image[tables.EntryOf(0x0021_0000, 3)] = 0x0000_1234_0000_0003;
        MapVerification verification = tables.Verify();

        Finding problem = Assert.Single(verification.Problems);
        Assert.Equal(("table.missing-memory", FindingSeverity.Error, tables.Start), (problem.Rule, problem.Severity, problem.Address));
        Assert.StartsWith($"{tables.Start}: the source has no memory at 0x123400000000, where a table should be (by way of level ", problem.ToString(), StringComparison.Ordinal);
        Assert.Equal(verification.Unexplained, verification.Findings("dump").Count(finding => finding.Severity == FindingSeverity.Error));
        Assert.Equal(verification.Problems.Count + verification.Differences.Count(item => item.Explanation is null), verification.Unexplained);
    }

    [Theory]
    [InlineData(17, 2, "4K pages, 47-bit addresses")]
    [InlineData(16, 1, "16K pages, 48-bit addresses")]
    [InlineData(16, 3, "64K pages, 48-bit addresses")]
    public void Tables_of_another_shape_are_refused(ulong size, ulong granule, string shape)
    {
        using CapturedTables tables = new("6.1-cloud");
        ImageRegisters registers = tables.Image.Registers;
        ulong tcr = (registers.Tcr!.Value & ~((3UL << 30) | (63UL << 16))) | (granule << 30) | (size << 16);

        Assert.Equal(
            $"The kernel runs with {shape}, but linux-6.1 on cortex-a72 was predicted with 4K pages, 48-bit addresses; name the CPU and the configuration.",
            Assert.Throws<InvalidInputException>(() => tables.Verify(registers with { Tcr = tcr })).Message);
    }
}
