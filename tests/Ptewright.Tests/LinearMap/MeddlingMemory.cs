using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.Translation;

namespace Ptewright.Tests.LinearMap;

/// <summary>Memory in which somebody else clears an entry whenever a level-3 entry is written.</summary>
internal readonly unsafe struct MeddlingMemory(PhysicalAddress victim) : ITableMemory
{
    private static PlainMemory Inner => default;

    public Descriptor Load(in TableWindow table, int index) => Inner.Load(table, index);

    public void Store(in TableWindow table, int index, Descriptor value)
    {
        Inner.Store(table, index, value);

        // Both tables lie in one chunk of the simulated memory, where distances between pointers are those between addresses.
        if (table.Level == 3 && table.Slot == TableSlot.Pte)
        {
            byte* zero = (byte*)table.Entries - (long)table.Table.Value;
            *(ulong*)(zero + victim.Value) ^= 1UL << 55;
        }
    }

    public void StoreRun(in TableWindow table, int index, int count, Descriptor first, ulong step) => Inner.StoreRun(table, index, count, first, step);

    public void Clear(in TableWindow table, int bytes) => Inner.Clear(table, bytes);
}
