namespace Ptewright.Translation;

/// <summary>A translation regime's rules: what is not the same in EL1&amp;0, EL2, EL3 and stage 2. A type argument, so that they cost nothing.</summary>
public interface IRegime
{
    /// <summary>How many address halves it has, each with a root of its own: 2 for EL1&amp;0.</summary>
    static abstract int Halves { get; }

    /// <summary>The bits of a table descriptor that restrict what lies below it.</summary>
    static abstract ulong InheritedMask { get; }

    /// <summary>What a leaf allows under its tables.</summary>
    /// <param name="leaf">The leaf's bits.</param>
    /// <param name="inherited">The bits of <see cref="InheritedMask"/> that any table above it has; 0 where the control register says that they do not count.</param>
    static abstract Permissions PermissionsOf(ulong leaf, ulong inherited);
}
