using System;
using System.Globalization;

namespace Ptewright.Translation;

public readonly partial struct FaultStatus : IEquatable<FaultStatus>
{
    /// <summary>The level of the table where it happened, -2 to 3; null where the code has none.</summary>
    public int? Level => TryGetLevel(out int level) ? level : null;

    /// <summary>Whether both are the same code.</summary>
    public static bool operator ==(FaultStatus left, FaultStatus right) => left.Code == right.Code;

    /// <summary>Whether they are different codes.</summary>
    public static bool operator !=(FaultStatus left, FaultStatus right) => left.Code != right.Code;

    /// <inheritdoc/>
    public bool Equals(FaultStatus other) => Code == other.Code;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is FaultStatus other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Code;

    /// <summary>The code as <c>0x</c> and 2 lower-case hexadecimal digits.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"0x{Code:x2}");
}
