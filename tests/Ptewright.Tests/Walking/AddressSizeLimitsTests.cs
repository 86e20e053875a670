using Ptewright.Decoding;
using Ptewright.Images;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Tests.Walking;

/// <summary>From where to where TxSZ goes, the same for who explains a TCR and who reads tables by it.</summary>
public sealed class AddressSizeLimitsTests
{
    // Granules by TG0: 0 4K, 1 64K, 2 16K.
    [Theory]
    [InlineData(0, false, 0, "less than 16, the least with 4K pages and DS = 0 (48-bit addresses)")]
    [InlineData(0, false, 15, "less than 16, the least with 4K pages and DS = 0 (48-bit addresses)")]
    [InlineData(0, false, 16, "48-bit addresses")]
    [InlineData(0, true, 11, "less than 12, the least with 4K pages and DS = 1 (52-bit addresses)")]
    [InlineData(0, true, 12, "52-bit addresses (FEAT_LVA or FEAT_LPA2)")]
    [InlineData(2, false, 12, "less than 16, the least with 16K pages and DS = 0 (48-bit addresses)")]
    [InlineData(2, true, 12, "52-bit addresses (FEAT_LVA or FEAT_LPA2)")]
    [InlineData(1, false, 12, "52-bit addresses (FEAT_LVA or FEAT_LPA2)")]
    [InlineData(1, true, 11, "less than 12, the least with 64K pages (52-bit addresses)")]
    [InlineData(0, false, 39, "25-bit addresses")]
    [InlineData(0, false, 40, "24-bit addresses (FEAT_TTST)")]
    [InlineData(0, false, 48, "16-bit addresses (FEAT_TTST)")]
    [InlineData(0, false, 49, "more than 48, the most with 4K pages and DS = 0 (16-bit addresses)")]
    [InlineData(1, false, 47, "17-bit addresses (FEAT_TTST)")]
    [InlineData(1, false, 48, "more than 47, the most with 64K pages (17-bit addresses)")]
    public void A_size_is_explained_as_the_architecture_limits_it(int granule, bool ds, int size, string words)
    {
        ulong tcr = ((ulong)granule << 14) | (ds ? 1UL << 59 : 0) | (uint)size;
        FieldLayout layout = RegisterLayouts.Of("tcr_el1", has52: false);

        Assert.Equal(words, layout.Explain(layout.Find("T0SZ"), tcr));
        ImageRegisters registers = new(Ttbr0: 0, Tcr: tcr);
        if (words.Contains("-bit addresses", StringComparison.Ordinal) && !words.Contains("than", StringComparison.Ordinal))
        {
            Assert.Equal(64 - size, TranslationRoot.Of(registers, AddressHalf.Lower).InputBits);
        }
        else
        {
            Assert.Equal(
                $"TCR_EL1 0x{tcr:x} has T0SZ {size}: {words}.",
                Assert.Throws<InvalidInputException>(() => TranslationRoot.Of(registers, AddressHalf.Lower)).Message);
        }
    }

    // TG1: 2 4K, 1 16K, 3 64K, 0 reserved.
    [Theory]
    [InlineData(2, 12, "less than 16, the least with 4K pages and DS = 0 (48-bit addresses)")]
    [InlineData(1, 17, "47-bit addresses")]
    [InlineData(3, 12, "52-bit addresses (FEAT_LVA or FEAT_LPA2)")]
    [InlineData(0, 12, "52-bit addresses (FEAT_LVA or FEAT_LPA2)")]
    [InlineData(0, 0, "less than 12, the least with any granule (52-bit addresses)")]
    public void The_upper_half_goes_by_its_own_granule(int granule, int size, string words)
    {
        FieldLayout layout = RegisterLayouts.Of("tcr_el1", has52: false);

        Assert.Equal(words, layout.Explain(layout.Find("T1SZ"), ((ulong)granule << 30) | ((ulong)size << 16)));
        Assert.Equal("16 bits", layout.Explain(layout.Find("AS"), 1UL << 36));
    }
}
