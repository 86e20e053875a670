using Ptewright.Addressing;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Simulation;
using Ptewright.Tests.LinearMap;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Tests.Late;

/// <summary>Protections changed after boot, over the map of a machine with a kernel image.</summary>
/// <remarks>Linux: <c>update_mapping_prot</c>, <c>mark_linear_text_alias_ro</c>.</remarks>
public sealed class ProtectionChangeTests : IDisposable
{
    private const ulong AliasSize = 0x41d5_0000 - 0x4021_0000;

    private readonly LinearMapSimulation _simulation = new(Plans.KernelAlias(full: false));

    public ProtectionChangeTests() => _ = _simulation.Build(Plans.Strategy("single-map"));

    private static PhysicalAddress Alias => new(0x4021_0000);

    public void Dispose() => _simulation.Dispose();

    // The alias is a PTE table's tail, 12 blocks of 2 MiB, and a PTE table's head: 4 visits. 6,976 pages are flushed with everything.
    // Directly: nothing for the windows, but the two PTE tables' entries need a DSB ISHST and ISB of their own.
    [Theory]
    [InlineData(Reach.Fixmap, 4, (2 * 4) + 12 + 1, 4 + 1)]
    [InlineData(Reach.Direct, 0, 2 + 12 + 1, 1)]
    public void The_kernel_alias_becomes_read_only(Reach reach, ulong windows, ulong dsbIshst, ulong dsbIsh)
    {
        LateResult result = Change(Alias, AliasSize, ProtectionKind.KernelReadOnly, reach);
        Assert.Equal((windows, windows, 1UL), (result.Counts.FixmapMaps, result.Counts.TlbiVaale1is, result.Counts.TlbiVmalle1is));
        Assert.Equal((dsbIshst, dsbIsh, dsbIshst), (result.Counts.DsbIshst, result.Counts.DsbIsh, result.Counts.Isb));
        Assert.Equal((0UL, 0UL), (result.Statistics.Tables, result.Outstanding));

        Leaf[] leaves = [.. _simulation.Leaves()];
        ulong end = Alias.Value + AliasSize;
        Assert.All(leaves, leaf => Assert.Equal(
            leaf.Physical >= Alias && leaf.Physical.Value < end, (leaf.Entry.Raw & DescriptorBits.ReadOnly) != 0));
        Assert.Equal(AliasSize, leaves.Where(leaf => (leaf.Entry.Raw & DescriptorBits.ReadOnly) != 0).Aggregate(0UL, (sum, leaf) => sum + leaf.Size));
    }

    [Fact]
    public void And_writable_again_as_it_was()
    {
        TableDigest before = _simulation.Digest();
        _ = Change(Alias, AliasSize, ProtectionKind.KernelReadOnly);
        Assert.NotEqual(before, _simulation.Digest());
        _ = Change(Alias, AliasSize, ProtectionKind.Kernel);
        Assert.Equal(before, _simulation.Digest());
    }

    // The tail of the alias: pages of one table, flushed one by one.
    [Fact]
    public void A_few_pages_are_flushed_one_by_one()
    {
        LateResult result = Change(new(0x41d4_0000), 0x1_0000, ProtectionKind.KernelReadOnly);
        Assert.Equal((16UL, 3UL + 16, 0UL), (result.Statistics.Pages, result.Counts.TlbiVaale1is, result.Counts.TlbiVmalle1is));
        Assert.Equal(((2UL * 3) + 1, 3UL + 1, (2UL * 3) + 1), (result.Counts.DsbIshst, result.Counts.DsbIsh, result.Counts.Isb));
    }

    [Fact]
    public void A_range_inside_a_page_changes_and_flushes_the_whole_page()
    {
        LateResult result = Change(new(0x41d4_0ff8), 16, ProtectionKind.KernelReadOnly);
        Assert.Equal((2UL, 3UL + 2), (result.Statistics.Pages, result.Counts.TlbiVaale1is));
    }

    // 64 KiB before the alias are one contiguous run; the memory behind it has runs of blocks.
    [Theory]
    [InlineData(0x4020_0000UL, 0x1000UL, 3)]
    [InlineData(0x4020_0000UL, 0x1_0000UL, 3)]
    [InlineData(0x4400_0000UL, 0x20_0000UL, 2)]
    public void Contiguous_entries_are_refused(ulong start, ulong size, int level)
    {
        TableDigest before = _simulation.Digest();
        MapFailure failure = Refused(() => Change(new(start), size, ProtectionKind.KernelReadOnly));
        Assert.Equal((FailureCode.UnsafeChange, level), (failure.Code, failure.Level));
        Assert.Equal(before, _simulation.Digest());
    }

    [Theory]
    [InlineData(0x4000_0000UL, 0x1000UL, FailureCode.BlockInTheWay, 2)]
    [InlineData(0x4040_0000UL, 0x1000UL, FailureCode.BlockInTheWay, 2)]
    [InlineData(0x10_8000_0000UL, 0x1000UL, FailureCode.NoAllocator, 1)]
    [InlineData(0x100_8000_0000UL, 0x1000UL, FailureCode.NoAllocator, 0)]
    public void A_change_that_needs_a_new_table_is_refused(ulong start, ulong size, FailureCode code, int level)
    {
        MapFailure failure = Refused(() => Change(new(start), size, ProtectionKind.KernelReadOnly));
        Assert.Equal((code, level), (failure.Code, failure.Level));
    }

    [Fact]
    public void Another_memory_type_is_refused()
    {
        MapFailure failure = Refused(() => Change(new(0x41d4_0000), 0x1000, ProtectionKind.DeviceNGnRE));
        Assert.Equal((FailureCode.UnsafeChange, 3), (failure.Code, failure.Level));
    }

    [Fact]
    public void The_lower_half_is_refused()
    {
        LateSimulation late = LateMachine.Late(_simulation);
        MapRequest request = new(new(0x4000_0000), new(0x4000_0000), 4096, Protection.Create(ProtectionKind.KernelReadOnly, false, false), MapFlags.None);
        Assert.Equal(FailureCode.BelowPageOffset, Refused(() => late.ChangeProtection(request, Reach.Fixmap)).Code);
    }

    [Fact]
    public void Added_memory_can_change_too_and_goes_with_all_its_tables()
    {
        TableDigest before = _simulation.Digest();
        LateSimulation late = LateMachine.Late(_simulation);
        PhysicalAddress start = new(96 * LateMachine.GiB);
        _ = late.HotAdd(start, LateMachine.Section, Reach.Direct);
        _ = late.ChangeProtection(start + 0x5000, 0x3000, ProtectionKind.KernelReadOnly, Reach.Direct);
        Assert.Equal(3, _simulation.Leaves().Count(leaf => (leaf.Entry.Raw & DescriptorBits.ReadOnly) != 0));
        _ = late.HotRemove(start, LateMachine.Section, Reach.Direct);
        Assert.Equal((before, 0UL), (_simulation.Digest(), late.Outstanding));
    }

    private static MapFailure Refused(Func<object> change) => Assert.Throws<MapFailureException>(change).Failure;

    private LateResult Change(PhysicalAddress start, ulong size, ProtectionKind kind, Reach reach = Reach.Fixmap) =>
        LateMachine.Late(_simulation).ChangeProtection(start, size, kind, reach);
}
