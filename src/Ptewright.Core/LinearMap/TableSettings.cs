using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.Translation;

namespace Ptewright.LinearMap;

/// <summary>What a kernel decides about its tables besides the strategy: shape, format, table bits, change safety, how the root is written.</summary>
internal readonly struct TableSettings
{
    /// <summary>Makes settings.</summary>
    /// <param name="geometry">The shape of the tables.</param>
    /// <param name="format">The address format of descriptors.</param>
    /// <param name="tableBits">Bits of every table descriptor: <see cref="UsualTableBits"/>, and perhaps the Access flag.</param>
    /// <param name="changeSafety">Which live entries may change.</param>
    /// <param name="rootThroughSlot">Whether root entries are written through the PGD slot, because the root is read-only.</param>
    /// <param name="rangeFlush">How the translations of changed ranges are forgotten.</param>
    public TableSettings(TableGeometry geometry, OutputAddressFormat format, ulong tableBits, ChangeSafety changeSafety, bool rootThroughSlot, RangeFlush rangeFlush = RangeFlush.Pages)
    {
        Geometry = geometry;
        Format = format;
        TableBits = tableBits;
        ChangeSafety = changeSafety;
        RootThroughSlot = rootThroughSlot;
        RangeFlush = rangeFlush;
    }

    /// <summary>Bits of table descriptors: type "table" and UXNTable. Linux: <c>PMD_TYPE_TABLE | PMD_TABLE_UXN</c>; from v6.13 on there is the Access flag too.</summary>
    public const ulong UsualTableBits = DescriptorBits.TypeTable | DescriptorBits.UxnTable;

    /// <summary>The shape of the tables.</summary>
    public TableGeometry Geometry { get; }

    /// <summary>The address format of descriptors.</summary>
    public OutputAddressFormat Format { get; }

    /// <summary>Bits of every table descriptor.</summary>
    public ulong TableBits { get; }

    /// <summary>Which live entries may change.</summary>
    public ChangeSafety ChangeSafety { get; }

    /// <summary>Whether root entries are written through the PGD slot. Linux: <c>set_swapper_pgd</c> once <c>rodata_is_rw</c> is false.</summary>
    public bool RootThroughSlot { get; }

    /// <summary>How the translations of changed ranges are forgotten.</summary>
    public RangeFlush RangeFlush { get; }

    // Forgets the leaves of a range in the kernel's way: flush_tlb_kernel_range.
    internal void Flush<TCpu>(ref TCpu cpu, VirtualAddress start, ulong size)
        where TCpu : struct, ICpu
    {
        if (RangeFlush == RangeFlush.Ranges)
        {
            TlbFlush.KernelRanges(ref cpu, Geometry, Format.IsLpa2, start, size);
        }
        else
        {
            // Counted in pages, both versions compare with the entries of a table, one of them with "at least".
            ulong most = (ulong)Geometry.EntriesPerTable - (RangeFlush == RangeFlush.FewerPages ? 1UL : 0);
            TlbFlush.KernelRange(ref cpu, Geometry, start, size, most);
        }
    }
}
