namespace Ptewright.Translation;

/// <summary>The shape of a translation table tree as the architecture defines it: levels, entries, where blocks and contiguous runs can be.</summary>
/// <remarks>Arm ARM D8.2 (translation process), D8.3.1 (block descriptors), D8.6.1 (contiguous). What Linux makes of it is <see cref="TableGeometry"/>.</remarks>
public readonly partial struct TableShape
{
    /// <summary>The shape of a stage 1 tree.</summary>
    /// <param name="granule">The granule.</param>
    /// <param name="inputBits">The size of its addresses in bits: 16 to 52.</param>
    public TableShape(GranuleSize granule, int inputBits)
        : this(granule, inputBits, 4 - ((inputBits - 4) / ((int)granule - 3)))
    {
    }

    /// <summary>The shape of a tree whose root level is chosen; a root with more entries than a table is several tables in a row, concatenated (stage 2).</summary>
    /// <param name="granule">The granule.</param>
    /// <param name="inputBits">The size of its addresses in bits.</param>
    /// <param name="rootLevel">The root's level, -1 to 3.</param>
    public TableShape(GranuleSize granule, int inputBits, int rootLevel)
    {
        Granule = granule;
        InputBits = inputBits;
        RootLevel = rootLevel;
    }

    /// <summary>The granule.</summary>
    public GranuleSize Granule { get; }

    /// <summary>The size of its addresses in bits.</summary>
    public int InputBits { get; }

    /// <summary>The level of the root table, -1 to 3.</summary>
    public int RootLevel { get; }

    /// <summary>log2 of the page size in bytes.</summary>
    public int PageShift => (int)Granule;

    /// <summary>log2 of the entries of a table other than the root.</summary>
    public int EntryShift => PageShift - 3;

    /// <summary>How many entries the root table has.</summary>
    public int RootEntries => 1 << (InputBits - Shift(RootLevel));

    /// <summary>log2 of what one entry of a level covers, in bytes.</summary>
    public int Shift(int level) => PageShift + ((3 - level) * EntryShift);

    /// <summary>How many entries a table of a level has.</summary>
    public int EntriesAt(int level) => level == RootLevel ? RootEntries : 1 << EntryShift;

    /// <summary>Whether an entry of a level may be a block, by granule and format.</summary>
    /// <param name="level">-1 to 3.</param>
    /// <param name="granule">The granule.</param>
    /// <param name="format">Where descriptors keep their address.</param>
    public static bool HasBlocks(int level, GranuleSize granule, in OutputAddressFormat format) => level == 2 || (level == 1
        ? granule == GranuleSize.Size4K || format.AddressBits == 52
        : level == 0 && granule == GranuleSize.Size4K && format.AddressBits == 52);

    /// <summary>Whether both are the same.</summary>
    public bool Equals(TableShape other) => Granule == other.Granule && InputBits == other.InputBits && RootLevel == other.RootLevel;

    /// <summary>How many entries a contiguous run of a level has; 1 where there are none.</summary>
    public int RunLength(int level) => Granule switch
    {
        GranuleSize.Size4K => level is >= 1 and <= 3 ? 16 : 1,
        GranuleSize.Size16K => level == 3 ? 128 : level == 2 ? 32 : 1,
        _ => level is 2 or 3 ? 32 : 1,
    };
}
