using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.Translation;

namespace Ptewright.Walking;

/// <content>Many addresses at once: a walk waits for memory at each level, so several go down side by side and wait together.</content>
public sealed unsafe partial class TableWalker
{
    // More loads than this a core does not have under way.
    private const int Together = 16;

    /// <summary>What <see cref="Translate"/> says of an address that is not translated.</summary>
    public static PhysicalAddress Nowhere => new(ulong.MaxValue);

    /// <summary>Translates many addresses, fast: as <see cref="Walk(VirtualAddress)"/> does, but without saying which fault there is.</summary>
    /// <param name="addresses">The addresses.</param>
    /// <param name="physical">Takes where each leads, or <see cref="Nowhere"/>; as long as <paramref name="addresses"/>.</param>
    /// <returns>How many are translated.</returns>
    /// <exception cref="ArgumentException"><paramref name="physical"/> is shorter.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int Translate(ReadOnlySpan<VirtualAddress> addresses, Span<PhysicalAddress> physical)
    {
        if (physical.Length < addresses.Length)
        {
            throw new ArgumentException("There is no room for every result.", nameof(physical));
        }

        int mapped = 0;
        ObjectDisposedException.ThrowIf(_memory.IsDisposed, _memory);
        MemoryReader reader = _reader;
        MemoryWindow rootWindow = default;
        MemoryWindow window = default;
        long rootAsked = long.MinValue / 2;
        fixed (VirtualAddress* from = addresses)
        fixed (PhysicalAddress* to = physical)
        {
            for (int done = 0; done < addresses.Length; done += Together)
            {
                // Both windows, and what is asked for at the root's level and the next one, must be good to the end of that.
                if (reader.Asked - rootAsked >= MemoryReader.WindowsKept - (2 * Together))
                {
                    window = default;
                    rootWindow = reader.WindowAt(_root.Table, _root.RootEntries * sizeof(ulong));
                    rootAsked = reader.Asked;
                }

                mapped += TranslateSome(reader, from + done, to + done, Math.Min(Together, addresses.Length - done), rootWindow, ref window);
            }
        }

        GC.KeepAlive(reader);
        return mapped;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int TranslateSome(MemoryReader reader, VirtualAddress* from, PhysicalAddress* to, int count, MemoryWindow rootWindow, ref MemoryWindow window)
    {
        ulong** entries = stackalloc ulong*[Together];
        int* waiting = stackalloc int[Together];
        OutputAddressFormat format = _root.Format;
        ulong beyond = _beyond;
        ulong needed = DescriptorBits.Valid | (_root.SetsAccessFlag ? 0 : DescriptorBits.AccessFlag);
        int mapped = 0;
        int left = 0;
        int shift = _root.Shift(_rootLevel);
        bool hasRoot = !_root.IsDisabled && (_root.Table.Value & beyond) == 0;
        ulong rootMask = (ulong)(_root.RootEntries - 1);
        for (int i = 0; i < count; i++)
        {
            ulong* entry = hasRoot && _root.Covers(from[i]) ? Reach(reader, _root.Table.Value + (((from[i].Value >> shift) & rootMask) * 8), ref rootWindow) : null;
            to[i] = Nowhere;
            if (entry != null)
            {
                entries[left] = entry;
                waiting[left++] = i;
            }
        }

        for (int level = _rootLevel; left > 0; level++)
        {
            int going = 0;
            int below = shift - _root.EntryShift;
            ulong inside = (1UL << shift) - 1;
            bool blocks = ((_blockLevels >> (level + 1)) & 1) != 0;
            for (int k = 0; k < left; k++)
            {
                ulong raw = *entries[k];
                int i = waiting[k];
                ulong output = format.Decode(new Descriptor(raw)).Value;
                if ((output & beyond) != 0)
                {
                    continue;
                }

                ulong type = raw & DescriptorBits.TypeMask;
                if (type == DescriptorBits.TypeTable && level < 3)
                {
                    ulong* next = Reach(reader, output + (((from[i].Value >> below) & (ulong)_entryMask) * 8), ref window);
                    if (next != null)
                    {
                        if (Sse.IsSupported)
                        {
                            Sse.Prefetch0(next);
                        }

                        entries[going] = next;
                        waiting[going++] = i;
                    }
                }
                else if ((raw & needed) == needed && (type == DescriptorBits.TypeTable || blocks))
                {
                    to[i] = new PhysicalAddress((output & ~inside) | (from[i].Value & inside));
                    mapped++;
                }
            }

            left = going;
            shift = below;
        }

        return mapped;
    }

    // Nearly all tables lie behind one another, so nearly always the last window has the next entry. Of those that are waited for none is older than twice as many windows as go together.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong* Reach(MemoryReader reader, ulong address, ref MemoryWindow window)
    {
        byte* entry = window.At(new PhysicalAddress(address), sizeof(ulong));
        return (ulong*)(entry != null ? entry : Elsewhere(reader, address, ref window));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static byte* Elsewhere(MemoryReader reader, ulong address, ref MemoryWindow window)
    {
        window = reader.WindowAt(new PhysicalAddress(address), sizeof(ulong));
        return window.At(new PhysicalAddress(address), sizeof(ulong));
    }
}
