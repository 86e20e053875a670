namespace Ptewright.Translation;

/// <summary>The attribute bits of a leaf, as a page descriptor carries them: everything but the address. Linux: <c>pgprot_t</c>.</summary>
/// <remarks>
/// Made by <see cref="Create"/> from the kernel's own names (<c>asm/pgtable-prot.h</c>). Every kernel leaf has AF and UXN;
/// SH is Inner Shareable, except with LPA2, where the field holds address bits.
/// </remarks>
public readonly partial struct Protection
{
    /// <summary>Wraps the attribute bits of a page descriptor, its type included.</summary>
    /// <param name="pageBits">The bits, address field zero.</param>
    public Protection(ulong pageBits) => PageBits = pageBits;

    /// <summary>The bits in a page descriptor (type 0b11).</summary>
    public ulong PageBits { get; }

    /// <summary>The bits in a block descriptor: the same with bit 1 clear. Linux: <c>mk_pmd_sect_prot</c>.</summary>
    public ulong BlockBits => PageBits & ~DescriptorBits.TableOrPage;

    /// <summary>The same protection with another memory type. Linux: <c>pgprot_tagged</c> and its like.</summary>
    public Protection WithType(MemoryType type) =>
        new((PageBits & ~DescriptorBits.AttrIndexMask) | ((ulong)type << DescriptorBits.AttrIndexShift));

    /// <summary>The same protection with the contiguous bit.</summary>
    public Protection WithContiguous() => new(PageBits | DescriptorBits.Contiguous);

    /// <summary>The same protection as kernels had it from v5.4 on until the stable updates of spring 2026: without bit 55, <c>PTE_DIRTY</c>.</summary>
    public Protection WithoutDirty() => new(PageBits & ~DescriptorBits.SoftwareDirty);

    /// <summary>The leaf bits that a kernel gives to <paramref name="kind"/>.</summary>
    /// <param name="kind">One of the kernel's named protections.</param>
    /// <param name="notGlobal">Whether kernel mappings carry nG (<c>arm64_use_ng_mappings</c>: page-table isolation).</param>
    /// <param name="lpa2">Whether DS = 1, so that SH is not written (<c>lpa2_is_enabled</c>).</param>
    public static Protection Create(ProtectionKind kind, bool notGlobal, bool lpa2)
    {
        // PROT_DEFAULT: what every kernel leaf has.
        ulong bits = DescriptorBits.TypeTable | DescriptorBits.AccessFlag | DescriptorBits.UserExecuteNever;
        if (!lpa2)
        {
            bits |= DescriptorBits.InnerShareable;
        }

        if (notGlobal)
        {
            bits |= DescriptorBits.NotGlobal;
        }

        const ulong writable = DescriptorBits.DirtyBitModifier;
        const ulong noExec = DescriptorBits.PrivilegedExecuteNever;
        const ulong dirty = DescriptorBits.SoftwareDirty;

        return kind switch
        {
            ProtectionKind.Kernel => new(bits | writable | noExec | dirty),
            ProtectionKind.KernelTagged => new Protection(bits | writable | noExec | dirty).WithType(MemoryType.NormalTagged),
            ProtectionKind.KernelReadOnly => new(bits | noExec | dirty | DescriptorBits.ReadOnly),
            ProtectionKind.KernelReadOnlyExecutable => new(bits | dirty | DescriptorBits.ReadOnly),
            ProtectionKind.KernelExecutable => new(bits | writable | dirty),
            ProtectionKind.NonCacheable => new Protection(bits | writable | noExec).WithType(MemoryType.NormalNonCacheable),
            ProtectionKind.DeviceNGnRnE => new Protection(bits | writable | noExec).WithType(MemoryType.DeviceNGnRnE),
            _ => new Protection(bits | writable | noExec).WithType(MemoryType.DeviceNGnRE),
        };
    }
}
