using Ptewright.Addressing;
using Ptewright.Texts;

namespace Ptewright.Machines;

/// <summary>A machine that was booted to be read: what its kernel got takes the place of what is said about memory and command line.</summary>
/// <param name="DeviceTree">The file of the device tree that its kernel got.</param>
/// <param name="Version">What its kernel says it is; null when it does not say.</param>
/// <param name="Tree">Where that tree lies in its memory, and how many bytes; null when that is not known.</param>
public sealed record BootedMachine(string DeviceTree, LinuxVersion? Version, (PhysicalAddress Start, ulong Size)? Tree = null);
