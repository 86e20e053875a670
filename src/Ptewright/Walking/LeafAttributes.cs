using System.Runtime.InteropServices;
using Ptewright.Translation;

namespace Ptewright.Walking;

/// <summary>What a leaf allows and what memory it leads to, with the restrictions of the tables on the way applied.</summary>
/// <param name="Bits">The leaf's bits that are not address.</param>
/// <param name="Inherited">Bits 63:59 of the table descriptors above it, together; 0 where TCR_EL1.HPDn says that they do not count.</param>
/// <param name="IsLpa2">Whether bits 9:8 are address, so that shareability comes from TCR_EL1.</param>
/// <param name="Mair">MAIR_EL1, if it is known.</param>
/// <remarks>Arm ARM D8.4 (permissions, hierarchical control), D8.6 (memory types). Without FEAT_S1PIE, and without SCTLR_EL1.WXN.</remarks>
[StructLayout(LayoutKind.Auto)] // A cache line holds what a walk says.
public readonly record struct LeafAttributes(ulong Bits, ulong Inherited, bool IsLpa2, ulong? Mair)
{
    private readonly byte _regime;

    /// <summary>Whose leaf it is: EL1&amp;0 when nobody says.</summary>
    public TranslationRegime Regime
    {
        get => _regime == 0 ? TranslationRegime.El1 : TranslationRegime.Numbered(_regime);
        init => _regime = value.Number;
    }

    /// <summary>Who may do what.</summary>
    public Permissions Permissions => Regime.PermissionsOf(Bits, Inherited);

    /// <summary>Whether programs (EL0) may reach it.</summary>
    public bool IsUser => (Permissions.Unprivileged & AccessRights.Read) != 0;

    /// <summary>Whether it may not be written.</summary>
    public bool IsReadOnly => (Permissions.Privileged & AccessRights.Write) == 0;

    /// <summary>Whether the kernel may execute it.</summary>
    public bool IsKernelExecutable => (Permissions.Privileged & AccessRights.Execute) != 0;

    /// <summary>Whether programs may execute it.</summary>
    public bool IsUserExecutable => (Permissions.Unprivileged & AccessRights.Execute) != 0;

    /// <summary>Whether it is one of a contiguous run.</summary>
    public bool IsContiguous => (Bits & DescriptorBits.Contiguous) != 0;

    /// <summary>Whether it belongs to one ASID: nG.</summary>
    public bool IsNotGlobal => (Bits & DescriptorBits.NotGlobal) != 0;

    /// <summary>Whether it was accessed: AF.</summary>
    public bool IsAccessed => (Bits & DescriptorBits.AccessFlag) != 0;

    /// <summary>Whether branches must land where they may: GP.</summary>
    public bool IsGuarded => (Bits & DescriptorBits.Guarded) != 0;

    /// <summary>DBM: the CPU may make it writable when it is written; Linux keeps "writable" there.</summary>
    public bool IsDirtyModifier => (Bits & DescriptorBits.DirtyBitModifier) != 0;

    /// <summary>Which byte of MAIR_EL1 says what memory it is, 0 to 7.</summary>
    public int AttributeIndex => (int)((Bits & DescriptorBits.AttrIndexMask) >> DescriptorBits.AttrIndexShift);

    /// <summary>SH[1:0]: 0 none, 2 outer, 3 inner; null where the bits are address.</summary>
    public int? Shareability => IsLpa2 ? null : (int)((Bits >> 8) & 3);

    /// <summary>The byte of MAIR_EL1, if that is known.</summary>
    public byte? MemoryAttribute => Mair is { } mair ? (byte)(mair >> (8 * AttributeIndex)) : null;
}
