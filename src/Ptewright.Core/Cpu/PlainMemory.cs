using Ptewright.Translation;

namespace Ptewright.Cpu;

/// <summary>Loads and stores, and nothing else.</summary>
internal readonly unsafe struct PlainMemory : ITableMemory
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
}
