using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Explaining;

/// <summary>Which rules of a leaf and of the tables above it deny an access.</summary>
/// <remarks>Arm ARM D8.4. There is one exactly where <see cref="LeafAttributes.Permissions"/> lacks the right, PAN aside: those say what is allowed, these say why not.</remarks>
internal static class DenyingRules
{
    /// <summary>The rules.</summary>
    /// <param name="leaf">The leaf.</param>
    /// <param name="access">What was tried: a read, a write or a fetch.</param>
    /// <param name="byUser">Whether EL0 tried it.</param>
    /// <param name="hasPan">Whether PSTATE.PAN was set.</param>
    public static DenyingRule[] Of(LeafAttributes leaf, AccessRights access, bool byUser, bool hasPan)
    {
        bool Leaf(ulong bit) => (leaf.Bits & bit) != 0;
        bool Table(ulong bit) => (leaf.Inherited & bit) != 0;
        (bool Denies, DenyingRule Rule)[] rules = access switch
        {
            AccessRights.Execute when byUser =>
            [
                (Leaf(DescriptorBits.UserExecuteNever), DenyingRule.UserExecuteNever),
                (Table(DescriptorBits.UxnTable), DenyingRule.UserExecuteNeverTable),
            ],
            AccessRights.Execute =>
            [
                (Leaf(DescriptorBits.PrivilegedExecuteNever), DenyingRule.PrivilegedExecuteNever),
                (Table(DescriptorBits.PxnTable), DenyingRule.PrivilegedExecuteNeverTable),
                ((leaf.Permissions.Unprivileged & AccessRights.Write) != 0, DenyingRule.WritableByUser),
            ],
            AccessRights.Read or AccessRights.Write =>
            [
                (byUser && !Leaf(DescriptorBits.User), DenyingRule.NoUser),
                (byUser && Table(DescriptorBits.NoUserTable), DenyingRule.NoUserTable),
                (!byUser && hasPan && leaf.IsUser, DenyingRule.PrivilegedAccessNever),
                (access == AccessRights.Write && Leaf(DescriptorBits.ReadOnly), DenyingRule.ReadOnly),
                (access == AccessRights.Write && Table(DescriptorBits.NoWriteTable), DenyingRule.ReadOnlyTable),
            ],
            _ => [],
        };
        return [.. rules.Where(rule => rule.Denies).Select(rule => rule.Rule)];
    }
}
