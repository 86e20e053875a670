namespace Ptewright.Translation;

/// <summary>Which change of a live kernel entry is allowed without break-before-make.</summary>
/// <remarks>Linux: <c>pgattr_change_is_safe</c> in <c>arch/arm64/mm/mmu.c</c>, which differs between releases; the rules behind it are Arm ARM D8.16
/// (break-before-make).</remarks>
internal readonly struct ChangeSafety
{
    private readonly ulong _mayDiffer;
    private readonly bool _invalidIsFree;
    private readonly bool _contiguousMayStay;

    private ChangeSafety(ulong mayDiffer, bool invalidIsFree, bool contiguousMayStay)
    {
        _mayDiffer = mayDiffer;
        _invalidIsFree = invalidIsFree;
        _contiguousMayStay = contiguousMayStay;
    }

    private const ulong PermissionMask = DescriptorBits.PrivilegedExecuteNever | DescriptorBits.ReadOnly
        | DescriptorBits.DirtyBitModifier | DescriptorBits.NotGlobal;

    /// <summary>An entry may only appear where there was none, disappear wholly, or change permission, nG (set) and tagging. Linux: so until v6.9.</summary>
    public static ChangeSafety PermissionsOnly => new(PermissionMask, false, false);

    /// <summary>As <see cref="PermissionsOnly"/>, but an entry that is not valid may become anything, and software bits may change. Linux: so from v6.10 on.</summary>
    public static ChangeSafety InvalidIsFree => new(PermissionMask | DescriptorBits.SoftwareMask, true, false);

    /// <summary>As <see cref="InvalidIsFree"/>, but a contiguous bit that stays set is allowed. Linux: so in v7.2.</summary>
    public static ChangeSafety RunsMayStay => new(PermissionMask | DescriptorBits.SoftwareMask, true, true);

    /// <summary>Whether <paramref name="old"/> may be overwritten by <paramref name="new"/> while a CPU may be walking the table.</summary>
    public bool IsSafe(Descriptor old, Descriptor @new)
    {
        // Creating and tearing down is always allowed; what "torn down" means is the rule's.
        if (_invalidIsFree ? !old.IsValid || !@new.IsValid : old.IsNone || @new.IsNone)
        {
            return true;
        }

        // A contiguous run must be broken as a whole.
        if (!_contiguousMayStay && (old.IsContiguous || @new.IsContiguous))
        {
            return false;
        }

        // nG may be set on a live entry but not cleared: a TLB may hold copies of the old one for several ASIDs.
        if ((old.Raw & ~@new.Raw & DescriptorBits.NotGlobal) != 0)
        {
            return false;
        }

        ulong mayDiffer = _mayDiffer;
        if (IsNormalOrTagged(old) && IsNormalOrTagged(@new))
        {
            mayDiffer |= DescriptorBits.AttrIndexMask;
        }

        // The output address is among the bits that must not differ, whatever the format.
        return ((old.Raw ^ @new.Raw) & ~mayDiffer) == 0;
    }

    private static bool IsNormalOrTagged(Descriptor descriptor) =>
        (descriptor.Raw & DescriptorBits.AttrIndexMask) >> DescriptorBits.AttrIndexShift <= (ulong)MemoryType.NormalTagged;
}
