namespace Ptewright.Translation;

/// <summary>What a leaf allows in stage 1 of EL1&amp;0: an operating system and its programs.</summary>
/// <remarks>Arm ARM D8.4 (permissions, hierarchical control). Without FEAT_S1PIE, and without SCTLR_EL1.WXN.</remarks>
internal readonly struct El1Regime : IRegime
{
    /// <inheritdoc/>
    public static string Name => "EL1&0";

    /// <summary>NSTable, APTable[1:0], UXNTable, PXNTable: bits 63:59.</summary>
    public static ulong InheritedMask => 31UL << 59;

    /// <inheritdoc/>
    public static Permissions PermissionsOf(ulong leaf, ulong inherited)
    {
        // AP[2] and AP[1], unless a table forbids more. The kernel never executes what programs may write.
        bool isWritable = (leaf & DescriptorBits.ReadOnly) == 0 && (inherited & DescriptorBits.NoWriteTable) == 0;
        bool isUser = (leaf & DescriptorBits.User) != 0 && (inherited & DescriptorBits.NoUserTable) == 0;
        bool isExecutable = ((leaf & DescriptorBits.PrivilegedExecuteNever) | (inherited & DescriptorBits.PxnTable)) == 0 && !(isUser && isWritable);
        bool isUserExecutable = ((leaf & DescriptorBits.UserExecuteNever) | (inherited & DescriptorBits.UxnTable)) == 0;
        AccessRights data = isWritable ? AccessRights.Read | AccessRights.Write : AccessRights.Read;
        return new Permissions(
            data | (isExecutable ? AccessRights.Execute : AccessRights.None),
            (isUser ? data : AccessRights.None) | (isUserExecutable ? AccessRights.Execute : AccessRights.None));
    }
}
