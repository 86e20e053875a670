using Ptewright.Addressing;
using Ptewright.Translation;

namespace Ptewright.Cpu;

/// <summary>A CPU that only loads and stores: for memory that nobody is translating through.</summary>
public readonly unsafe struct SilentCpu : ICpu
{
    /// <inheritdoc/>
    public Descriptor Load(in TableWindow table, int index) => table.Entries[index];

    /// <inheritdoc/>
    public void Store(in TableWindow table, int index, Descriptor value) => table.Entries[index] = value;

    /// <inheritdoc/>
    public void StoreRun(in TableWindow table, int index, int count, Descriptor first, ulong step)
    {
        ulong* entry = (ulong*)(table.Entries + index);
        ulong value = first.Raw;
        for (; count >= 2; count -= 2)
        {
            entry[0] = value;
            entry[1] = value + step;
            value += 2 * step;
            entry += 2;
        }

        if (count > 0)
        {
            *entry = value;
        }
    }

    /// <inheritdoc/>
    public void Clear(in TableWindow table, int bytes)
    {
        ulong* word = (ulong*)table.Entries;
        for (int i = 0; i < bytes / 8; i++)
        {
            word[i] = 0;
        }
    }

    /// <inheritdoc/>
    public void DsbIshst()
    {
    }

    /// <inheritdoc/>
    public void DsbIsh()
    {
    }

    /// <inheritdoc/>
    public void DsbNshst()
    {
    }

    /// <inheritdoc/>
    public void DsbNsh()
    {
    }

    /// <inheritdoc/>
    public void Isb()
    {
    }

    /// <inheritdoc/>
    public void TlbiVaale1is(VirtualAddress page)
    {
    }

    /// <inheritdoc/>
    public void TlbiVaae1is(VirtualAddress page)
    {
    }

    /// <inheritdoc/>
    public void TlbiRvaale1is(VirtualAddress first, int pages, GranuleSize granule)
    {
    }

    /// <inheritdoc/>
    public void TlbiVmalle1is()
    {
    }

    /// <inheritdoc/>
    public void TlbiVmalle1()
    {
    }

    /// <inheritdoc/>
    public void SetTtbr0(PhysicalAddress root)
    {
    }

    /// <inheritdoc/>
    public void SetTtbr1(PhysicalAddress root)
    {
    }

    /// <inheritdoc/>
    public void OnMapped(in TableWindow window)
    {
    }

    /// <inheritdoc/>
    public void OnUnmapped(TableSlot slot, VirtualAddress address)
    {
    }
}
