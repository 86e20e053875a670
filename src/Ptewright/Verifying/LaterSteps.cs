using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.Kernels;
using Ptewright.LinearMap;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Verifying;

/// <summary>What kernels do to their linear map after they made it, and the evidence that they did it here.</summary>
/// <remarks>
/// <list type="bullet">
/// <item>The image's alias becomes read-only: <c>mark_linear_text_alias_ro</c>.</item>
/// <item>With <c>rodata=full</c> a page that is read-only elsewhere becomes read-only here too: <c>change_memory_common</c> in <c>mm/pageattr.c</c>. The evidence is that other
/// mapping, in the same tables.</item>
/// <item>Pages of the KFENCE pool become invalid: <c>kfence_protect_page</c>. The evidence is the entry, which is the predicted one but for its valid bit.</item>
/// <item>Free pages become invalid with <c>debug_pagealloc</c>: <c>__kernel_map_pages</c>. The same evidence.</item>
/// <item>All mappings become non-global: <c>idmap_kpti_install_ng_mappings</c>. The evidence is that nothing but the bit differs.</item>
/// </list>
/// </remarks>
internal sealed class LaterSteps
{
    // What making a kernel page read-only changes: AP[2] set, DBM (Linux: writable) cleared.
    private const ulong WriteBits = DescriptorBits.ReadOnly | DescriptorBits.DirtyBitModifier;

    private readonly TranslationRoot _root;
    private readonly TableWalker _walker;
    private readonly KernelMachine _machine;
    private readonly KernelPlan _plan;
    private readonly Lazy<MappedRange[]> _readOnlyElsewhere;

    public LaterSteps(MemoryImage image, TranslationRoot root, KernelMachine machine, KernelPlan plan)
    {
        _root = root;
        _walker = new TableWalker(image, root);
        _machine = machine;
        _plan = plan;
        _readOnlyElsewhere = new(() =>
        [
            .. MapContents.Read(image, root, plan.Geometry.PageEnd, new VirtualAddress(ulong.MaxValue)).Ranges
                .Where(range => range.Attributes.IsReadOnly)
                .OrderBy(range => range.Physical.Value),
        ]);
    }

    /// <summary>The step that made a difference, with its evidence; null when there is none.</summary>
    public string? Explain(MapDifference difference) => difference.Kind switch
    {
        MapDifferenceKind.Changed when difference is { Predicted: { } predicted, Found: { } found } => ExplainChange(difference, predicted, found),
        MapDifferenceKind.Missing when difference.Predicted is { } predicted => ExplainInvalid(difference, predicted),
        _ => null,
    };

    private string? ExplainChange(MapDifference difference, MappedRange predicted, MappedRange found)
    {
        ulong changed = predicted.Attributes.Bits ^ found.Attributes.Bits;
        if (predicted.Level != found.Level || predicted.Attributes.Inherited != found.Attributes.Inherited)
        {
            return null;
        }

        if (changed == DescriptorBits.NotGlobal && found.Attributes.IsNotGlobal)
        {
            return "idmap_kpti_install_ng_mappings: only nG was added";
        }

        bool becameReadOnly = changed == WriteBits && found.Attributes.IsReadOnly && !found.Attributes.IsDirtyModifier;
        if (!becameReadOnly)
        {
            return null;
        }

        if (_plan.Profile.ReadOnlyAlias(_machine) is { } alias && IsInside(predicted.Physical, difference.Size, alias.Start, alias.End))
        {
            return "mark_linear_text_alias_ro: the alias of the image's code and read-only data";
        }

        return ReadOnlyElsewhere(predicted.Physical, difference.Size) is { } address
            ? $"change_memory_common (rodata=full): the same memory is read-only at {address} too"
            : null;
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
        string? step = IsInKfencePool(predicted.Physical, difference.Size) ? "kfence_protect_page: a page of the KFENCE pool"
            : HasDebugPagealloc ? "__kernel_map_pages: debug_pagealloc unmaps free pages"
            : null;
        if (step is null)
        {
            return null;
        }

        WalkStep[] steps = new WalkStep[TableWalker.MostSteps];
        ulong page = 1UL << _root.PageShift;
        for (ulong offset = 0; offset < difference.Size; offset += page)
        {
            _ = _walker.Walk(difference.Start + offset, steps, out int count);
            ulong expected = _root.Format.Encode(predicted.Physical + offset) | predicted.Attributes.Bits;
            if (count == 0 || steps[count - 1].Level != 3 || steps[count - 1].Entry.Raw != (expected & ~DescriptorBits.Valid))
            {
                return null;
            }
        }

        return $"{step}, its valid bit cleared";
    }

    private bool HasDebugPagealloc =>
        _machine.Config.DebugPagealloc && (_machine.CommandLine.DebugPagealloc ?? _machine.Config.DebugPageallocDefault);

    // The pool is what is mapped in single pages without forbidding execution.
    private bool IsInKfencePool(PhysicalAddress physical, ulong size) => _plan.Plan.Steps.Any(step =>
        step.Kind == PlanStepKind.Map && step.Phase == "map_mem" && step.Request.Flags == (MapFlags.NoBlock | MapFlags.NoContiguous)
        && IsInside(physical, size, step.Request.Physical, step.Request.Physical + step.Request.Size));

    private static bool IsInside(PhysicalAddress physical, ulong size, PhysicalAddress start, PhysicalAddress end) =>
        physical >= start && physical + size <= end;
}
