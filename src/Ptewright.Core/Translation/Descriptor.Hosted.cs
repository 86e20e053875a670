using System;
using System.Globalization;

namespace Ptewright.Translation;

public readonly partial struct Descriptor : IEquatable<Descriptor>
{
    /// <inheritdoc/>
    public bool Equals(Descriptor other) => Raw == other.Raw;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Descriptor other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Raw.GetHashCode();

    /// <summary>The entry as <c>0x</c> and 16 lower-case hexadecimal digits.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"0x{Raw:x16}");
}
