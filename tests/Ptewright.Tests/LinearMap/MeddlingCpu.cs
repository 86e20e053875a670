using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.Translation;

namespace Ptewright.Tests.LinearMap;

/// <summary>A CPU on which somebody else clears an entry whenever a level-3 entry is written.</summary>
internal readonly unsafe struct MeddlingCpu(PhysicalAddress victim) : ICpu
{
    private static SilentCpu Inner => default;

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

    public void DsbIshst() => Inner.DsbIshst();

    public void DsbIsh() => Inner.DsbIsh();

    public void Isb() => Inner.Isb();

    public void TlbiVaale1is(VirtualAddress page) => Inner.TlbiVaale1is(page);

    public void DsbNshst() => Inner.DsbNshst();

    public void DsbNsh() => Inner.DsbNsh();

    public void TlbiVmalle1() => Inner.TlbiVmalle1();

    public void SetTtbr1(PhysicalAddress root) => Inner.SetTtbr1(root);

    public void TlbiVaae1is(VirtualAddress page) => Inner.TlbiVaae1is(page);

    public void TlbiRvaale1is(VirtualAddress first, int pages, GranuleSize granule) => Inner.TlbiRvaale1is(first, pages, granule);

    public void TlbiVmalle1is() => Inner.TlbiVmalle1is();

    public void SetTtbr0(PhysicalAddress root) => Inner.SetTtbr0(root);

    public void OnMapped(in TableWindow window) => Inner.OnMapped(window);

    public void OnUnmapped(TableSlot slot, VirtualAddress address) => Inner.OnUnmapped(slot, address);
}
