using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Ptewright.Translation;

namespace Ptewright.Walking;

/// <content>Level-3 tables, where nearly all of the time goes.</content>
public sealed unsafe partial class TableScanner
{
    void ITableVisitor.OnPages(in TableView table, int first, int end)
    {
        int shift = _root.PageShift;
        ulong start = table.Start;
        ulong* entries = table.Entries;
        ulong* ahead = table.Ahead == null ? entries : table.Ahead;
        for (int i = first; i < end;)
        {
            ulong raw = entries[i];
            if ((raw & DescriptorBits.Valid) == 0)
            {
                i = SkipEmpty(entries, i, end);
                continue;
            }

            ulong address = start + ((ulong)i << shift);
            Descriptor entry = new(raw);
            ulong output = _root.Format.Decode(entry).Value;
            if (!entry.IsTableOrPage || (output & _beyond) != 0)
            {
                table.Path.Mark(table.Depth, i, raw);
                Report(
                    table.Path,
                    entry.IsTableOrPage ? TableProblemKind.AddressSize : TableProblemKind.BadType,
                    address,
                    table.Depth + 1,
                    entry.IsTableOrPage ? EntryKind.Page : EntryKind.BadType);
                i++;
                continue;
            }

            int next = ahead < entries && IsRun(entries, i, end, raw, 1UL << shift, _ignored) ? end : RunEnd(entries, ahead, i, end, raw, 1UL << shift, _ignored);
            ulong last = (ulong)(next - 1 - i) << shift;
            if (_root.Format.Encode(new Addressing.PhysicalAddress(output + last)) != _root.Format.Encode(new Addressing.PhysicalAddress(output)) + last
                || ((output + last) & _beyond) != 0)
            {
                // The address field does not simply count up here: a page at a time.
                next = i + 1;
                last = 0;
            }

            if ((raw & DescriptorBits.Contiguous) != 0)
            {
                CheckRuns(table, i, next);
            }

            Add(3, address, output, last + (1UL << shift), raw, table.Inherited);
            i = next;
        }
    }

    // The first entry that is not the one before it plus a page, software's bits aside. What lies at the same place in the table that comes next is fetched meanwhile.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int RunEnd(ulong* entries, ulong* ahead, int first, int end, ulong raw, ulong page, ulong ignored)
    {
        int i = first + 1;
        ulong expected = raw + page;
        if (Vector256.IsHardwareAccelerated)
        {
            Vector256<ulong> expectedFour = Vector256.Create(expected, expected + page, expected + (2 * page), expected + (3 * page));
            Vector256<ulong> step = Vector256.Create(4 * page);
            Vector256<ulong> software = Vector256.Create(ignored);
            Vector256<ulong> longStep = Vector256.Create(16 * page);
            Vector256<ulong> secondFour = expectedFour + step;
            Vector256<ulong> thirdFour = secondFour + step;
            Vector256<ulong> lastFour = thirdFour + step;
            while (i + 16 <= end)
            {
                if (Sse.IsSupported)
                {
                    Sse.Prefetch0(ahead + i);
                    Sse.Prefetch0(ahead + i + 8);
                }

                Vector256<ulong> different = (Vector256.Load(entries + i) ^ expectedFour) | (Vector256.Load(entries + i + 4) ^ secondFour)
                    | (Vector256.Load(entries + i + 8) ^ thirdFour) | (Vector256.Load(entries + i + 12) ^ lastFour);
                if (Vector256.AndNot(different, software) != Vector256<ulong>.Zero)
                {
                    break;
                }

                i += 16;
                expectedFour += longStep;
                secondFour += longStep;
                thirdFour += longStep;
                lastFour += longStep;
            }

            while (i + 4 <= end && Vector256.AndNot(Vector256.Load(entries + i) ^ expectedFour, software) == Vector256<ulong>.Zero)
            {
                i += 4;
                expectedFour += step;
            }

            expected = expectedFour.ToScalar();
        }

        while (i < end && ((entries[i] ^ expected) & ~ignored) == 0)
        {
            i++;
            expected += page;
        }

        return i;
    }

    // Kernels take tables from the top of memory down. Read from its end, such a table goes on where the one before it ended, and the CPU fetches ahead.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool IsRun(ulong* entries, int first, int end, ulong raw, ulong page, ulong ignored)
    {
        int i = end;
        if (Vector256.IsHardwareAccelerated)
        {
            Vector256<ulong> step = Vector256.Create(4 * page);
            Vector256<ulong> longStep = Vector256.Create(16 * page);
            Vector256<ulong> software = Vector256.Create(ignored);
            ulong expected = raw + ((ulong)(end - 4 - first) * page);
            Vector256<ulong> lastFour = Vector256.Create(expected, expected + page, expected + (2 * page), expected + (3 * page));
            Vector256<ulong> thirdFour = lastFour - step;
            Vector256<ulong> secondFour = thirdFour - step;
            Vector256<ulong> firstFour = secondFour - step;
            for (; i - 16 >= first; i -= 16)
            {
                Vector256<ulong> different = (Vector256.Load(entries + i - 4) ^ lastFour) | (Vector256.Load(entries + i - 8) ^ thirdFour)
                    | (Vector256.Load(entries + i - 12) ^ secondFour) | (Vector256.Load(entries + i - 16) ^ firstFour);
                if (Vector256.AndNot(different, software) != Vector256<ulong>.Zero)
                {
                    return false;
                }

                lastFour -= longStep;
                thirdFour -= longStep;
                secondFour -= longStep;
                firstFour -= longStep;
            }
        }

        while (i > first && ((entries[i - 1] ^ (raw + ((ulong)(i - 1 - first) * page))) & ~ignored) == 0)
        {
            i--;
        }

        return i == first;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int SkipEmpty(ulong* entries, int first, int end)
    {
        int i = first;
        if (Vector256.IsHardwareAccelerated)
        {
            Vector256<ulong> valid = Vector256.Create(DescriptorBits.Valid);
            while (i + 4 <= end && (Vector256.Load(entries + i) & valid) == Vector256<ulong>.Zero)
            {
                i += 4;
            }
        }

        while (i < end && (entries[i] & DescriptorBits.Valid) == 0)
        {
            i++;
        }

        return i;
    }

    // All runs that have an entry among [first, end), each looked at where the scan meets its first entry.
    private void CheckRuns(in TableView table, int first, int end)
    {
        int length = _root.RunLength(3);
        for (int i = first; i < end; i = (i + length) & -length)
        {
            table.Path.Mark(table.Depth, i, table.Entries[i]);
            CheckRun(table, i, table.Start + ((ulong)i << _root.PageShift));
        }
    }

    // A TLB may hold a whole run as one translation, so all entries must agree. Arm ARM D8.7 (the Contiguous bit). A root may have fewer entries than a run: then the bit promises addresses
    // that are not translated (Arm ARM, AArch64.ContiguousBitFaults), and what lies behind the root is none of the run's business.
    private void CheckRun(in TableView table, int index, ulong address)
    {
        int level = table.Level;
        ulong* entries = table.Entries;
        ulong raw = entries[index];
        int length = _root.RunLength(level);
        if ((raw & DescriptorBits.Contiguous) == 0 || length == 1)
        {
            return;
        }

        int start = index & -length;
        if (start != index && AgreesAt(level, entries, start, index))
        {
            return; // Looked at when its first entry was met.
        }

        ulong size = 1UL << _root.Shift(level);
        ulong output = _root.Format.Decode(new Descriptor(entries[start])).Value;
        bool isWhole = start + length <= table.Count && (output & ((size * (ulong)length) - 1)) == 0;
        for (int i = start; isWhole && i < start + length; i++)
        {
            isWhole = AgreesAt(level, entries, start, i);
        }

        // A run whose first entry is out of step is reported at the entry that has the bit.
        if (!isWhole)
        {
            Report(table.Path, TableProblemKind.BrokenRun, address, table.Depth + 1, level == 3 ? EntryKind.Page : EntryKind.Block);
        }
    }

    private bool AgreesAt(int level, ulong* entries, int start, int index)
    {
        ulong first = entries[start];
        ulong other = entries[index];
        ulong size = 1UL << _root.Shift(level);
        return (first & DescriptorBits.Valid) != 0
            && (first & DescriptorBits.Contiguous) != 0
            && ((_root.Format.AttributesOf(new Descriptor(first)) ^ _root.Format.AttributesOf(new Descriptor(other))) & ~_ignored) == 0
            && _root.Format.Decode(new Descriptor(other)).Value == _root.Format.Decode(new Descriptor(first)).Value + ((ulong)(index - start) * size);
    }
}
