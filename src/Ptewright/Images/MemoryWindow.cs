using Ptewright.Addressing;

namespace Ptewright.Images;

/// <summary>Bytes of physical memory behind one another, as they lie in this process; or why there are none.</summary>
/// <remarks>How long one is good, <see cref="MemoryReader"/> says. It knows nothing of who gave it, so it is for those who keep to that.</remarks>
public readonly unsafe struct MemoryWindow
{
    private readonly ulong _start;
    private readonly ulong _bytes;
    private readonly byte* _pointer;

    /// <summary>Shows memory.</summary>
    /// <param name="start">The physical address of the first byte.</param>
    /// <param name="bytes">How many there are, at least 1; they do not go round the end of 64 bits of address.</param>
    /// <param name="first">Where the first one is.</param>
    public MemoryWindow(PhysicalAddress start, ulong bytes, byte* first)
    {
        _start = start.Value;
        _bytes = bytes;
        _pointer = first;
    }

    // Without bytes the address has no meaning, so it says why.
    private MemoryWindow(MemoryPresence why) => _start = (ulong)why;

    /// <summary>Whether there is memory, and if not, why.</summary>
    public MemoryPresence Presence => _bytes != 0 ? MemoryPresence.Present : _start == 0 ? MemoryPresence.Missing : (MemoryPresence)_start;

    /// <summary>A window with nothing in it.</summary>
    /// <param name="why">Why.</param>
    public static MemoryWindow Without(MemoryPresence why) => new(why);

    /// <summary>A pointer to bytes behind one another; null when not all of them are in the window.</summary>
    /// <param name="address">The physical address of the first.</param>
    /// <param name="bytes">How many, at least 1.</param>
    public byte* At(PhysicalAddress address, ulong bytes)
    {
        ulong offset = address.Value - _start;
        return offset < _bytes && bytes <= _bytes - offset ? _pointer + offset : null;
    }
}
