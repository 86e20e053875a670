namespace Ptewright.Images;

/// <summary>Entries behind one another, in memory and in this process.</summary>
/// <param name="start">The physical address of the first.</param>
/// <param name="entries">How many there are.</param>
/// <param name="pointer">Where the first one is.</param>
internal readonly unsafe struct MemoryWindow(ulong start, ulong entries, ulong* pointer)
{
    /// <summary>A pointer to an entry; null when it is not in the window.</summary>
    /// <param name="address">Its physical address, a multiple of 8.</param>
    public ulong* At(ulong address)
    {
        ulong index = (address - start) >> 3;
        return address >= start && index < entries ? pointer + index : null;
    }

    /// <summary>A pointer to entries behind one another; null when not all of them are in the window.</summary>
    /// <param name="address">The physical address of the first, a multiple of 8.</param>
    /// <param name="count">How many.</param>
    public ulong* At(ulong address, ulong count)
    {
        ulong index = (address - start) >> 3;
        return address >= start && index < entries && count <= entries - index ? pointer + index : null;
    }
}
