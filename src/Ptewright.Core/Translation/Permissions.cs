namespace Ptewright.Translation;

/// <summary>What may be done at an address: read, written, executed; by the privileged (the kernel) and the unprivileged (programs).</summary>
/// <remarks>A regime computes it from a leaf and the tables above it: <see cref="El1Regime"/>.</remarks>
#pragma warning disable CA1724 // The field's word; the namespace of that name belongs to .NET Framework.
public readonly partial struct Permissions
#pragma warning restore CA1724
{
    private readonly byte _bits; // 0 to 2: privileged read, write, execute; 3 to 5: unprivileged.

    /// <summary>Puts them together.</summary>
    /// <param name="privileged">What the privileged may do.</param>
    /// <param name="unprivileged">What the unprivileged may do.</param>
    public Permissions(AccessRights privileged, AccessRights unprivileged) => _bits = (byte)((int)privileged | ((int)unprivileged << 3));

    /// <summary>What the privileged may do.</summary>
    public AccessRights Privileged => (AccessRights)(_bits & 7);

    /// <summary>What the unprivileged may do.</summary>
    public AccessRights Unprivileged => (AccessRights)(_bits >> 3);

    /// <summary>Whether both allow the same.</summary>
    public bool Equals(Permissions other) => _bits == other._bits;
}
