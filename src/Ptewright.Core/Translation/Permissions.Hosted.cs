using System;

namespace Ptewright.Translation;

/// <content>What only the host needs: equality and text.</content>
public readonly partial struct Permissions : IEquatable<Permissions>
{
    /// <summary>Whether both allow the same.</summary>
    public static bool operator ==(Permissions left, Permissions right) => left.Equals(right);

    /// <summary>Whether one allows what the other does not.</summary>
    public static bool operator !=(Permissions left, Permissions right) => !left.Equals(right);

    /// <summary>Rights as three characters: <c>rw-</c>.</summary>
    /// <param name="rights">The rights.</param>
    public static string Format(AccessRights rights) =>
        $"{(rights.HasFlag(AccessRights.Read) ? 'r' : '-')}{(rights.HasFlag(AccessRights.Write) ? 'w' : '-')}{(rights.HasFlag(AccessRights.Execute) ? 'x' : '-')}";

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Permissions other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _bits;

    /// <summary>Both as text, the privileged first: <c>rw- r--</c>.</summary>
    public override string ToString() => $"{Format(Privileged)} {Format(Unprivileged)}";
}
