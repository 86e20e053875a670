namespace Ptewright.Translation;

/// <summary>A translation granule as a type argument: its numbers become constants in the code of the walk.</summary>
/// <remarks>Page shift: Arm ARM D8.2.1. Contiguous runs and PUD blocks: what Linux uses
/// (<c>CONFIG_ARM64_CONT_PTE_SHIFT</c>, <c>CONFIG_ARM64_CONT_PMD_SHIFT</c>, <c>pud_sect_supported</c>).</remarks>
internal interface IGranule
{
    /// <summary>log2 of the page size in bytes: 12, 14 or 16.</summary>
    static abstract int PageShift { get; }

    /// <summary>log2 of the number of level-3 entries in one contiguous run.</summary>
    static abstract int ContiguousPteShift { get; }

    /// <summary>log2 of the number of level-2 entries in one contiguous run.</summary>
    static abstract int ContiguousPmdShift { get; }

    /// <summary>Whether Linux makes level-1 blocks with this granule (4K only: 1 GiB).</summary>
    static abstract bool HasPudBlocks { get; }
}

/// <summary>The 4 KiB granule: 512 entries a table, 2 MiB and 1 GiB blocks.</summary>
internal readonly struct Granule4K : IGranule
{
    /// <inheritdoc/>
    public static int PageShift => 12;

    /// <inheritdoc/>
    public static int ContiguousPteShift => 4;

    /// <inheritdoc/>
    public static int ContiguousPmdShift => 4;

    /// <inheritdoc/>
    public static bool HasPudBlocks => true;
}

/// <summary>The 16 KiB granule: 2048 entries a table, 32 MiB blocks.</summary>
internal readonly struct Granule16K : IGranule
{
    /// <inheritdoc/>
    public static int PageShift => 14;

    /// <inheritdoc/>
    public static int ContiguousPteShift => 7;

    /// <inheritdoc/>
    public static int ContiguousPmdShift => 5;

    /// <inheritdoc/>
    public static bool HasPudBlocks => false;
}

/// <summary>The 64 KiB granule: 8192 entries a table, 512 MiB blocks.</summary>
internal readonly struct Granule64K : IGranule
{
    /// <inheritdoc/>
    public static int PageShift => 16;

    /// <inheritdoc/>
    public static int ContiguousPteShift => 5;

    /// <inheritdoc/>
    public static int ContiguousPmdShift => 5;

    /// <inheritdoc/>
    public static bool HasPudBlocks => false;
}
