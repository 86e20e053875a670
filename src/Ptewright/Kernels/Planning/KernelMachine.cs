using Ptewright.Addressing;
using Ptewright.Firmware;
using Ptewright.Kernels.Configuration;
using Ptewright.Kernels.Cpus;
using Ptewright.Kernels.Symbols;
using Ptewright.Memory;

namespace Ptewright.Kernels.Planning;

/// <summary>What a kernel finds when it starts.</summary>
/// <param name="Memory">The memory, as firmware describes it: regions, no-map regions, and what is reserved before the kernel reserves anything.</param>
/// <param name="Cpu">The boot CPU.</param>
/// <param name="Config">The kernel's configuration.</param>
/// <param name="CommandLine">The kernel's command line.</param>
/// <param name="Image">The kernel's image, if its symbols are known; without it there is no alias and nothing but memory is mapped.</param>
/// <param name="KaslrSeed">The seed that firmware gives (<c>/chosen/kaslr-seed</c>), or null.</param>
/// <param name="InitialRamdisk">Where the boot loader put the initial ramdisk (<c>/chosen/linux,initrd-start</c>), if there is one and the command line names no other.</param>
/// <param name="Reservations">What a device tree wants reserved, if there is one; some of it the kernel has to place.</param>
/// <param name="DeviceTree">Where the boot loader put that device tree, if it is known; the kernel reserves it.</param>
/// <param name="Place">Where the image lies, if that is all that is known of it; where <paramref name="Image"/> is known it does not count.</param>
public sealed record KernelMachine(
    MemoryLayout Memory,
    CpuModel Cpu,
    KernelConfig Config,
    KernelCommandLine CommandLine,
    KernelImage? Image = null,
    ulong? KaslrSeed = null,
    (PhysicalAddress Start, ulong Size)? InitialRamdisk = null,
    ReservedMemory? Reservations = null,
    (PhysicalAddress Start, ulong Size)? DeviceTree = null,
    ImagePlace? Place = null)
{
    /// <summary>Whether free pages are unmapped. Linux: <c>debug_pagealloc_enabled</c>.</summary>
    public bool HasDebugPagealloc => Config.DebugPagealloc && (CommandLine.DebugPagealloc ?? Config.DebugPageallocDefault);
}
