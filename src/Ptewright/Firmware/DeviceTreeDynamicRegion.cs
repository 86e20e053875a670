namespace Ptewright.Firmware;

/// <summary>A node of <c>/reserved-memory</c> that gives only a size: the kernel places it, so it is in no layout.</summary>
/// <param name="Name">The name of the node.</param>
/// <param name="Size">The length in bytes.</param>
/// <param name="Alignment">The alignment in bytes, 0 when the node asks for none.</param>
/// <param name="NoMap">Whether it must not be mapped.</param>
public sealed record DeviceTreeDynamicRegion(string Name, ulong Size, ulong Alignment, bool NoMap);
