using System.Runtime.CompilerServices;
using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.Translation;

namespace Ptewright.Boot;

/// <summary>The CPU itself: each operation is the instruction of its name.</summary>
internal unsafe struct El1Cpu : ICpu
{
    private readonly ulong _zeroBlock;
    private readonly PhysicalAddress _empty;
    private readonly ulong _ttbr1Offset;
    private readonly bool _lpa2;

    /// <summary>The CPU in one regime.</summary>
    /// <param name="empty">A table page of zeroes, for a half that is not in use: root 0.</param>
    /// <param name="geometry">The shape of the upper half's tables.</param>
    /// <param name="lpa2">Whether TCR_EL1.DS = 1.</param>
    public El1Cpu(PhysicalAddress empty, in TableGeometry geometry, bool lpa2)
    {
        // DCZID_EL0: bit 4 DZP forbids DC ZVA, bits 3:0 are log2 of the block in words.
        ulong dczid = Instructions.Dczid();
        _zeroBlock = (dczid & 0x10) != 0 ? 0 : 4UL << (int)(dczid & 0xf);
        _empty = empty;
        _ttbr1Offset = geometry.Ttbr1Offset;
        _lpa2 = lpa2;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Descriptor Load(in TableWindow table, int index) => table.Entries[index];

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(in TableWindow table, int index, Descriptor value) => table.Entries[index] = value;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StoreRun(in TableWindow table, int index, int count, Descriptor first, ulong step) =>
        Instructions.StoreRun(table.Entries + index, (ulong)count, first.Raw, step);

    /// <inheritdoc/>
    public void Clear(in TableWindow table, int bytes)
    {
        ulong round = 4 * _zeroBlock;
        if (round != 0 && ((ulong)bytes & (round - 1)) == 0)
        {
            Instructions.ZeroBlocks(table.Entries, (ulong)bytes, _zeroBlock);
        }
        else
        {
            Instructions.Fill(table.Entries, (ulong)bytes, 0);
        }
    }

    /// <inheritdoc/>
    public void DsbIshst() => Instructions.DsbIshst();

    /// <inheritdoc/>
    public void DsbIsh() => Instructions.DsbIsh();

    /// <inheritdoc/>
    public void DsbNshst() => Instructions.DsbNshst();

    /// <inheritdoc/>
    public void DsbNsh() => Instructions.DsbNsh();

    /// <inheritdoc/>
    public void Isb() => Instructions.Isb();

    /// <inheritdoc/>
    public void TlbiVaale1is(VirtualAddress page) => Instructions.TlbiVaale1is(TlbiOperand.ForPage(page));

    /// <inheritdoc/>
    public void TlbiVaae1is(VirtualAddress page) => Instructions.TlbiVaae1is(TlbiOperand.ForPage(page));

    /// <inheritdoc/>
    public void TlbiRvaale1is(VirtualAddress first, int pages, GranuleSize granule) =>
        Instructions.TlbiRvaale1is(TlbiOperand.ForRange(first, pages, granule, _lpa2));

    /// <inheritdoc/>
    public void TlbiVmalle1is() => Instructions.TlbiVmalle1is();

    /// <inheritdoc/>
    public void TlbiVmalle1() => Instructions.TlbiVmalle1();

    /// <inheritdoc/>
    public void SetTtbr0(PhysicalAddress root) =>
        Instructions.SetTtbr0(TranslationTableBase.Encode(root.Value == 0 ? _empty : root));

    /// <inheritdoc/>
    public void SetTtbr1(PhysicalAddress root) =>
        Instructions.SetTtbr1(TranslationTableBase.Encode((root.Value == 0 ? _empty : root) + _ttbr1Offset));

    /// <inheritdoc/>
    public void OnMapped(in TableWindow window)
    {
    }

    /// <inheritdoc/>
    public void OnUnmapped(TableSlot slot, VirtualAddress address)
    {
    }
}
