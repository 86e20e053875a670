namespace Ptewright.Translation;

/// <summary>What a translation regime makes of descriptors: a type argument, one empty struct for each regime.</summary>
/// <remarks>Arm ARM D8.1.1 (translation regimes). How descriptors are found and which address they hold is the same in all of them.</remarks>
internal interface IRegime
{
    /// <summary>The regime's name, as the Arm ARM has it.</summary>
    static abstract string Name { get; }

    /// <summary>The bits of a table descriptor that restrict what lies below it; 0 where there are none.</summary>
    static abstract ulong InheritedMask { get; }

    /// <summary>What a leaf allows under its tables.</summary>
    /// <param name="leaf">The leaf's bits.</param>
    /// <param name="inherited">The bits of <see cref="InheritedMask"/> that any table above it has; 0 where the control register says that they do not count.</param>
    static abstract Permissions PermissionsOf(ulong leaf, ulong inherited);
}
