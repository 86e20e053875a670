using Ptewright.Addressing;
using Ptewright.Kernels.Planning;
using Ptewright.Kernels.Versions;
using Ptewright.LinearMap;
using Ptewright.Listing;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Verifying;

/// <summary>What kernels do to their linear map after they made it, as far as a listing has evidence that they did it here: see <see cref="LaterSteps"/>.</summary>
internal sealed class ListedSteps
{
    private readonly PtdumpMap _found;
    private readonly KernelMachine _machine;
    private readonly KernelPlan _plan;
    private readonly bool _isAllNonGlobal;
    private readonly ulong _readOnlyElsewhere;
    private ulong _readOnlyExplained;

    /// <summary>Looks for evidence.</summary>
    /// <param name="found">The listing.</param>
    /// <param name="linear">Its linear map.</param>
    /// <param name="from">Where that begins.</param>
    /// <param name="last">Where it ends.</param>
    /// <param name="machine">The machine.</param>
    /// <param name="plan">What was predicted.</param>
    public ListedSteps(PtdumpMap found, IReadOnlyList<MappedRange> linear, VirtualAddress from, VirtualAddress last, KernelMachine machine, KernelPlan plan)
    {
        _found = found;
        _machine = machine;
        _plan = plan;
        _isAllNonGlobal = linear.All(range => range.Attributes.IsNotGlobal);
        _readOnlyElsewhere = found.Ranges
            .Where(range => range.IsMapped && (range.Start > last || range.Last < from) && (range.Bits & DescriptorBits.ReadOnly) != 0)
            .Aggregate(0UL, (sum, range) => sum + range.Size);
    }

    /// <summary>The steps that made a difference; null when it is not exactly what they make. Differences are asked for in ascending order.</summary>
    public string? Explain(MapDifference difference) => difference switch
    {
        { Kind: MapDifferenceKind.Changed, Predicted: { } predicted, Found: { } found } => ExplainChange(difference, predicted, found),
        { Kind: MapDifferenceKind.Missing, Predicted: { } predicted } => ExplainInvalid(difference, predicted),
        _ => null,
    };

    private string? ExplainChange(MapDifference difference, MappedRange predicted, MappedRange found)
    {
        ulong changed = predicted.Attributes.Bits ^ found.Attributes.Bits;
        List<string> steps = [];
        if (!KnownSteps.TakeSplit(_machine, _plan, predicted, found.Level, ref changed, steps))
        {
            return null;
        }

        if ((changed & DescriptorBits.ReadOnly) != 0 && found.Attributes.IsReadOnly && ExplainReadOnly(difference, predicted.Attributes, found.Attributes) is var (readOnly, bits))
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

    // Without addresses of memory it is not shown which other mapping it is. That there is one is not possible where less is read-only elsewhere than here.
    private (string Step, ulong Bits)? ExplainReadOnly(MapDifference difference, LeafAttributes predicted, LeafAttributes found)
    {
        if (KnownSteps.ReadOnlyImage(_machine, _plan, Physical(difference), difference.Size) is { } name)
        {
            return KnownSteps.WrittenAnew(name, predicted, found, "sets AP[2]", DescriptorBits.ReadOnly);
        }

        if (!_plan.Profile.MakesAliasesReadOnly(_machine) || _readOnlyExplained + difference.Size > _readOnlyElsewhere)
        {
            return null;
        }

        _readOnlyExplained += difference.Size;
        return (KnownSteps.ReadOnlyElsewhere($"sets AP[2] where the same memory is read-only elsewhere: {_readOnlyElsewhere >> 10} KiB are, but a listing does not say which memory"), DescriptorBits.ReadOnly);
    }

    // An entry that is not valid is listed with its attributes, and an F.
    private string? ExplainInvalid(MapDifference difference, MappedRange predicted)
    {
        ulong expected = (predicted.Attributes.Bits & ~DescriptorBits.Valid) | (_plan.Profile.Facts.MarksInvalid ? DescriptorBits.NotGlobal : 0);
        ulong at = difference.Start.Value;
        ulong last = at + (difference.Size - 1);
        foreach (PtdumpRange range in _found.Ranges.Where(range => range.Last.Value >= at && range.Start.Value <= last))
        {
            // Newer kernels do not say BLK of a block that is not valid.
            ulong changed = (range.Bits ^ expected) & ~(range.Level < 3 ? DescriptorBits.TableOrPage : 0);
            bool isNonGlobal = changed == DescriptorBits.NotGlobal && _isAllNonGlobal && (expected & DescriptorBits.NotGlobal) == 0;
            bool isSame = range.Level == predicted.Level && range.Start.Value <= at && (changed == 0 || isNonGlobal);
            if (!isSame)
            {
                return null;
            }

            at = range.Last.Value + 1;
        }

        bool isListed = at == last + 1 || at > last;
        return isListed ? KnownSteps.Invalidating(_machine, _plan, Physical(difference), difference.Size) : null;
    }

    private PhysicalAddress Physical(MapDifference difference) => _plan.Plan.MemoryStart + (difference.Start.Value - _plan.Geometry.PageOffset.Value);
}
