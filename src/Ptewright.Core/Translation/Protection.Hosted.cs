using System;
using System.Globalization;

namespace Ptewright.Translation;

public readonly partial struct Protection : IEquatable<Protection>
{
    /// <summary>Whether both have the same bits.</summary>
    public static bool operator ==(Protection left, Protection right) => left.PageBits == right.PageBits;

    /// <summary>Whether they differ in any bit.</summary>
    public static bool operator !=(Protection left, Protection right) => left.PageBits != right.PageBits;

    /// <inheritdoc/>
    public bool Equals(Protection other) => PageBits == other.PageBits;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Protection other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => PageBits.GetHashCode();

    /// <summary>The page bits as <c>0x</c> and 16 lower-case hexadecimal digits.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"0x{PageBits:x16}");
}
