using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Tests.Walking;

/// <summary>What a leaf and the tables above it allow together, as the tables of the manual say it: every combination of the bits.</summary>
/// <remarks>Arm ARM D8.4.1 (AP, PXN, UXN), D8.4.2 (APTable, PXNTable, UXNTable).</remarks>
public sealed class LeafAttributesTests
{
    // By AP[2:1]: what the kernel may do, what programs may do.
    private static readonly (string Kernel, string User)[] _access = [("rw", ""), ("rw", "rw"), ("r", ""), ("r", "r")];

    [Fact]
    public void Permissions_are_those_of_the_leaf_without_what_tables_forbid()
    {
        for (ulong combination = 0; combination < 512; combination++)
        {
            ulong ap = combination & 3;
            bool pxn = (combination & 4) != 0;
            bool uxn = (combination & 8) != 0;
            ulong apTable = (combination >> 4) & 3;
            bool pxnTable = (combination & 64) != 0;
            bool uxnTable = (combination & 128) != 0;
            ulong nsTable = (combination >> 8) & 1;
            LeafAttributes attributes = new(
                (ap << 6) | (pxn ? 1UL << 53 : 0) | (uxn ? 1UL << 54 : 0),
                (apTable << 61) | (pxnTable ? 1UL << 59 : 0) | (uxnTable ? 1UL << 60 : 0) | (nsTable << 63), false, null);

            (string kernel, string user) = _access[ap];
            user = (apTable & 1) != 0 ? string.Empty : user;
            if ((apTable & 2) != 0)
            {
                (kernel, user) = (kernel.Replace("w", "", StringComparison.Ordinal), user.Replace("w", "", StringComparison.Ordinal));
            }

            string context = $"combination {combination}";
            Assert.Equal((context, user.Length > 0, !kernel.Contains('w', StringComparison.Ordinal)), (context, attributes.IsUser, attributes.IsReadOnly));
            Assert.Equal((context, !(uxn || uxnTable)), (context, attributes.IsUserExecutable));
            Assert.Equal((context, !(pxn || pxnTable || user == "rw")), (context, attributes.IsKernelExecutable));
        }
    }

    [Theory]
    [InlineData(6, "IsUser IsUserExecutable")] // Writable for programs, so the kernel may not execute it.
    [InlineData(7, "IsKernelExecutable IsReadOnly IsUserExecutable")]
    [InlineData(10, "IsAccessed IsKernelExecutable IsUserExecutable")]
    [InlineData(11, "IsKernelExecutable IsNotGlobal IsUserExecutable")]
    [InlineData(50, "IsGuarded IsKernelExecutable IsUserExecutable")]
    [InlineData(51, "IsDirtyModifier IsKernelExecutable IsUserExecutable")]
    [InlineData(52, "IsContiguous IsKernelExecutable IsUserExecutable")]
    [InlineData(53, "IsUserExecutable")]
    [InlineData(54, "IsKernelExecutable")]
    [InlineData(5, "IsKernelExecutable IsUserExecutable")] // NS, which only the secure world reads.
    [InlineData(55, "IsKernelExecutable IsUserExecutable")]
    [InlineData(59, "IsKernelExecutable IsUserExecutable")] // A table's bit means nothing in a leaf.
    [InlineData(60, "IsKernelExecutable IsUserExecutable")]
    [InlineData(61, "IsKernelExecutable IsUserExecutable")]
    [InlineData(62, "IsKernelExecutable IsUserExecutable")]
    public void Each_bit_has_its_meaning_alone(int bit, string properties) => Assert.Equal(properties, Names(new LeafAttributes(1UL << bit, 0, false, null)));

    [Theory]
    [InlineData(59, "IsUserExecutable")]
    [InlineData(60, "IsKernelExecutable")]
    [InlineData(61, "IsKernelExecutable IsUserExecutable")]
    [InlineData(62, "IsKernelExecutable IsReadOnly IsUserExecutable")]
    [InlineData(63, "IsKernelExecutable IsUserExecutable")]
    [InlineData(53, "IsKernelExecutable IsUserExecutable")] // A leaf's bit means nothing in a table.
    [InlineData(54, "IsKernelExecutable IsUserExecutable")]
    [InlineData(7, "IsKernelExecutable IsUserExecutable")]
    public void Each_bit_of_a_table_restricts_alone(int bit, string properties) => Assert.Equal(properties, Names(new LeafAttributes(0, 1UL << bit, false, null)));

    [Fact]
    public void What_is_inherited_are_five_bits() => Assert.Equal(0xf800_0000_0000_0000, El1Regime.InheritedMask);

    [Fact]
    public void The_memory_type_is_a_byte_of_MAIR_that_three_bits_choose()
    {
        for (int index = 0; index < 8; index++)
        {
            LeafAttributes attributes = new(((ulong)index << 2) | ~0x1cUL, 0, false, 0x8877_6655_4433_2211);
            Assert.Equal((index, (byte)(0x11 * (index + 1))), (attributes.AttributeIndex, attributes.MemoryAttribute));
            Assert.Null((attributes with { Mair = null }).MemoryAttribute);
        }
    }

    [Fact]
    public void Shareability_is_two_bits_where_they_are_not_address()
    {
        for (ulong value = 0; value < 4; value++)
        {
            Assert.Equal((int)value, new LeafAttributes(~0x300UL | (value << 8), 0, false, null).Shareability);
            Assert.Null(new LeafAttributes(value << 8, 0, true, null).Shareability);
        }
    }

    private static string Names(LeafAttributes attributes) => string.Join(' ', typeof(LeafAttributes).GetProperties()
        .Where(property => property.PropertyType == typeof(bool) && property.Name != nameof(LeafAttributes.IsLpa2) && (bool)property.GetValue(attributes)!)
        .Select(property => property.Name).Order(StringComparer.Ordinal));
}
