namespace Ptewright.Explaining;

/// <summary>What part of the address space an address lies in, or what it is instead of one.</summary>
public enum RegionKind
{
    /// <summary>Nothing is known of it.</summary>
    Unknown,

    /// <summary>The first page, or a little behind it: a NULL pointer and an offset.</summary>
    Null,

    /// <summary>A program's addresses.</summary>
    User,

    /// <summary>The last 4095 values: a number of an error that stands where a pointer should (<c>ERR_PTR</c>), or a little below NULL.</summary>
    ErrorPointer,

    /// <summary>A value that lists leave in deleted entries (<c>LIST_POISON1</c>, <c>LIST_POISON2</c>).</summary>
    ListPoison,

    /// <summary>A byte again and again, with which freed or unused memory is filled.</summary>
    Poison,

    /// <summary>Letters: a text stands where a pointer should.</summary>
    Text,

    /// <summary>A pointer whose authentication failed (FEAT_PAuth).</summary>
    FailedAuthentication,

    /// <summary>An address of neither half.</summary>
    NonCanonical,

    /// <summary>KASAN's shadow of memory.</summary>
    KasanShadow,

    /// <summary>KASAN's shadow of an address that has none: the access was checked before it was made.</summary>
    KasanShadowOfNothing,

    /// <summary>The linear map of all memory.</summary>
    LinearMap,

    /// <summary>Compiled BPF programs.</summary>
    Bpf,

    /// <summary>Modules.</summary>
    Modules,

    /// <summary>The kernel's own image.</summary>
    Image,

    /// <summary>vmalloc, ioremap, stacks, and the image.</summary>
    Vmalloc,

    /// <summary>The fixmap.</summary>
    Fixmap,

    /// <summary>PCI I/O space.</summary>
    PciIo,

    /// <summary>The array of <c>struct page</c>.</summary>
    PageArray,

    /// <summary>The kernel's half, between its regions.</summary>
    Hole,
}
