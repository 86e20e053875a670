namespace Ptewright.Memory;

/// <summary>Why the engine stopped: the places where the kernel would BUG, warn or panic.</summary>
public enum FailureCode
{
    /// <summary>It did not.</summary>
    None,

    /// <summary>Virtual and physical address differ within a page. Linux: WARN in <c>__create_pgd_mapping_locked</c>.</summary>
    MisalignedOffset,

    /// <summary>The request has no bytes, or runs over the end of the address space.</summary>
    BadRange,

    /// <summary>The virtual range is not translated by this geometry.</summary>
    AddressNotCovered,

    /// <summary>The physical range does not fit the descriptor format.</summary>
    PhysicalAddressTooLarge,

    /// <summary>A start or size is not a multiple of the page size where it must be. Linux: BUG in <c>map_kernel_segment</c>, <c>declare_vma</c>.</summary>
    SegmentMisaligned,

    /// <summary>A block was asked for at an address that is not a multiple of its size. Linux: VM_BUG in <c>pmd_set_huge</c>, <c>pud_set_huge</c>.</summary>
    BlockMisaligned,

    /// <summary>A block stands where a table is needed. Linux: BUG on <c>pmd_sect</c>, <c>pud_sect</c>.</summary>
    BlockInTheWay,

    /// <summary>An entry that should be a table is something else. Linux: BUG on <c>pmd_bad</c>, <c>pud_bad</c>, <c>p4d_bad</c>.</summary>
    BadTable,

    /// <summary>A table is missing and none may be allocated. Linux: BUG on a NULL <c>pgtable_alloc</c>.</summary>
    NoAllocator,

    /// <summary>No free page for a table. Linux: panic in <c>early_pgtable_alloc</c>, BUG in <c>__pgd_pgtable_alloc</c>.</summary>
    OutOfMemory,

    /// <summary>The constructor of a page table failed. Linux: BUG in <c>pgd_pgtable_alloc</c>.</summary>
    ConstructorFailed,

    /// <summary>A live entry would change in a way that needs break-before-make. Linux: BUG on <c>pgattr_change_is_safe</c>; for blocks the kernel keeps the old entry silently.</summary>
    UnsafeChange,

    /// <summary>A table entry changed while the table below was written. Linux: BUG in <c>init_pmd</c>, <c>alloc_init_pud</c>.</summary>
    EntryChanged,

    /// <summary>The address is below the kernel's half. Linux: warning in <c>create_mapping_noalloc</c>, <c>update_mapping_prot</c>.</summary>
    BelowPageOffset,

    /// <summary>The kernel's own root where another address space was expected. Linux: BUG in <c>create_pgd_mapping</c>.</summary>
    KernelRootRefused,

    /// <summary>A folded level was asked for its tables. Linux: BUG in <c>p4d_offset_phys</c>, <c>pud_offset_phys</c>.</summary>
    LevelFolded,

    /// <summary>No such fixmap slot, or the slots do not fit one table. Linux: BUG in <c>__set_fixmap</c>.</summary>
    BadFixmapSlot,

    /// <summary>The root entry of the fixmap leads elsewhere. Linux: BUG in <c>early_fixmap_init</c> unless pages are 16K.</summary>
    FixmapRootShared,

    /// <summary>The caller's storage for memory regions is full.</summary>
    TooManyRegions,

    /// <summary>An entry that is to be removed holds something, but is not valid. Linux: WARN on <c>!pte_present</c>, <c>!pmd_present</c>, <c>!pud_present</c>.</summary>
    EntryNotPresent,

    /// <summary>An edge of the range to be removed lies inside a block or a contiguous run. Linux refuses from v7.1; earlier trees remove the whole block.</summary>
    PartialRemoval,

    /// <summary>Whoever asked for the work ended it.</summary>
    Stopped,
}
