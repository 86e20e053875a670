using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.LinearMap;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Discovery;

/// <summary>How a root table of a kernel's half may be read: one line of what Linux can be configured and run with.</summary>
/// <param name="Granule">The granule.</param>
/// <param name="InputBits">The size of addresses in use.</param>
/// <param name="IsLpa2">Whether descriptors of 4K and 16K pages have 52-bit addresses.</param>
/// <param name="Offset">Where in its page the part begins that TTBR1 points to.</param>
internal sealed record RootShape(GranuleSize Granule, int InputBits, bool IsLpa2 = false, ulong Offset = 0)
{
    /// <summary>All of them: Linux, <c>ARM64_VA_BITS</c>, with what a kernel for 52 bits falls back to.</summary>
    /// <remarks>With 4K and 16K pages 52 bits of address always come with LPA2, and LPA2 never without. 64K pages built for 52 bits but run with 48 use the end of their root.</remarks>
    public static IReadOnlyList<RootShape> All { get; } =
    [
        .. new[] { GranuleSize.Size4K, GranuleSize.Size16K, GranuleSize.Size64K }.SelectMany(granule => Enumerable.Range(0, 17)
            .SelectMany(unused => Enumerable.Range(0, 17 - unused).Select(more => Of(granule, 52 - unused, 52 - unused - more)))
            .OfType<RootShape>().Distinct().OrderByDescending(shape => shape.InputBits).ThenByDescending(shape => shape.Offset)),
    ];

    // Of whose root a kernel that runs with 48 bits uses the end alone.
    private bool IsWhole64K => Granule == GranuleSize.Size64K && InputBits == 52;

    /// <summary>The bytes of a page, which a root takes a part of.</summary>
    public int PageBytes => 1 << (int)Granule;

    /// <summary>The shape of the tree.</summary>
    public TableShape Tree => new(Granule, InputBits);

    /// <summary>Where descriptors keep their address. With 64K pages it is the 52-bit format, which is the 48-bit one below 2^48.</summary>
    public OutputAddressFormat Format => IsLpa2 || Granule == GranuleSize.Size64K ? OutputAddressFormat.Bits52(Granule) : OutputAddressFormat.Bits48(Granule);

    /// <summary>The registers that say so.</summary>
    /// <param name="page">The page that the root lies in.</param>
    public ImageRegisters Registers(PhysicalAddress page) => new(
        Ttbr1: TranslationTableBase.Encode(page + Offset),
        Tcr: default(TranslationControl).WithHalf(AddressHalf.Upper, Granule, InputBits).WithOutput(TranslationControl.AddressSize52, IsLpa2).Value);

    /// <summary>The shape that registers say.</summary>
    /// <param name="root">What they say.</param>
    public static RootShape Of(TranslationRoot root) =>
        new(root.Granule, root.InputBits, root.Format.IsLpa2, root.Table.Value & ((1UL << root.PageShift) - 1));

    /// <summary>Whether a page may hold such a root: nothing but tables that lie in memory, blocks where they may be, and zeros.</summary>
    /// <param name="entries">The words of the page.</param>
    /// <param name="memory">The memory that there is.</param>
    public bool Fits(ReadOnlySpan<ulong> entries, MemoryRanges memory)
    {
        int first = (int)(Offset / sizeof(ulong));
        ReadOnlySpan<ulong> root = entries.Slice(first, Tree.RootEntries);
        if (entries[..first].ContainsAnyExcept(0UL) || entries[(first + root.Length)..].ContainsAnyExcept(0UL)
            || (IsWhole64K && !root[..^new TableShape(Granule, 48).RootEntries].ContainsAnyExcept(0UL)))
        {
            return false;
        }

        bool hasBlocks = TableShape.HasBlocks(Tree.RootLevel, Granule, Format);
        int tables = 0;
        foreach (ulong raw in root)
        {
            if ((raw & DescriptorBits.TypeMask) == DescriptorBits.TypeTable)
            {
                tables++;
                if (!memory.Has(Format.Decode(new Descriptor(raw)).Value))
                {
                    return false;
                }
            }
            else if (raw != 0 && !hasBlocks)
            {
                return false;
            }
        }

        return tables > 0;
    }

    private static RootShape? Of(GranuleSize granule, int builtBits, int inputBits) => TableGeometry.TryCreate(granule, builtBits, inputBits, out TableGeometry geometry)
        ? new RootShape(granule, inputBits, inputBits == 52 && granule != GranuleSize.Size64K, geometry.Ttbr1Offset)
        : null;
}
