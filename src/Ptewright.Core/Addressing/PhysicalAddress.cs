namespace Ptewright.Addressing;

/// <summary>A physical address: a byte offset into the CPU's physical address space (up to 52 bits).</summary>
/// <remarks>Linux: <c>phys_addr_t</c>. Never mixes with <see cref="VirtualAddress"/> without an explicit step.</remarks>
public readonly partial struct PhysicalAddress
{
    /// <summary>Wraps the byte address <paramref name="value"/>.</summary>
    /// <param name="value">The address in bytes.</param>
    public PhysicalAddress(ulong value) => Value = value;

    /// <summary>The address in bytes.</summary>
    public ulong Value { get; }

    /// <summary>The highest multiple of <paramref name="size"/> that is not above this address.</summary>
    /// <param name="size">A power of two, in bytes.</param>
    public PhysicalAddress AlignDown(ulong size) => new(Value & ~(size - 1));

    /// <summary>The lowest multiple of <paramref name="size"/> that is not below this address.</summary>
    /// <param name="size">A power of two, in bytes.</param>
    public PhysicalAddress AlignUp(ulong size) => new((Value + size - 1) & ~(size - 1));

    /// <summary>Whether the address is a multiple of <paramref name="size"/> (a power of two, in bytes).</summary>
    public bool IsAligned(ulong size) => (Value & (size - 1)) == 0;

    /// <summary>The address <paramref name="offset"/> bytes above.</summary>
    public static PhysicalAddress operator +(PhysicalAddress address, ulong offset) => new(address.Value + offset);

    /// <summary>The address <paramref name="offset"/> bytes below.</summary>
    public static PhysicalAddress operator -(PhysicalAddress address, ulong offset) => new(address.Value - offset);

    /// <summary>Whether both are the same byte.</summary>
    public static bool operator ==(PhysicalAddress left, PhysicalAddress right) => left.Value == right.Value;

    /// <summary>Whether they are different bytes.</summary>
    public static bool operator !=(PhysicalAddress left, PhysicalAddress right) => left.Value != right.Value;

    /// <summary>Whether <paramref name="left"/> lies below <paramref name="right"/>.</summary>
    public static bool operator <(PhysicalAddress left, PhysicalAddress right) => left.Value < right.Value;

    /// <summary>Whether <paramref name="left"/> lies above <paramref name="right"/>.</summary>
    public static bool operator >(PhysicalAddress left, PhysicalAddress right) => left.Value > right.Value;

    /// <summary>Whether <paramref name="left"/> does not lie above <paramref name="right"/>.</summary>
    public static bool operator <=(PhysicalAddress left, PhysicalAddress right) => left.Value <= right.Value;

    /// <summary>Whether <paramref name="left"/> does not lie below <paramref name="right"/>.</summary>
    public static bool operator >=(PhysicalAddress left, PhysicalAddress right) => left.Value >= right.Value;
}
