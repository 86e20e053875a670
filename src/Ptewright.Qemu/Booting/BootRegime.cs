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
public sealed record BootRegime(
    TableGeometry Geometry,
    OutputAddressFormat Format,
    PhysicalAddress Root,
    PhysicalAddress Start,
    MemoryLayout Memory,
    ulong MappedBytes,
    IReadOnlyList<BootResult> Results);
