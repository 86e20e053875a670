using Ptewright.Translation;

namespace Ptewright.Walking;

/// <summary>A regime as a value, chosen at run time.</summary>
public abstract class TranslationRegime
{
    private static readonly List<TranslationRegime> _all = [];

    private protected TranslationRegime()
    {
        lock (_all)
        {
            Number = checked((byte)_all.Count);
            _all.Add(this);
        }
    }

    /// <summary>Stage 1 of EL1&amp;0.</summary>
    public static TranslationRegime El1 { get; } = new Of<El1Regime>();

    /// <summary>Its number, by which what a leaf is said to have names it: a reference there would cost every walk. EL1&amp;0 is 0, the default.</summary>
    internal byte Number { get; }

    /// <summary>The regime of a number.</summary>
    internal static TranslationRegime Numbered(byte number)
    {
        lock (_all)
        {
            return _all[number];
        }
    }

    /// <summary>Its name, as the Arm ARM has it.</summary>
    public abstract string Name { get; }

    /// <summary>The bits of a table descriptor that restrict what lies below it.</summary>
    public abstract ulong InheritedMask { get; }

    /// <summary>What a leaf allows under its tables.</summary>
    /// <param name="leaf">The leaf's bits.</param>
    /// <param name="inherited">The bits of <see cref="InheritedMask"/> that any table above it has and that count.</param>
    public abstract Permissions PermissionsOf(ulong leaf, ulong inherited);

    /// <inheritdoc/>
    public override string ToString() => Name;

    /// <summary>The value of a regime that is a type.</summary>
    /// <typeparam name="TRegime">The regime.</typeparam>
    internal sealed class Of<TRegime> : TranslationRegime
        where TRegime : struct, IRegime
    {
        /// <inheritdoc/>
        public override string Name => TRegime.Name;

        /// <inheritdoc/>
        public override ulong InheritedMask => TRegime.InheritedMask;

        /// <inheritdoc/>
        public override Permissions PermissionsOf(ulong leaf, ulong inherited) => TRegime.PermissionsOf(leaf, inherited);
    }
}
