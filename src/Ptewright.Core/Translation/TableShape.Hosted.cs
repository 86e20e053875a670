using System;

namespace Ptewright.Translation;

/// <content>What only the host needs: equality.</content>
public readonly partial struct TableShape : IEquatable<TableShape>
{
    /// <summary>Whether both are the same.</summary>
    public static bool operator ==(TableShape left, TableShape right) => left.Equals(right);

    /// <summary>Whether they differ.</summary>
    public static bool operator !=(TableShape left, TableShape right) => !left.Equals(right);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is TableShape other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => ((int)Granule << 16) | (InputBits << 8) | (RootLevel & 0xff);
}
