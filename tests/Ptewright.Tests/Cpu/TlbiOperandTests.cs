using CsCheck;
using Ptewright.Cpu;
using Ptewright.Translation;

namespace Ptewright.Tests.Cpu;

/// <summary>The register operands of TLB invalidation by address and by range.</summary>
public sealed class TlbiOperandTests
{
    [Fact]
    public void Operands_are_encoded_as_the_architecture_says() => Vectors.Check("tlbi-operands.txt", 6, item =>
    {
        bool isRange = item.Flag(0, "range", "page");
        bool lpa2 = item.Flag(2, "64k", "page");
        ulong operand = isRange
            ? TlbiOperand.ForRange(item.Virtual(4), item.Integer(3), item.Granule(1), lpa2)
            : TlbiOperand.ForPage(item.Virtual(4));
        Assert.Equal(new Descriptor(item.Number(5)), new Descriptor(operand)); // As hexadecimal text.
    });

    [Fact]
    public void A_page_operand_has_44_bits_of_address_and_no_ASID() => Gen.ULong.Sample(
        address => TlbiOperand.ForPage(new(address)) == address / 4096 % (1UL << 44));

    [Fact]
    public void A_range_operand_covers_exactly_the_pages_it_was_asked_for() =>
        Gen.Select(Gen.OneOf(Enum.GetValues<GranuleSize>()), Gen.Int[1, 32], Gen.ULong).Sample((granule, pairs, address) =>
        {
            ulong operand = TlbiOperand.ForRange(new(address), pairs * 2, granule, lpa2: false);
            ulong num = (operand >> 39) & 31;
            ulong scale = (operand >> 44) & 3;
            ulong covered = (num + 1) << (int)((5 * scale) + 1);
            return covered == (ulong)pairs * 2
                && operand >> 48 == 0
                && ((operand >> 37) & 3) == 0
                && ((operand >> 46) & 3) == ((ulong)granule - 10) / 2
                && operand % (1UL << 37) == (address >> (int)granule) % (1UL << 37);
        });

    [Fact]
    public void With_DS_set_the_base_counts_64_KiB_and_nothing_else_changes() =>
        Gen.Select(Gen.OneOf(Enum.GetValues<GranuleSize>()), Gen.Int[1, 32], Gen.ULong).Sample((granule, pairs, address) =>
        {
            const ulong baseMask = (1UL << 37) - 1;
            ulong narrow = TlbiOperand.ForRange(new(address), pairs * 2, granule, lpa2: false);
            ulong wide = TlbiOperand.ForRange(new(address), pairs * 2, granule, lpa2: true);
            return (narrow & ~baseMask) == (wide & ~baseMask) && (wide & baseMask) == ((address >> 16) & baseMask);
        });
}
