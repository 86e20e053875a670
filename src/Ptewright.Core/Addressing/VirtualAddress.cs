namespace Ptewright.Addressing;

/// <summary>A 64-bit virtual address of the EL1&amp;0 translation regime.</summary>
/// <remarks>Bit 55 selects the half: 0 is translated through TTBR0, 1 (the kernel) through TTBR1. Arm ARM D8.2.</remarks>
public readonly partial struct VirtualAddress
{
    /// <summary>Wraps the byte address <paramref name="value"/>.</summary>
    /// <param name="value">The address in bytes.</param>
    public VirtualAddress(ulong value) => Value = value;

    /// <summary>The address in bytes.</summary>
    public ulong Value { get; }

    /// <summary>Whether the address is a multiple of <paramref name="size"/> (a power of two, in bytes).</summary>
    public bool IsAligned(ulong size) => (Value & (size - 1)) == 0;

    /// <summary>The address <paramref name="offset"/> bytes above, wrapping at 2^64.</summary>
    public static VirtualAddress operator +(VirtualAddress address, ulong offset) => new(address.Value + offset);

    /// <summary>The address <paramref name="offset"/> bytes below, wrapping at 0.</summary>
    public static VirtualAddress operator -(VirtualAddress address, ulong offset) => new(address.Value - offset);

    /// <summary>Whether both are the same byte.</summary>
    public static bool operator ==(VirtualAddress left, VirtualAddress right) => left.Value == right.Value;

    /// <summary>Whether they are different bytes.</summary>
    public static bool operator !=(VirtualAddress left, VirtualAddress right) => left.Value != right.Value;

    /// <summary>Whether <paramref name="left"/> lies below <paramref name="right"/>.</summary>
    public static bool operator <(VirtualAddress left, VirtualAddress right) => left.Value < right.Value;

    /// <summary>Whether <paramref name="left"/> lies above <paramref name="right"/>.</summary>
    public static bool operator >(VirtualAddress left, VirtualAddress right) => left.Value > right.Value;

    /// <summary>Whether <paramref name="left"/> does not lie above <paramref name="right"/>.</summary>
    public static bool operator <=(VirtualAddress left, VirtualAddress right) => left.Value <= right.Value;

    /// <summary>Whether <paramref name="left"/> does not lie below <paramref name="right"/>.</summary>
    public static bool operator >=(VirtualAddress left, VirtualAddress right) => left.Value >= right.Value;
}
