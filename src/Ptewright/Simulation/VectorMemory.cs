using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Ptewright.Cpu;
using Ptewright.Translation;

namespace Ptewright.Simulation;

/// <summary>As <see cref="PlainMemory"/>, with the host's vector stores: what builds tables on the host when speed counts.</summary>
internal readonly unsafe struct VectorMemory : ITableMemory
{
    /// <inheritdoc/>
    public Descriptor Load(in TableWindow table, int index) => table.Entries[index];

    /// <inheritdoc/>
    public void Store(in TableWindow table, int index, Descriptor value) => table.Entries[index] = value;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StoreRun(in TableWindow table, int index, int count, Descriptor first, ulong step)
    {
        ulong* entry = (ulong*)(table.Entries + index);
        ulong value = first.Raw;
        if (count >= 8)
        {
            Vector256<ulong> low = Vector256.Create(value, value + step, value + (2 * step), value + (3 * step));
            Vector256<ulong> four = Vector256.Create(4 * step);
            Vector256<ulong> eight = Vector256.Create(8 * step);
            Vector256<ulong> high = low + four;
            int pairs = count >> 3;
            for (int i = 0; i < pairs; i++)
            {
                low.Store(entry);
                high.Store(entry + 4);
                low += eight;
                high += eight;
                entry += 8;
            }

            value += (ulong)(pairs * 8) * step;
            count &= 7;
        }

        for (int i = 0; i < count; i++)
        {
            entry[i] = value;
            value += step;
        }
    }

    /// <inheritdoc/>
    public void Clear(in TableWindow table, int bytes)
    {
        // From the top down: the early allocator hands pages out downwards, and the host's prefetcher only follows one direction
        // across pages. Upwards, this takes nearly three times as long.
        byte* start = (byte*)table.Entries;
        for (int offset = bytes - 64; offset >= 0; offset -= 64)
        {
            Vector256<byte>.Zero.Store(start + offset + 32);
            Vector256<byte>.Zero.Store(start + offset);
        }
    }
}
