using System.Runtime.CompilerServices;
using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.LinearMap;

internal partial struct LinearMapBuilder<TGranule, TStrategy, TAccess, TAllocator, TCpu>
{
    private static ulong PageSize => 1UL << TGranule.PageShift;

    // A whole run of contiguous entries gets the bit, anything less does not.
    private readonly ulong ContiguousBit(ulong address, ulong next, ulong physical, int runShift) =>
        (_flags & MapFlags.NoContiguous) == 0 && ((address | next | physical) & ((1UL << runShift) - 1)) == 0
            ? DescriptorBits.Contiguous
            : 0;

    // Whether a run has single entries, and they stay: asked only where they may, since an entry that is read is seen.
    private bool StaysSingle(int level, in TableWindow table, ulong address, int count) =>
        (_flags & MapFlags.KeepSmaller) != 0 && HasSingle(table, Index(level, address), count);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool HasSingle(in TableWindow table, int index, int count)
    {
        for (int i = index; i < index + count; i++)
        {
            if (_cpu.Load(table, i) is { IsValid: true } entry && (entry.Raw & DescriptorBits.Contiguous) == 0)
            {
                return true;
            }
        }

        return false;
    }

    private bool WriteBlock(int level, in TableWindow table, int index, ulong address, ulong physical, ulong bits)
    {
        Descriptor old = _cpu.Load(table, index);
        Descriptor block = new(_settings.Format.Encode(new PhysicalAddress(physical)) | (bits & ~DescriptorBits.TableOrPage));
        if (!_settings.ChangeSafety.IsSafe(old, block))
        {
            return Fail(FailureCode.UnsafeChange, address, level, old);
        }

        if (level == 2)
        {
            _statistics.PmdBlocks++;
            _statistics.ContiguousPmdBlocks += (bits & DescriptorBits.Contiguous) != 0 ? 1UL : 0;
        }
        else
        {
            _statistics.PudBlocks++;
        }

        return StoreEntry(level, table, index, address, block);
    }

    // One visit of a level-3 table.
    private bool WriteLeaves(ref TableWindow table, ulong address, ulong end, ulong physical, ulong bits, bool fresh)
    {
        const int level = 3;
        int runShift = TGranule.PageShift + TGranule.ContiguousPteShift;

        // Where neither the window nor the contiguous bit changes at a run's boundary, the whole visit is one stretch.
        bool oneStretch = !TStrategy.WindowPerRun && (_flags & MapFlags.NoContiguous) != 0;
        _statistics.PteChunks += ((end - 1) >> runShift) - (address >> runShift) + 1;
        for (; ;)
        {
            ulong next = oneStretch ? end : TableGeometry.BoundaryAfter(address, end, runShift);
            ulong runBits = bits | ContiguousBit(address, next, physical, runShift);
            int count = (int)((next - address) >> TGranule.PageShift);
            if (runBits != bits && StaysSingle(level, table, address, count))
            {
                runBits = bits;
            }

            if (!WriteStretch(table, Index(level, address), count, address, physical, runBits, fresh))
            {
                return false;
            }

            _statistics.Pages += (ulong)count;
            _statistics.ContiguousPages += (runBits & DescriptorBits.Contiguous) != 0 ? (ulong)count : 0;
            physical += next - address;
            address = next;
            if (address == end)
            {
                return true;
            }

            if (TStrategy.WindowPerRun && !Reopen(ref table, address))
            {
                return false;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool WriteStretch(in TableWindow table, int index, int count, ulong address, ulong physical, ulong bits, bool fresh)
    {
        ulong first = _settings.Format.Encode(new PhysicalAddress(physical));
        ulong span = (ulong)(count - 1) << TGranule.PageShift;

        // A table just zeroed needs no look at its old entries; and within one table the address field nearly always simply counts up.
        if (fresh && !TStrategy.SynchroniseEachEntry && _settings.Format.Encode(new PhysicalAddress(physical + span)) == first + span)
        {
            _cpu.StoreRun(table, index, count, new Descriptor(first | bits), PageSize);
            return true;
        }

        for (int i = 0; i < count; i++)
        {
            ulong offset = (ulong)i << TGranule.PageShift;
            Descriptor leaf = new(_settings.Format.Encode(new PhysicalAddress(physical + offset)) | bits);
            if (!fresh)
            {
                Descriptor old = _cpu.Load(table, index + i);
                if (!_settings.ChangeSafety.IsSafe(old, leaf))
                {
                    return Fail(FailureCode.UnsafeChange, address + offset, 3, old);
                }
            }

            _cpu.Store(table, index + i, leaf);
            if (TStrategy.SynchroniseEachEntry)
            {
                _cpu.DsbIshst();
                _cpu.Isb();
            }
        }

        return true;
    }
}
