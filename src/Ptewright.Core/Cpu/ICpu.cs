using Ptewright.Addressing;
using Ptewright.Translation;

namespace Ptewright.Cpu;

/// <summary>What the engine asks of a CPU: loads and stores of table entries, barriers, TLB invalidation.</summary>
/// <remarks>
/// A type argument of the engine: at EL1 each call is the instruction of its name, on the host it does nothing, is counted, recorded or
/// checked. Implementations are structs, so that calls inline and those that do nothing leave no code behind.
/// </remarks>
public interface ICpu
{
    /// <summary>Reads the entry <paramref name="index"/> of the table behind <paramref name="table"/>.</summary>
    Descriptor Load(in TableWindow table, int index);

    /// <summary>Writes the entry <paramref name="index"/> of the table behind <paramref name="table"/>; no barrier.</summary>
    void Store(in TableWindow table, int index, Descriptor value);

    /// <summary>Writes <paramref name="count"/> entries from <paramref name="index"/> on, each <paramref name="step"/> above the one before; no barrier.</summary>
    void StoreRun(in TableWindow table, int index, int count, Descriptor first, ulong step);

    /// <summary>Zeroes the first <paramref name="bytes"/> bytes of the table behind <paramref name="table"/> (a multiple of 64); no barrier.</summary>
    void Clear(in TableWindow table, int bytes);

    /// <summary><c>DSB ISHST</c>: earlier stores are visible to all table walkers of the Inner Shareable domain before anything later.</summary>
    void DsbIshst();

    /// <summary><c>DSB ISH</c>: earlier accesses and TLB invalidations have completed in the Inner Shareable domain.</summary>
    void DsbIsh();

    /// <summary><c>DSB NSHST</c>: as <see cref="DsbIshst"/>, for this CPU's own walker only.</summary>
    void DsbNshst();

    /// <summary><c>DSB NSH</c>: as <see cref="DsbIsh"/>, for this CPU only.</summary>
    void DsbNsh();

    /// <summary><c>ISB</c>: later instructions see what was completed before.</summary>
    void Isb();

    /// <summary><c>TLBI VAALE1IS</c>: forgets the last-level translations of one page, for all ASIDs, on all CPUs of the Inner Shareable domain.</summary>
    void TlbiVaale1is(VirtualAddress page);

    /// <summary><c>TLBI VAAE1IS</c>: forgets all levels' cached translations of one page, for all ASIDs.</summary>
    void TlbiVaae1is(VirtualAddress page);

    /// <summary><c>TLBI RVAALE1IS</c> (FEAT_TLBIRANGE): as VAALE1IS for <paramref name="pages"/> pages of <paramref name="granule"/> from <paramref name="first"/>.</summary>
    void TlbiRvaale1is(VirtualAddress first, int pages, GranuleSize granule);

    /// <summary><c>TLBI VMALLE1IS</c>: forgets every EL1&amp;0 translation.</summary>
    void TlbiVmalle1is();

    /// <summary><c>TLBI VMALLE1</c>: forgets every EL1&amp;0 translation of this CPU only.</summary>
    void TlbiVmalle1();

    /// <summary><c>MSR TTBR0_EL1</c>: makes <paramref name="root"/> the table of the lower half; address 0 stands for an empty, reserved table. No barrier.</summary>
    void SetTtbr0(PhysicalAddress root);

    /// <summary><c>MSR TTBR1_EL1</c>: makes <paramref name="root"/> the table of the upper half. No barrier.</summary>
    void SetTtbr1(PhysicalAddress root);

    /// <summary>Told after a window was mapped through a fixmap slot. Costs nothing on a CPU.</summary>
    void OnMapped(in TableWindow window);

    /// <summary>Told when a fixmap slot's entry was cleared. Costs nothing on a CPU.</summary>
    void OnUnmapped(TableSlot slot, VirtualAddress address);
}
