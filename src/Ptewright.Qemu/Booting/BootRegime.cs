using Ptewright.Addressing;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.Booting;

/// <summary>One granule and address size at EL1: the plan's outline, and the results of its strategies.</summary>
/// <param name="Geometry">The shape of the tables.</param>
/// <param name="Format">The address format of descriptors.</param>
/// <param name="Root">Where the root lies that strategies build: inside the image.</param>
/// <param name="Start">The physical address at the start of the linear map.</param>
/// <param name="Memory">Memory and reservations as the image used them.</param>
/// <param name="MappedBytes">What the plan maps.</param>
/// <param name="Results">The strategies, in the order in which they ran.</param>
internal sealed record BootRegime(
    TableGeometry Geometry,
    OutputAddressFormat Format,
    PhysicalAddress Root,
    PhysicalAddress Start,
    MemoryLayout Memory,
    ulong MappedBytes,
    IReadOnlyList<BootResult> Results)
{
    /// <summary>What the plan needs to know of a root that it builds aside; null when it makes the linear map alone.</summary>
    public BootNewRoot? NewRoot { get; init; }

    /// <summary>How much of a kernel's start was done.</summary>
    public BootScope Scope => NewRoot is null ? BootScope.LinearMap : BootScope.NewRoot;
}

/// <summary>What a plan with a root of its own depends on: all of it inside the image.</summary>
/// <param name="CodeEnd">The first byte behind the image's code and constants.</param>
/// <param name="Virtual">Where the image runs.</param>
/// <param name="IdentityRoot">Where the root of the identity map lies that the plan makes.</param>
/// <param name="FixmapTables">Where the fixmap's own tables lie, one page after the other.</param>
internal sealed record BootNewRoot(PhysicalAddress CodeEnd, VirtualAddress Virtual, PhysicalAddress IdentityRoot, PhysicalAddress FixmapTables);
