using System.Runtime.CompilerServices;
using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.Kernels.AddressSpace;
using Ptewright.Kernels.Planning;
using Ptewright.Kernels.Versions;
using Ptewright.Memory;
using Ptewright.Simulation;
using Ptewright.Translation;

namespace Ptewright.Listing;

/// <summary>Lists a table tree in the kernel's own text, byte for byte as <c>/sys/kernel/debug/kernel_page_tables</c> would show it.</summary>
/// <remarks>
/// <para>Only what hangs below the given root is listed; where a running kernel has tables and this root has none, there is a hole.</para>
/// <para>Nothing is read twice, nothing is kept but the open range: time grows with the tables, memory does not.</para>
/// <para>Linux: <c>ptdump_walk_pgd</c> in <c>mm/ptdump.c</c>, <c>walk_pgd_range</c> and what it calls in <c>mm/pagewalk.c</c>. An entry that Linux would follow
/// though its type is no table's (level -1 and 0 with bit 0 clear; level 1 where there are no blocks) is listed as a hole.</para>
/// <para>So is, in tables that somebody else built, a table that memory does not have and one that leads back to itself: <see cref="ImageLister"/>.</para>
/// </remarks>
internal static class PtdumpLister
{
    /// <summary>Lists the tables that the last build of <paramref name="simulation"/> left, in the format of the kernel that was planned.</summary>
    /// <param name="output">Where the text goes; lines end with a line feed.</param>
    /// <param name="simulation">A simulation of <paramref name="plan"/>, built.</param>
    /// <param name="plan">The kernel's plan.</param>
    public static void List(TextWriter output, LinearMapSimulation simulation, KernelPlan plan)
    {
        ArgumentNullException.ThrowIfNull(simulation);
        ArgumentNullException.ThrowIfNull(plan);
        List(output, simulation.Tree(), simulation.Root, plan.Profile);
    }

    /// <summary>Lists a table tree.</summary>
    /// <typeparam name="TMemory">How physical memory is reached.</typeparam>
    /// <param name="output">Where the text goes; lines end with a line feed.</param>
    /// <param name="tree">The tables.</param>
    /// <param name="root">Where the root lies, as built: before any offset that TTBR1 needs.</param>
    /// <param name="profile">The kernel whose way of writing and whose regions these are.</param>
    public static void List<TMemory>(TextWriter output, TableTree<TMemory> tree, PhysicalAddress root, KernelProfile profile)
        where TMemory : struct, IPhysicalMemory
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(profile);
        TableGeometry geometry = tree.Geometry;
        PtdumpFormat format = profile.Listing;
        PtdumpText text = new(output, format, geometry, format.Markers(KernelRegions.Of(profile.Regions, geometry)));
        new Walk<TMemory>(tree, format, text).Run(root);
        text.Finish();
    }

    private unsafe struct Walk<TMemory>(TableTree<TMemory> tree, PtdumpFormat format, PtdumpText text)
        where TMemory : struct, IPhysicalMemory
    {
        private readonly TableGeometry _geometry = tree.Geometry;
        private readonly ulong _mask = format.Mask;
        private readonly PhysicalAddress[] _above = new PhysicalAddress[4];
        private TableTree<TMemory> _tree = tree;

        public void Run(PhysicalAddress root)
        {
            VirtualAddress start = format.Start(_geometry);
            TableWindow table = _tree.Root(root);
            int entries = _geometry.RootEntries;
            if (_geometry.IsFolded(table.Level + 1))
            {
                table = _tree.Lower(table, default);
                entries = _geometry.EntriesPerTable;
            }

            Visit(table, start.Value, _geometry.Index(table.Level, start), entries);
        }

        private void Visit(TableWindow table, ulong address, int first, int entries)
        {
            if (table.Level == 3)
            {
                VisitPages(table.Entries, address, entries);
                return;
            }

            ulong size = 1UL << _geometry.Shift(table.Level);
            _above[table.Level + 1] = table.Table;
            for (int i = first; i < entries; i++, address += size)
            {
                Descriptor entry = table.Entries[i];
                if (entry.IsTableOrPage)
                {
                    TableWindow lower = _tree.Lower(table, entry);
                    if (lower.Entries != null && !IsAbove(lower))
                    {
                        Visit(lower, address, 0, _geometry.EntriesPerTable);
                    }
                    else
                    {
                        text.Note(address, format.HoleDepth(_geometry, table.Level), 0);
                    }
                }
                else if (entry.IsNone || !_geometry.CanBeBlock(table.Level))
                {
                    text.Note(address, format.HoleDepth(_geometry, table.Level), 0);
                }
                else if (format.IsPresent(entry))
                {
                    text.Note(address, format.LeafDepth(_geometry, table.Level), entry.Raw);
                }

                // What is neither none nor present is passed over: the range before it goes on.
            }
        }

        // Whether a table is one of those that led to it.
        private readonly bool IsAbove(TableWindow table)
        {
            for (int level = _geometry.WalkRootLevel; level < table.Level; level++)
            {
                if (_above[level + 1] == table.Table)
                {
                    return true;
                }
            }

            return false;
        }

        // Nearly all entries of a linear map end here, and nearly all of them only make the open range longer.
        private readonly void VisitPages(Descriptor* entries, ulong start, int count)
        {
            const int depth = 4;
            int shift = _geometry.PageShift;
            int i = 0;
            while (i < count)
            {
                ulong address = start + ((ulong)i << shift);
                text.Note(address, depth, entries[i].Raw);
                i++;

                // Now the range is of this depth: it goes on up to other bits or the next marker.
                ulong marker = text.NextMarker;
                int end = marker <= start ? 0 : (int)Math.Min((ulong)count, ((marker - start - 1) >> shift) + 1);
                i = RunEnd(entries, i, end, _mask, text.Bits);
            }
        }

        // Compiled well at once: a process that lists one map is over before it would be recompiled.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static int RunEnd(Descriptor* entries, int from, int end, ulong mask, ulong bits)
        {
            while (from < end && (entries[from].Raw & mask) == bits)
            {
                from++;
            }

            return from;
        }
    }
}
