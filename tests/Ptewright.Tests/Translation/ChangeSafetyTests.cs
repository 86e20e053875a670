using CsCheck;
using Ptewright.Translation;

namespace Ptewright.Tests.Translation;

/// <summary>Which change of a live entry is allowed: Linux <c>pgattr_change_is_safe</c> of three releases.</summary>
public sealed class ChangeSafetyTests
{
    // Entries that differ in few bits, as live ones do: a kernel leaf with up to three bits turned over.
    private static readonly Gen<Descriptor> Entry =
        Gen.Select(Gen.Int[0, 64], Gen.Int[0, 64], Gen.Int[0, 64], (a, b, c) => new Descriptor(0x00e8_0000_4000_0707 ^ Bit(a) ^ Bit(b) ^ Bit(c)));

    [Fact]
    public void Each_release_allows_exactly_what_its_rule_says() => Vectors.Check("change-safety.txt", 5, item =>
    {
        Descriptor old = new(item.Number(0));
        Descriptor changed = new(item.Number(1));
        Assert.True(ChangeSafety.PermissionsOnly.IsSafe(old, changed) == item.Flag(2, "safe", "unsafe"), "the rule of 6.1 is broken");
        Assert.True(ChangeSafety.InvalidIsFree.IsSafe(old, changed) == item.Flag(3, "safe", "unsafe"), "the rule of 6.12 is broken");
        Assert.True(ChangeSafety.RunsMayStay.IsSafe(old, changed) == item.Flag(4, "safe", "unsafe"), "the rule of 7.2 is broken");
    });

    [Fact]
    public void One_bit_of_a_live_page_may_change_only_if_the_rule_lists_it()
    {
        // PXN 53, DBM 51, nG 11 (being set), AP[2] 7, and AttrIndx 0 (bit 2) between Normal and Normal Tagged; from v6.10 also 63 and 58:55, and bit 0.
        int[] always = [2, 7, 11, 51, 53];
        int[] since610 = [0, 55, 56, 57, 58, 63];
        Descriptor old = new(0x00e8_0000_4000_0707);
        for (int bit = 0; bit < 64; bit++)
        {
            Descriptor changed = new(old.Raw ^ (1UL << bit));
            bool later = always.Contains(bit) || since610.Contains(bit);
            Assert.True(ChangeSafety.PermissionsOnly.IsSafe(old, changed) == always.Contains(bit), $"6.1, bit {bit}");
            Assert.True(ChangeSafety.InvalidIsFree.IsSafe(old, changed) == later, $"6.12, bit {bit}");
            Assert.True(ChangeSafety.RunsMayStay.IsSafe(old, changed) == later, $"7.2, bit {bit}");
        }
    }

    [Fact]
    public void A_later_release_allows_whatever_an_earlier_one_does() =>
        Gen.Select(Entry, Entry).Sample(
            (old, changed) => (!ChangeSafety.PermissionsOnly.IsSafe(old, changed) || ChangeSafety.InvalidIsFree.IsSafe(old, changed))
                && (!ChangeSafety.InvalidIsFree.IsSafe(old, changed) || ChangeSafety.RunsMayStay.IsSafe(old, changed)),
            iter: 20_000);

    [Fact]
    public void Only_nG_makes_the_two_directions_of_a_change_differ() =>
        Gen.Select(Entry, Entry).Sample(
            (old, changed) => ((old.Raw ^ changed.Raw) & DescriptorBits.NotGlobal) != 0
                || (ChangeSafety.InvalidIsFree.IsSafe(old, changed) == ChangeSafety.InvalidIsFree.IsSafe(changed, old)
                    && ChangeSafety.PermissionsOnly.IsSafe(old, changed) == ChangeSafety.PermissionsOnly.IsSafe(changed, old)),
            iter: 20_000);

    // Number 64 stands for no bit.
    private static ulong Bit(int number) => number == 64 ? 0 : 1UL << number;
}
