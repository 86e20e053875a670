using Ptewright.Kernels.AddressSpace;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Listing;

/// <summary>Shows ranges as a kernel's listing shows them, so that both can be held against each other: without addresses of memory, without bits that no column has, joined where nothing else differs.</summary>
/// <param name="showsSharing">Whether the listing has SHD.</param>
/// <param name="sink">Takes the ranges; <see cref="Finish"/> gives the last one.</param>
internal sealed class PtdumpView(bool showsSharing, IRangeSink sink) : IRangeSink
{
    private MappedRange? _open;

    /// <inheritdoc/>
    public void OnRange(in MappedRange range)
    {
        MappedRange seen = Of(range, showsSharing);
        if (_open is { } open && open.End == seen.Start && open.Level == seen.Level && open.Attributes == seen.Attributes)
        {
            _open = open with { Size = open.Size + seen.Size };
            return;
        }

        Finish();
        _open = seen;
    }

    /// <inheritdoc/>
    public void OnProblem(TableProblem problem) => sink.OnProblem(problem);

    /// <summary>Gives the range that is still open.</summary>
    public void Finish()
    {
        if (_open is { } open)
        {
            sink.OnRange(open);
            _open = null;
        }
    }

    // A column shows whether all bits of its mask are set, so of two bits of shareability one alone shows as none; memory types are compared by number.
    private static MappedRange Of(in MappedRange range, bool showsSharing)
    {
        ulong bits = range.Attributes.Bits & DescriptorBits.AttrIndexMask;
        foreach (PtdumpColumn column in PtdumpColumn.BlockByOneBit)
        {
            bits |= (range.Attributes.Bits & column.Mask) == column.Value ? column.Value : 0;
        }

        return range with
        {
            Physical = MappedRange.UnknownPhysical(range.Start),
            Attributes = new LeafAttributes(showsSharing ? bits : bits & ~DescriptorBits.InnerShareable, 0, !showsSharing, null),
        };
    }
}
