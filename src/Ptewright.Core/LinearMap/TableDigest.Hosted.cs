using System;
using System.Globalization;

namespace Ptewright.LinearMap;

public readonly partial struct TableDigest : IEquatable<TableDigest>
{
    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    /// <param name="text">32 hexadecimal digits.</param>
    /// <param name="digest">The digest.</param>
    /// <returns>False when it is none.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out TableDigest digest)
    {
        bool isDigest = UInt128.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out UInt128 value) && text.Length == 32;
        digest = isDigest ? new TableDigest((ulong)(value >> 64), (ulong)value) : default;
        return isDigest;
    }

    /// <inheritdoc/>
    public bool Equals(TableDigest other) => this == other;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is TableDigest other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(High, Low);

    /// <summary>32 lower-case hexadecimal digits.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{High:x16}{Low:x16}");
}
