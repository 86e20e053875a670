using Ptewright.Explaining;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Tests.Explaining;

/// <summary>Why an access is denied, and what is allowed, are told apart in two places that say the same.</summary>
public sealed class DenyingRulesTests
{
    // Of a leaf AP[2:1], DBM, PXN, UXN; of tables above it bits 63:59.
    private static readonly int[] _leafBits = [6, 7, 51, 53, 54];

    [Theory]
    [InlineData(AccessRights.Read, false)]
    [InlineData(AccessRights.Read, true)]
    [InlineData(AccessRights.Write, false)]
    [InlineData(AccessRights.Write, true)]
    [InlineData(AccessRights.Execute, false)]
    [InlineData(AccessRights.Execute, true)]
    public void A_rule_denies_exactly_what_is_not_allowed(AccessRights access, bool byUser)
    {
        int denied = 0;
        for (int choice = 0; choice < 1 << (_leafBits.Length + 5); choice++)
        {
            ulong leaf = 0x703;
            for (int i = 0; i < _leafBits.Length; i++)
            {
                leaf |= (choice & (1 << i)) != 0 ? 1UL << _leafBits[i] : 0;
            }

            LeafAttributes attributes = new(leaf, (ulong)(choice >> _leafBits.Length) << 59, false, null);
            AccessRights allowed = byUser ? attributes.Permissions.Unprivileged : attributes.Permissions.Privileged;
            bool isDenied = DenyingRules.Of(attributes, access, byUser, hasPan: false).Length > 0;
            Assert.Equal((allowed & access) == 0, isDenied);
            denied += isDenied ? 1 : 0;

            // PAN takes the kernel's rights to what programs have, and only for data.
            Assert.Equal(
                isDenied || (!byUser && attributes.IsUser && access != AccessRights.Execute),
                DenyingRules.Of(attributes, access, byUser, hasPan: true).Length > 0);
        }

        // The kernel reads everything.
        Assert.Equal(access == AccessRights.Read && !byUser, denied == 0);
    }
}
