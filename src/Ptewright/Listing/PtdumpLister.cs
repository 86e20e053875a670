using System.Runtime.CompilerServices;
using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.Kernels.AddressSpace;
using Ptewright.Kernels.Planning;
using Ptewright.Kernels.Versions;
using Ptewright.Simulation;
using Ptewright.Translation;
using Ptewright.Walking;

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
        using SimulationImage image = new(simulation.Memory, new ImageRegisters());
        _ = List(output, image, BuiltTables.RootOf(plan.Geometry, plan.Plan.Settings.Format, simulation.Root), plan.Geometry, plan.Profile, plan.PermanentSlots);
    }

    /// <summary>Lists a table tree.</summary>
    /// <param name="output">Where the text goes; lines end with a line feed.</param>
    /// <param name="image">Where the tables lie.</param>
    /// <param name="root">The root as built (<see cref="BuiltTables.RootOf"/>).</param>
    /// <param name="geometry">The shape of the tables as built.</param>
    /// <param name="profile">The kernel whose way of writing and whose regions these are.</param>
    /// <param name="permanentSlots">How many fixmap slots are permanent; null for as many as in a distribution's kernel of that version.</param>
    /// <param name="inUse">The part of the root that is in use, for a source that does not have all of it.</param>
    /// <param name="watch">Who is told of the work, and may end it.</param>
    /// <returns>Whether the place at which the fixmap begins shows.</returns>
    internal static bool List(
        TextWriter output,
        MemoryImage image,
        TranslationRoot root,
        in TableGeometry geometry,
        KernelProfile profile,
        int? permanentSlots = null,
        TranslationRoot? inUse = null,
        WorkWatch watch = default)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(profile);
        PtdumpFormat format = profile.Facts.Listing;
        RegionRules rules = profile.Facts.Regions;
        KernelRegions regions = KernelRegions.Of(rules, geometry, permanentSlots ?? rules.Fixmap.PermanentSlots(geometry, profile.ReadDefaultConfig()));
        PtdumpText text = new(output, format, geometry, format.Markers(regions));

        // A folded root is a table of the level below, which some kernels list from the address on that it would have if it were not.
        VirtualAddress start = format.Start(geometry);
        VirtualAddress from = start < root.Start ? root.Start : start;
        Visitor visitor = new(text, format, geometry, start.Value - from.Value);
        if (inUse is not null && geometry.Ttbr1Offset != 0 && !IsThere(image, root))
        {
            visitor.NoteHoles(root.RootLevel, from.Value, (int)((inUse.Start.Value - from.Value) >> root.Shift(root.RootLevel)));
            (root, from) = (inUse, inUse.Start);
        }

        _ = TableReader.Read(image, root, visitor, from, root.Last, watch: watch);
        text.Finish();
        return text.ShowsPlaceOf(regions.FixmapStart);
    }

    private static unsafe bool IsThere(MemoryImage image, TranslationRoot root)
    {
        using MemoryReader reader = image.OpenReader();
        return reader.WindowAt(root.Table, root.RootEntries * sizeof(ulong)).Presence == MemoryPresence.Present;
    }

    // Notes every entry at the address that it translates, moved by what a list that starts elsewhere begins before it.
    private sealed unsafe class Visitor(PtdumpText text, PtdumpFormat format, TableGeometry geometry, ulong moved) : ITableVisitor
    {
        public bool SeesInvalid => true;

        public void OnTable(in TableView table)
        {
        }

        public void OnEntry(in TableView table, int index, ulong address)
        {
            Descriptor entry = new(table.Entries[index]);
            if (entry.IsNone || !geometry.CanBeBlock(table.Level))
            {
                NoteHoles(table.Level, address, 1);
            }
            else if (format.IsPresent(entry))
            {
                text.Note(address + moved, format.LeafDepth(geometry, table.Level), entry.Raw);
            }

            // What is neither none nor present is passed over: the range before it goes on.
        }

        public void OnRefused(TablePath path, TableProblemKind why, int level, ulong address, int depth)
        {
            if (depth == 0)
            {
                NoteHoles(path.Root.RootLevel, address, path.Root.RootEntries);
            }
            else
            {
                NoteHoles(path.Root.RootLevel + depth - 1, address, 1);
            }
        }

        // Nearly all entries of a linear map end here, and nearly all of them only make the open range longer.
        public void OnPages(in TableView table, int first, int end)
        {
            const int depth = 4;
            int shift = geometry.PageShift;
            ulong start = table.Start + moved;
            int i = first;
            while (i < end)
            {
                ulong address = start + ((ulong)i << shift);
                text.Note(address, depth, table.Entries[i]);
                i++;

                // Now the range is of this depth: it goes on up to other bits or the next marker.
                ulong marker = text.NextMarker;
                int last = marker <= start ? 0 : (int)Math.Min((ulong)end, ((marker - start - 1) >> shift) + 1);
                i = RunEnd(table.Entries, i, last, format.Mask, text.Bits);
            }
        }

        public void NoteHoles(int level, ulong address, int count)
        {
            for (int i = 0; i < count; i++)
            {
                text.Note(address + moved + ((ulong)i << geometry.Shift(level)), format.HoleDepth(geometry, level), 0);
            }
        }

        // Compiled well at once: a process that lists one map is over before it would be recompiled.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static int RunEnd(ulong* entries, int from, int end, ulong mask, ulong bits)
        {
            while (from < end && (entries[from] & mask) == bits)
            {
                from++;
            }

            return from;
        }
    }
}
