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
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Execute(MaintenanceKind kind, MaintenanceTarget target)
    {
        switch (kind)
        {
            case MaintenanceKind.DsbIshst:
                Instructions.DsbIshst();
                break;
            case MaintenanceKind.DsbIsh:
                Instructions.DsbIsh();
                break;
            case MaintenanceKind.DsbNshst:
                Instructions.DsbNshst();
                break;
            case MaintenanceKind.DsbNsh:
                Instructions.DsbNsh();
                break;
            case MaintenanceKind.Isb:
                Instructions.Isb();
                break;
            case MaintenanceKind.TlbiVaale1is:
                Instructions.TlbiVaale1is(TlbiOperand.ForPage(target.Address));
                break;
            case MaintenanceKind.TlbiVaae1is:
                Instructions.TlbiVaae1is(TlbiOperand.ForPage(target.Address));
                break;
            case MaintenanceKind.TlbiRvaale1is:
                Instructions.TlbiRvaale1is(TlbiOperand.ForRange(target.Address, target.Pages, target.Granule, _lpa2));
                break;
            case MaintenanceKind.TlbiVmalle1is:
                Instructions.TlbiVmalle1is();
                break;
            case MaintenanceKind.TlbiVmalle1:
                Instructions.TlbiVmalle1();
                break;
            case MaintenanceKind.SetTtbr0:
                Instructions.SetTtbr0(TranslationTableBase.Encode(target.Root.Value == 0 ? _empty : target.Root));
                break;
            default:
                Instructions.SetTtbr1(TranslationTableBase.Encode((target.Root.Value == 0 ? _empty : target.Root) + _ttbr1Offset));
                break;
        }
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
