namespace Ptewright.Translation;

/// <summary>Bit positions of a VMSAv8-64 stage 1 descriptor of the EL1&amp;0 regime, under their Arm ARM names.</summary>
/// <remarks>
/// Arm ARM D8.3.1 (table descriptors) and D8.3.2 (block and page descriptors):
/// <code>
///   63    62:61    60      59     58:55  54  53   52     51  50  49:12 (OA)   11  10  9:8  7:6  5   4:2       1      0
///   NSTbl APTable  UXNTbl  PXNTbl  sw    UXN PXN  Contig DBM GP  address      nG  AF  SH   AP   NS  AttrIndx  table  valid
/// </code>
/// Bits 63:59 are read only in table descriptors, 54:2 (but the address) only in leaves.
/// </remarks>
internal static class DescriptorBits
{
    /// <summary>Bit 0: the entry takes part in translation.</summary>
    public const ulong Valid = 1UL << 0;

    /// <summary>Bit 1: a table (levels -1 to 2) or a page (level 3); clear in a block.</summary>
    public const ulong TableOrPage = 1UL << 1;

    /// <summary>Bits 1:0, the descriptor type.</summary>
    public const ulong TypeMask = 3;

    /// <summary>Type of a table or page descriptor.</summary>
    public const ulong TypeTable = 3;

    /// <summary>Type of a block descriptor.</summary>
    public const ulong TypeBlock = 1;

    /// <summary>Lowest bit of AttrIndx[2:0], bits 4:2.</summary>
    public const int AttrIndexShift = 2;

    /// <summary>AttrIndx[2:0], bits 4:2: which byte of MAIR_EL1 gives the memory type.</summary>
    public const ulong AttrIndexMask = 7UL << AttrIndexShift;

    /// <summary>Bit 6, AP[1]: accessible from EL0. Linux: <c>PTE_USER</c>.</summary>
    public const ulong User = 1UL << 6;

    /// <summary>Bit 7, AP[2]: read-only. Linux: <c>PTE_RDONLY</c>.</summary>
    public const ulong ReadOnly = 1UL << 7;

    /// <summary>SH[1:0] = 0b11, bits 9:8: Inner Shareable. With DS = 1 these bits are OA[51:50]. Linux: <c>PTE_SHARED</c>.</summary>
    public const ulong InnerShareable = 3UL << 8;

    /// <summary>Bit 10, the Access flag. In table descriptors read only with FEAT_HAFT.</summary>
    public const ulong AccessFlag = 1UL << 10;

    /// <summary>Bit 11, nG: the translation belongs to one ASID.</summary>
    public const ulong NotGlobal = 1UL << 11;

    /// <summary>Bit 50, GP: guarded page (BTI).</summary>
    public const ulong Guarded = 1UL << 50;

    /// <summary>Bit 51, DBM. Linux keeps "writable" here: <c>PTE_WRITE</c>.</summary>
    public const ulong DirtyBitModifier = 1UL << 51;

    /// <summary>Bit 52: the entry is one of a contiguous run. Linux: <c>PTE_CONT</c>.</summary>
    public const ulong Contiguous = 1UL << 52;

    /// <summary>Bit 53, PXN: not executable at EL1.</summary>
    public const ulong PrivilegedExecuteNever = 1UL << 53;

    /// <summary>Bit 54, UXN: not executable at EL0.</summary>
    public const ulong UserExecuteNever = 1UL << 54;

    /// <summary>Bit 55, for software. Linux: <c>PTE_DIRTY</c>.</summary>
    public const ulong SoftwareDirty = 1UL << 55;

    /// <summary>Bit 59 of a table descriptor: nothing below is executable at EL1.</summary>
    public const ulong PxnTable = 1UL << 59;

    /// <summary>Bit 60 of a table descriptor: nothing below is executable at EL0.</summary>
    public const ulong UxnTable = 1UL << 60;

    /// <summary>Bit 61 of a table descriptor, APTable[0]: nothing below is accessible from EL0.</summary>
    public const ulong NoUserTable = 1UL << 61;

    /// <summary>Bit 62 of a table descriptor, APTable[1]: nothing below is writable.</summary>
    public const ulong NoWriteTable = 1UL << 62;

    /// <summary>Software bits 58:55 and 63, free to change in a live entry since v6.10. Linux: <c>PTE_SWBITS_MASK</c>.</summary>
    public const ulong SoftwareMask = (1UL << 63) | (15UL << 55);
}
