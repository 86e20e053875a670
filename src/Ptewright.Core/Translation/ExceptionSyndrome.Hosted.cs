using System;
using System.Globalization;

namespace Ptewright.Translation;

public readonly partial struct ExceptionSyndrome : IEquatable<ExceptionSyndrome>
{
    /// <summary>The level of the table where an abort happened, -2 to 3; null where there is none.</summary>
    public int? Level => TryGetLevel(out int level) ? level : null;

    /// <summary>Whether both have the same bits.</summary>
    public static bool operator ==(ExceptionSyndrome left, ExceptionSyndrome right) => left.Value == right.Value;

    /// <summary>Whether they differ in any bit.</summary>
    public static bool operator !=(ExceptionSyndrome left, ExceptionSyndrome right) => left.Value != right.Value;

    /// <inheritdoc/>
    public bool Equals(ExceptionSyndrome other) => Value == other.Value;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is ExceptionSyndrome other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Value.GetHashCode();

    /// <summary>The value as <c>0x</c> and 16 lower-case hexadecimal digits.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"0x{Value:x16}");
}
