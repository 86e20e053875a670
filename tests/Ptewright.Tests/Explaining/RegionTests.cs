using Ptewright.Addressing;
using Ptewright.Explaining;
using Ptewright.Texts;
using Ptewright.Translation;

namespace Ptewright.Tests.Explaining;

/// <summary>Where addresses lie, by version and shape; and values that are no addresses.</summary>
public sealed class RegionTests
{
    [Theory]

    // 6.1, 4K pages, 48 bits: facts of asm/memory.h, asm/fixmap.h.
    [InlineData("6.1", GranuleSize.Size4K, 48, 0xffff000000000000, RegionKind.LinearMap)]
    [InlineData("6.1", GranuleSize.Size4K, 48, 0xffff7fffffffffff, RegionKind.LinearMap)]
    [InlineData("6.1", GranuleSize.Size4K, 48, 0xffff800000000000, RegionKind.Modules)]
    [InlineData("6.1", GranuleSize.Size4K, 48, 0xffff800007ffffff, RegionKind.Modules)]
    [InlineData("6.1", GranuleSize.Size4K, 48, 0xffff800008000000, RegionKind.Vmalloc)]
    [InlineData("6.1", GranuleSize.Size4K, 48, 0xfffffbffefffffff, RegionKind.Vmalloc)]
    [InlineData("6.1", GranuleSize.Size4K, 48, 0xfffffbfff0000000, RegionKind.Hole)]
    [InlineData("6.1", GranuleSize.Size4K, 48, 0xfffffbfffdfff000, RegionKind.Fixmap)]
    [InlineData("6.1", GranuleSize.Size4K, 48, 0xfffffbfffe800000, RegionKind.PciIo)]
    [InlineData("6.1", GranuleSize.Size4K, 48, 0xfffffbffff7fffff, RegionKind.PciIo)]
    [InlineData("6.1", GranuleSize.Size4K, 48, 0xfffffc0000000000, RegionKind.PageArray)]
    [InlineData("6.1", GranuleSize.Size4K, 48, 0xfffffdffffffffff, RegionKind.PageArray)]
    [InlineData("6.12", GranuleSize.Size4K, 48, 0xffff80007fffffff, RegionKind.Modules)]
    [InlineData("6.12", GranuleSize.Size4K, 48, 0xffff800080000000, RegionKind.Vmalloc)]
    [InlineData("6.12", GranuleSize.Size4K, 48, 0xffffffffc0800000, RegionKind.PciIo)]
    [InlineData("6.12", GranuleSize.Size4K, 48, 0xffffffffff7ff000, RegionKind.Fixmap)]
    [InlineData("6.12", GranuleSize.Size4K, 39, 0xffffffc080000000, RegionKind.Vmalloc)]
    [InlineData("6.12", GranuleSize.Size4K, 52, 0xfff0000012345678, RegionKind.LinearMap)]
    [InlineData("6.12", GranuleSize.Size64K, 42, 0xfffffc0012345678, RegionKind.LinearMap)]
    [InlineData("6.12", GranuleSize.Size16K, 47, 0xffff900012345678, RegionKind.LinearMap)]
    [InlineData("6.12", GranuleSize.Size16K, 47, 0xffff700012345678, RegionKind.NonCanonical)]
    [InlineData("6.12", GranuleSize.Size4K, 39, 0xffffff8012345678, RegionKind.LinearMap)]
    [InlineData("6.12", GranuleSize.Size4K, 39, 0xfffffe0012345678, RegionKind.NonCanonical)]
    [InlineData("5.10", GranuleSize.Size4K, 48, 0xffff800008123456, RegionKind.Modules)]

    // 4.19: everything but the linear map is in the lower half of the kernel's addresses.
    [InlineData("4.19", GranuleSize.Size4K, 48, 0xffff000000123456, RegionKind.Modules)]
    [InlineData("4.19", GranuleSize.Size4K, 48, 0xffff000008080000, RegionKind.Vmalloc)]
    [InlineData("4.19", GranuleSize.Size4K, 48, 0xffff7dfffe7f0000, RegionKind.Fixmap)]
    [InlineData("4.19", GranuleSize.Size4K, 48, 0xffff7dfffee00000, RegionKind.PciIo)]
    [InlineData("4.19", GranuleSize.Size4K, 48, 0xffff7e0000000000, RegionKind.PageArray)]
    [InlineData("4.19", GranuleSize.Size4K, 48, 0xffff800012345678, RegionKind.LinearMap)]
    [InlineData("4.19", GranuleSize.Size4K, 48, 0xffffffff12345678, RegionKind.LinearMap)]
    [InlineData("4.19", GranuleSize.Size4K, 39, 0xffffffc012345678, RegionKind.LinearMap)]

    [InlineData("6.1", GranuleSize.Size4K, 48, 0x0000ffff9a2c0010, RegionKind.User)]
    [InlineData("6.1", GranuleSize.Size4K, 39, 0x0000ffff9a2c0010, RegionKind.NonCanonical)]
    [InlineData("6.1", GranuleSize.Size4K, 48, 0x5600ffff9a2c0010, RegionKind.User)]
    [InlineData("6.1", GranuleSize.Size4K, 48, 0xf7ff00000a2d5010, RegionKind.LinearMap)]
    [InlineData("6.1", GranuleSize.Size4K, 48, 0xe7ff00000a2d5010, RegionKind.NonCanonical)]
    [InlineData("6.1", GranuleSize.Size4K, 48, 0xbfff80000c2d5010, RegionKind.FailedAuthentication)]
    [InlineData("6.1", GranuleSize.Size4K, 48, 0xfff7000012345678, RegionKind.NonCanonical)]
    public void An_address_lies_where_its_kernel_puts_it(string version, GranuleSize granule, int bits, ulong address, RegionKind kind) =>
        Assert.Equal(kind, Region(address, version, granule, bits).Kind);

    [Theory]
    [InlineData(0x0UL, RegionKind.Null, 0L)]
    [InlineData(0x58UL, RegionKind.Null, 0x58L)]
    [InlineData(0xfffffffffffffff4UL, RegionKind.ErrorPointer, 0L)]
    [InlineData(0xdead000000000100UL, RegionKind.ListPoison, 0L)]
    [InlineData(0xdead000000000108UL, RegionKind.ListPoison, 8L)]
    [InlineData(0xdead000000000122UL, RegionKind.ListPoison, 0L)]
    [InlineData(0xdead000000000200UL, RegionKind.ListPoison, 0L)]
    [InlineData(0x6b6b6b6b6b6b6b6bUL, RegionKind.Poison, 0L)]
    [InlineData(0x006b6b6b6b6b6b73UL, RegionKind.Poison, 8L)]
    [InlineData(0x6b6b6b6b6b6b6b63UL, RegionKind.Poison, -8L)]
    [InlineData(0x5a5a5a5a5a5a5a5aUL, RegionKind.Poison, 0L)]
    [InlineData(0xaaaaaaaaaaaaaab2UL, RegionKind.Poison, 8L)]
    [InlineData(0xdfff800000000005UL, RegionKind.KasanShadowOfNothing, 0x28L)]
    [InlineData(0xefff800000000002UL, RegionKind.KasanShadowOfNothing, 0x20L)]
    [InlineData(0x0066656463626120UL, RegionKind.Text, 0L)]
    public void A_value_that_is_no_address_is_known(ulong address, RegionKind kind, long offset)
    {
        AddressRegion region = Region(address, "6.1", GranuleSize.Size4K, 48);
        Assert.Equal((kind, offset), (region.Kind, region.Offset));
    }

    [Fact]
    public void A_register_with_an_error_says_which_one_was_dereferenced()
    {
        Oops oops = new() { Address = new VirtualAddress(0xfffffffffffffffc), Registers = new Dictionary<int, ulong> { [0] = 0xfffffffffffffff4, [1] = 7 }, Syndrome = new ExceptionSyndrome(0x96000006) };
        AddressRegion region = FaultExplainer.Explain(oops).Region!;
        Assert.Equal((12, 8L), (region.Error, region.Offset));
        Assert.Contains("-12 (-ENOMEM)", ExplanationText.Summary(FaultExplainer.Explain(oops))[0], StringComparison.Ordinal);
    }

    [Fact]
    public void KASAN_puts_its_shadow_below_the_end_of_the_linear_map()
    {
        Assert.Equal(RegionKind.KasanShadow, Region(0xffff700000000000, "6.1", GranuleSize.Size4K, 48, "slab-out-of-bounds in f+0x1/0x2").Kind);
        Assert.Equal(RegionKind.LinearMap, Region(0xffff500000000000, "6.1", GranuleSize.Size4K, 48, "slab-out-of-bounds in f+0x1/0x2").Kind);
        Assert.Equal(RegionKind.LinearMap, Region(0xffff700000000000, "6.1", GranuleSize.Size4K, 48).Kind);
    }

    [Fact]
    public void A_panic_says_where_the_image_lies()
    {
        Oops oops = Oops(0xffffd9c1_00c0_0000, "6.12", GranuleSize.Size4K, 48, null) with { KernelOffset = 0x59c0_8000_0000 };
        Assert.Equal(RegionKind.Image, FaultExplainer.Explain(oops).Region!.Kind);
        Assert.Equal(RegionKind.Vmalloc, FaultExplainer.Explain(oops with { KernelOffset = null }).Region!.Kind);
    }

    [Fact]
    public void A_layout_that_is_assumed_is_said_to_be()
    {
        Explanation explanation = FaultExplainer.Explain(Oops(0xffff800012345678, null, GranuleSize.Size4K, 48, null));
        Assert.True(explanation.Region!.IsLayoutAssumed);
        Assert.Contains(OpenQuestion.KernelVersion, explanation.Open);
        Assert.Contains("(assumed)", ExplanationText.Place(explanation), StringComparison.Ordinal);
        Assert.False(FaultExplainer.Explain(Oops(0xffff800012345678, "6.1", GranuleSize.Size4K, 48, null)).Region!.IsLayoutAssumed);
    }

    private static AddressRegion Region(ulong address, string version, GranuleSize granule, int bits, string? kasan = null) => FaultExplainer.Explain(Oops(address, version, granule, bits, kasan)).Region!;

    private static Oops Oops(ulong address, string? version, GranuleSize granule, int bits, string? kasan) => new()
    {
        Kind = OopsKind.Fault,
        Address = new VirtualAddress(address),
        Version = version is not null && LinuxVersion.TryParse(version, out LinuxVersion known) ? known : null,
        Tables = new PrintedTables(false, granule, bits, null),
        Kasan = kasan,
    };
}
