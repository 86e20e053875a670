using System;
using System.Globalization;

namespace Ptewright.Addressing;

public readonly partial struct VirtualAddress : IEquatable<VirtualAddress>, IComparable<VirtualAddress>
{
    /// <inheritdoc/>
    public bool Equals(VirtualAddress other) => Value == other.Value;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is VirtualAddress other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Value.GetHashCode();

    /// <inheritdoc/>
    public int CompareTo(VirtualAddress other) => Value.CompareTo(other.Value);

    /// <summary>The address as <c>0x</c> and lower-case hexadecimal digits.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"0x{Value:x}");
}
