using Ptewright.Addressing;
using Ptewright.Kernels.AddressSpace;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Listing;

/// <summary>What a kernel's own listing of its tables says.</summary>
/// <remarks>
/// What it does not say: where addresses lead, software's bits and DBM, which shareability it is where it is not inner, and what the tables on the way forbid. A right that it shows
/// (<c>x</c>) may so be one that a table takes away.
/// </remarks>
public sealed class PtdumpMap
{
    internal PtdumpMap(
        string name, GranuleSize granule, int bits, IReadOnlyList<PtdumpRange> ranges, IReadOnlyList<PtdumpMarker> markers, IReadOnlyList<string> remarks)
    {
        Name = name;
        Ranges = ranges;
        Markers = markers;
        Remarks = remarks;
        ShowsSharing = ranges.Any(range => range.IsMapped && (range.Bits & DescriptorBits.InnerShareable) != 0);
        Root = new TranslationRoot
        {
            Half = AddressHalf.Upper,
            Shape = new TableShape(granule, bits),
            OutputBits = 52,
            Table = default,
            Format = OutputAddressFormat.Bits48(granule),
            Mair = PtdumpLine.Mair,
            IgnoresTableAttributes = false,
            IsDisabled = false,
            IgnoresTopByte = false,
            SetsAccessFlag = false,
        };
    }

    /// <summary>The name of the file, as it was given.</summary>
    public string Name { get; }

    /// <summary>The lines, holes included, ascending.</summary>
    internal IReadOnlyList<PtdumpRange> Ranges { get; }

    /// <summary>The markers, each with the address of the line behind it.</summary>
    internal IReadOnlyList<PtdumpMarker> Markers { get; }

    /// <summary>What was passed over or is not certain: one sentence each.</summary>
    public IReadOnlyList<string> Remarks { get; }

    /// <summary>The shape of the tables, as the lines tell it. Where the root table lies is not known.</summary>
    public TranslationRoot Root { get; }

    /// <summary>Whether SHD is shown of anything: with LPA2 it never is.</summary>
    public bool ShowsSharing { get; }

    /// <summary>The first address that is listed.</summary>
    public VirtualAddress Start => Ranges[0].Start;

    /// <summary>The last address that is listed.</summary>
    public VirtualAddress Last => Ranges[^1].Last;

    /// <summary>The linear map: from its marker on, or where it lies from 5.4 on.</summary>
    public (VirtualAddress Start, VirtualAddress Last) LinearMap
    {
        get
        {
            // Before 5.4 it was the upper half of the half, and the last thing that is listed.
            if (Markers.FirstOrDefault(marker => marker.Name == "Linear Mapping") is { Name: not null } old)
            {
                return (old.Address, new VirtualAddress(ulong.MaxValue));
            }

            ulong end = ~0UL << (Math.Min(Root.InputBits, 48) - 1);
            return (Root.Start, new VirtualAddress(end - 1));
        }
    }

    /// <summary>Gives the mapped ranges to a sink, as a <see cref="TableScanner"/> gives those of tables.</summary>
    /// <param name="sink">Takes them.</param>
    /// <param name="from">The first address; a range that reaches over it is given whole.</param>
    /// <param name="last">The last address.</param>
    /// <param name="memoryStart">Where the first address of the linear map leads; null when that is not known.</param>
    public void Report(IRangeSink sink, VirtualAddress from, VirtualAddress last, PhysicalAddress? memoryStart = null)
    {
        ArgumentNullException.ThrowIfNull(sink);
        (VirtualAddress linear, VirtualAddress linearLast) = LinearMap;
        foreach (PtdumpRange range in Ranges)
        {
            if (range.IsMapped && range.Start <= last && range.Last >= from)
            {
                bool isLinear = memoryStart is not null && range.Start >= linear && range.Last <= linearLast;
                PhysicalAddress physical = isLinear ? memoryStart!.Value + (range.Start.Value - linear.Value) : MappedRange.UnknownPhysical(range.Start);
                sink.OnRange(new MappedRange(range.Start, range.Size, physical, range.Level, new LeafAttributes(range.Bits, 0, !ShowsSharing, Root.Mair)));
            }
        }
    }
}
