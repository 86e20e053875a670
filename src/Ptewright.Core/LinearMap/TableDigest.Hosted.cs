using System;
using System.Globalization;

namespace Ptewright.LinearMap;

public readonly partial struct TableDigest : IEquatable<TableDigest>
{
    /// <inheritdoc/>
    public bool Equals(TableDigest other) => this == other;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is TableDigest other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(High, Low);

    /// <summary>32 lower-case hexadecimal digits.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{High:x16}{Low:x16}");
}
