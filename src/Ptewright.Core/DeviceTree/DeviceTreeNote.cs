namespace Ptewright.DeviceTree;

/// <summary>Something in a device tree that Linux passes over, and so does this reader, but not silently.</summary>
internal enum DeviceTreeNote
{
    /// <summary>Cells are left at the end of a memory node's ranges that make no whole entry. Offset: the first of them.</summary>
    TrailingCells,

    /// <summary><c>/reserved-memory</c> has no <c>ranges</c>, or not the root's cells: all its nodes are ignored (<c>__reserved_mem_check_root</c>).</summary>
    ReservationsIgnored,

    /// <summary>A reservation's <c>reg</c> is not made of whole entries: the node is ignored (<c>__reserved_mem_reserve_reg</c>).</summary>
    ReservationRegIgnored,

    /// <summary>A reservation of no bytes.</summary>
    EmptyReservation,

    /// <summary>A reservation's <c>size</c>, <c>alignment</c> or <c>alloc-ranges</c> has a wrong length: the node is ignored (<c>__reserved_mem_alloc_size</c>).</summary>
    DynamicReservationIgnored,

    /// <summary>The memory reservation block ends at an entry that has an address but no size; entries behind it are not read.</summary>
    ReserveMapCutShort,

    /// <summary>The initial ramdisk has no end, or ends before it starts (<c>early_init_dt_check_for_initrd</c>).</summary>
    InitrdIgnored,

    /// <summary>There are more usable ranges than two (<c>early_init_dt_check_for_usable_mem_range</c>).</summary>
    UsableRangesIgnored,

    /// <summary>The KASLR seed is not 8 bytes long.</summary>
    KaslrSeedIgnored,

    /// <summary>A text is longer than <see cref="DeviceTreeMemory.MaxTextLength"/> bytes; the rest is ignored.</summary>
    TextCut,
}
