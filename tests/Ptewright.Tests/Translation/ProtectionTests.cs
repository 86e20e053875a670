using Ptewright.Translation;

namespace Ptewright.Tests.Translation;

/// <summary>The attribute bits of leaves: Linux <c>asm/pgtable-prot.h</c>.</summary>
public sealed class ProtectionTests
{
    [Fact]
    public void Every_named_protection_has_the_bits_of_the_kernel() => Vectors.Check("protections.txt", 5, item =>
    {
        bool notGlobal = item.Flag(2, "ng", "global");
        bool lpa2 = item.Flag(3, "lpa2", "sh");
        Protection protection = Protection.Create(item.Name<ProtectionKind>(0), notGlobal, lpa2);
        ulong bits = item.Text(1) switch
        {
            "page" => protection.PageBits,
            "block" => protection.BlockBits,
            _ => protection.WithContiguous().PageBits,
        };
        Assert.True(item.Text(1) is "page" or "block" or "cont", $"'{item.Text(1)}' is no shape");
        Assert.Equal(new Descriptor(item.Number(4)), new Descriptor(bits));
    });

    [Fact]
    public void Every_named_protection_is_in_the_vectors()
    {
        IEnumerable<ProtectionKind> covered = Vectors.Read("protections.txt", 5).Select(item => item.Name<ProtectionKind>(0)).Distinct();
        Assert.Equal(Enum.GetValues<ProtectionKind>().Order(), covered.Order());
    }

    [Fact]
    public void Every_kernel_leaf_is_accessed_and_not_executable_by_users()
    {
        foreach (ProtectionKind kind in Enum.GetValues<ProtectionKind>())
        {
            Descriptor leaf = new(Protection.Create(kind, notGlobal: false, lpa2: true).PageBits);
            Assert.True(leaf.IsValid);
            Assert.NotEqual(0UL, leaf.Raw & DescriptorBits.AccessFlag);
            Assert.NotEqual(0UL, leaf.Raw & DescriptorBits.UserExecuteNever);
            Assert.Equal(0UL, leaf.Raw & DescriptorBits.User);
        }
    }

    [Fact]
    public void No_protection_has_a_bit_where_an_address_goes()
    {
        foreach (ProtectionKind kind in Enum.GetValues<ProtectionKind>())
        {
            foreach (GranuleSize granule in Enum.GetValues<GranuleSize>())
            {
                Descriptor narrow = new(Protection.Create(kind, notGlobal: true, lpa2: false).WithContiguous().PageBits);
                Assert.Equal(0UL, OutputAddressFormat.Bits48(granule).Decode(narrow).Value);

                OutputAddressFormat wide = OutputAddressFormat.Bits52(granule);
                Assert.Equal(0UL, wide.Decode(new Descriptor(Protection.Create(kind, notGlobal: true, wide.IsLpa2).PageBits)).Value);
            }
        }
    }

    [Fact]
    public void Another_memory_type_changes_nothing_but_the_attribute_index()
    {
        foreach (MemoryType from in Enum.GetValues<MemoryType>())
        {
            foreach (MemoryType to in Enum.GetValues<MemoryType>())
            {
                Protection old = Protection.Create(ProtectionKind.Kernel, notGlobal: true, lpa2: false).WithType(from);
                Protection changed = old.WithType(to);
                Assert.Equal((ulong)to, (changed.PageBits >> 2) & 7);
                Assert.Equal(old.PageBits & ~0x1cUL, changed.PageBits & ~0x1cUL);
            }
        }
    }
}
