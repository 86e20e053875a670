using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.Kernels.AddressSpace;
using Ptewright.Kernels.Planning;
using Ptewright.Kernels.Versions;
using Ptewright.LinearMap;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Verifying;

/// <summary>What kernels do to their linear map after they made it, and the evidence that they did it here.</summary>
/// <remarks>
/// <para>A step explains exactly the bits that it changes, where it changes them. Several steps may have changed one entry; a bit that none of them changes leaves the whole difference
/// unexplained.</para>
/// <list type="bullet">
/// <item>The image's alias becomes read-only: <c>mark_linear_text_alias_ro</c>.</item>
/// <item>With <c>rodata=full</c> a page that becomes read-only where modules and vmalloc lie becomes read-only here too: <c>change_memory_common</c> in <c>mm/pageattr.c</c>. The
/// evidence is that other mapping, in the same tables.</item>
/// <item>From 7.2 on the alias of the image's data and bss becomes read-only, from 7.3 on invalid: <c>mark_rodata_ro</c>, <c>mark_linear_data_alias_valid</c>.</item>
/// <item>From 6.18 on, on CPUs that may do it live, blocks and contiguous runs are split where a part changes: <c>split_kernel_leaf_mapping</c>. The parts have the bits of the whole, and the new table
/// lies where the whole was.</item>
/// <item>Pages of the KFENCE pool become invalid: <c>kfence_protect_page</c>. The evidence is the entry, which is the predicted one but for its valid bit and, from 6.19 on, bit 11.</item>
/// <item>Free pages become invalid with <c>debug_pagealloc</c>: <c>__kernel_map_pages</c>. The same evidence.</item>
/// <item>Memory that a program keeps from the kernel becomes invalid: <c>secretmem</c>. The evidence is the entry, and a program that has the same memory.</item>
/// <item>All valid entries, those that lead to tables included, become non-global: <c>idmap_kpti_install_ng_mappings</c>. The evidence is that all of them are.</item>
/// </list>
/// </remarks>
internal sealed class LaterSteps : IDisposable
{
    // What making a kernel page read-only changes: AP[2] set, DBM (Linux: writable) cleared.
    private const ulong WriteBits = DescriptorBits.ReadOnly | DescriptorBits.DirtyBitModifier;

    private const string WriteBitsChange = "sets AP[2] and clears DBM";

    private readonly TranslationRoot _root;
    private readonly TableWalker _walker;
    private readonly KernelMachine _machine;
    private readonly KernelPlan _plan;
    private readonly MapContents _expected;
    private readonly bool _isAllNonGlobal;
    private readonly Lazy<MappedRange[]> _readOnlyElsewhere;
    private readonly ProgramPages _programs;

    /// <summary>Looks for evidence.</summary>
    /// <param name="image">The kernel's memory.</param>
    /// <param name="root">How its tables are read.</param>
    /// <param name="found">Its linear map.</param>
    /// <param name="expected">What was predicted of it.</param>
    /// <param name="machine">The machine that it runs on.</param>
    /// <param name="plan">What it was predicted to do there.</param>
    /// <param name="watch">Who is told of the work, and may end it.</param>
    public LaterSteps(MemoryImage image, TranslationRoot root, MapContents found, MapContents expected, KernelMachine machine, KernelPlan plan, WorkWatch watch)
    {
        _root = root;
        _walker = new TableWalker(image, root);
        _machine = machine;
        _plan = plan;
        _expected = expected;
        _isAllNonGlobal = found.Ranges.All(range => range.Attributes.IsNotGlobal)
            && found.Tables.All(table => !found.IsOwn(table.Key) || (table.Value.Entry.Raw & DescriptorBits.NotGlobal) != 0
                || IsSplit(table.Key.Level, table.Key.Start, table.Value.Entry));
        _readOnlyElsewhere = new(() => FindReadOnlyElsewhere(image));
        _programs = new ProgramPages(image, root, watch);
    }

    /// <inheritdoc/>
    public void Dispose() => _walker.Dispose();

    /// <summary>The steps that made a difference, with their evidence; null when it is not exactly what they make.</summary>
    public string? Explain(MapDifference difference) => difference switch
    {
        { Kind: MapDifferenceKind.Changed, Predicted: { } predicted, Found: { } found } => ExplainChange(difference, predicted, found),
        { Kind: MapDifferenceKind.Missing, Predicted: { } predicted } => ExplainInvalid(difference, predicted),
        { Kind: MapDifferenceKind.TableEntry, PredictedEntry: { } predicted, FoundEntry: { } found } =>
            _isAllNonGlobal && found.Raw == (predicted.Raw | DescriptorBits.NotGlobal) ? KnownSteps.Kpti : null,
        { Kind: MapDifferenceKind.Table, PredictedTable: null, FoundEntry: { } entry, TableLevel: { } level } => ExplainTable(difference.Start, level, entry),
        _ => null,
    };

    // A block that was split before all became non-global is led to by a non-global entry as well; one that was split afterwards is not.
    private string? ExplainTable(VirtualAddress start, int level, Descriptor entry) =>
        IsSplit(level, start.Value, entry) ? KnownSteps.Split
        : _isAllNonGlobal && IsSplit(level, start.Value, new Descriptor(entry.Raw ^ DescriptorBits.NotGlobal)) ? $"{KnownSteps.Split}; {KnownSteps.Kpti}"
        : null;

    // A block's table: the block was predicted where the table is, and it lay one level above, or its own block did.
    private bool IsSplit(int level, ulong start, Descriptor entry)
    {
        ulong last = start + ((1UL << _root.Shift(level - 1)) - 1);
        foreach (MappedRange block in _expected.Ranges)
        {
            if (block.Start.Value <= start && block.Last.Value >= last)
            {
                return block.Level < level && _plan.Profile.SplitsBlocks(_machine) && entry.Raw == KnownSteps.SplitTableBits(_plan, block);
            }
        }

        return false;
    }

    private string? ExplainChange(MapDifference difference, MappedRange predicted, MappedRange found)
    {
        ulong changed = predicted.Attributes.Bits ^ found.Attributes.Bits;
        List<string> steps = [];
        if (!KnownSteps.TakeSplit(_machine, _plan, predicted, found.Level, ref changed, steps) || predicted.Attributes.Inherited != found.Attributes.Inherited)
        {
            return null;
        }

        if ((changed & WriteBits) == WriteBits && found.Attributes.IsReadOnly && !found.Attributes.IsDirtyModifier
            && ExplainReadOnly(predicted, found, difference.Size) is var (readOnly, bits))
        {
            steps.Add(readOnly);
            changed &= ~bits;
        }

        if ((changed & DescriptorBits.NotGlobal) != 0 && _isAllNonGlobal)
        {
            steps.Add(KnownSteps.Kpti);
            changed &= ~DescriptorBits.NotGlobal;
        }

        return changed == 0 ? string.Join("; ", steps) : null;
    }

    private (string Step, ulong Bits)? ExplainReadOnly(MappedRange predicted, MappedRange found, ulong size)
    {
        PhysicalAddress physical = predicted.Physical;
        if (KnownSteps.ReadOnlyImage(_machine, _plan, physical, size) is { } name)
        {
            return KnownSteps.WrittenAnew(name, predicted.Attributes, found.Attributes, WriteBitsChange, WriteBits);
        }

        return _plan.Profile.MakesAliasesReadOnly(_machine) && ReadOnlyElsewhere(physical, size) is { } address
            ? (KnownSteps.ReadOnlyElsewhere($"{WriteBitsChange}: the same memory is read-only at {address} too"), WriteBits)
            : null;
    }

    // Where modules and vmalloc lie, and between them the image: its own mapping has no influence on the linear map.
    private MappedRange[] FindReadOnlyElsewhere(MemoryImage image)
    {
        VirtualAddress end = KernelRegions.Of(_plan.Profile.Facts.Regions, _plan.Geometry, _machine.Config).VmallocEnd;
        List<MappedRange> ranges = MapContents.Read(image, _root, _plan.Geometry.PageEnd, end - 1).Ranges;
        ulong? distance = null;
        if (_machine.Image is { } kernel)
        {
            PhysicalAddress code = kernel.Physical(kernel.CodeStart);
            distance = ranges.Where(range => range.Physical <= code && code < range.Physical + range.Size).Select(range => (ulong?)Distance(range)).FirstOrDefault();
        }

        return [.. ranges.Where(range => range.Attributes.IsReadOnly && Distance(range) != distance).OrderBy(range => range.Physical.Value)];

        static ulong Distance(MappedRange range) => range.Start.Value - range.Physical.Value;
    }

    // The first address of the other mapping, when all of the memory is covered by read-only ones.
    private VirtualAddress? ReadOnlyElsewhere(PhysicalAddress physical, ulong size)
    {
        VirtualAddress? first = null;
        ulong at = physical.Value;
        ulong end = physical.Value + size;
        foreach (MappedRange range in _readOnlyElsewhere.Value)
        {
            if (range.Physical.Value <= at && at - range.Physical.Value < range.Size)
            {
                first ??= range.Start + (at - range.Physical.Value);
                at = range.Physical.Value + range.Size;
            }

            if (at >= end)
            {
                return first;
            }
        }

        return null;
    }

    private string? ExplainInvalid(MapDifference difference, MappedRange predicted)
    {
        string? step = KnownSteps.Invalidating(_machine, _plan, predicted.Physical, difference.Size);
        if (step is null && !KnownSteps.MayBeSecret(_machine, _plan))
        {
            return null;
        }

        // Entries that were invalid already when the others became non-global stayed as they were.
        bool hasNonGlobal = false;
        WalkStep[] steps = new WalkStep[TableWalker.MostSteps];
        ulong page = 1UL << _root.PageShift;
        for (ulong offset = 0; offset < difference.Size; offset += page)
        {
            _ = _walker.Walk(difference.Start + offset, steps, out int count);
            if (count == 0 || steps[count - 1].Level < predicted.Level)
            {
                return null;
            }

            int level = steps[count - 1].Level;
            ulong within = (1UL << _root.Shift(level)) - 1;
            ulong expected = (_root.Format.Encode(new PhysicalAddress((predicted.Physical + offset).Value & ~within)) | predicted.Attributes.Bits) & ~DescriptorBits.Valid;
            expected |= _plan.Profile.Facts.MarksInvalid ? DescriptorBits.NotGlobal : 0;
            ulong changed = steps[count - 1].Entry.Raw ^ expected;
            if (level > predicted.Level)
            {
                changed = KnownSteps.SplitBits(_machine, _plan, predicted, level, changed) is { } split ? changed & ~split : ulong.MaxValue;
            }

            bool isNonGlobal = changed == DescriptorBits.NotGlobal && _isAllNonGlobal && (expected & DescriptorBits.NotGlobal) == 0;
            if (changed != 0 && !isNonGlobal)
            {
                return null;
            }

            hasNonGlobal |= isNonGlobal;
        }

        if (step is null && _programs.AddressOf(predicted.Physical, difference.Size) is { } address)
        {
            step = KnownSteps.Secret(address);
        }

        return hasNonGlobal && step is not null ? $"{step}; {KnownSteps.Kpti}" : step;
    }
}
