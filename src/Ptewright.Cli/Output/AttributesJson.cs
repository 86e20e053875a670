using Ptewright.Walking;

namespace Ptewright.Cli.Output;

/// <summary>What a leaf allows, with the restrictions of the tables on the way.</summary>
/// <param name="Write">Whether it may be written.</param>
/// <param name="User">Whether programs may reach it.</param>
/// <param name="KernelExecute">Whether the kernel may execute it.</param>
/// <param name="UserExecute">Whether programs may execute it.</param>
/// <param name="Memory">The memory type in words, or the index where MAIR is not known.</param>
/// <param name="AttrIndx">The index into MAIR.</param>
/// <param name="Shareability">SH, 0 to 3; null where those bits are address.</param>
/// <param name="AccessFlag">AF.</param>
/// <param name="NotGlobal">nG.</param>
/// <param name="Contiguous">The contiguous bit.</param>
/// <param name="Guarded">GP.</param>
/// <param name="Dbm">DBM.</param>
internal sealed record AttributesJson(
    bool Write,
    bool User,
    bool KernelExecute,
    bool UserExecute,
    string Memory,
    int AttrIndx,
    int? Shareability,
    bool AccessFlag,
    bool NotGlobal,
    bool Contiguous,
    bool Guarded,
    bool Dbm)
{
    /// <summary>The attributes of a leaf.</summary>
    public static AttributesJson Of(LeafAttributes attributes) => new(
        !attributes.IsReadOnly,
        attributes.IsUser,
        attributes.IsKernelExecutable,
        attributes.IsUserExecutable,
        AttributeText.Memory(attributes),
        attributes.AttributeIndex,
        attributes.Shareability,
        attributes.IsAccessed,
        attributes.IsNotGlobal,
        attributes.IsContiguous,
        attributes.IsGuarded,
        attributes.IsDirtyModifier);
}
