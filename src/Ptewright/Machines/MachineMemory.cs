using Ptewright.Addressing;
using Ptewright.Firmware;
using Ptewright.Kernels.Configuration;
using Ptewright.Memory;

namespace Ptewright.Machines;

/// <summary>A machine's memory and what its source says besides.</summary>
/// <param name="Layout">The memory, as firmware describes it.</param>
/// <param name="Name">What it is called: a file's name, or the text.</param>
/// <param name="CommandLine">The kernel's command line.</param>
/// <param name="KaslrSeed">The random number for address randomisation, if firmware gives one.</param>
/// <param name="Remarks">What was passed over or assumed of the memory: one sentence each.</param>
public sealed record MachineMemory(MemoryLayout Layout, string Name, KernelCommandLine CommandLine, ulong? KaslrSeed, IReadOnlyList<string> Remarks)
{
    /// <summary>Where the boot loader put the initial ramdisk, if the source says it; the size is in bytes.</summary>
    public (PhysicalAddress Start, ulong Size)? InitialRamdisk { get; init; }

    /// <summary>Where the image of the kernel lay that wrote the description, if it says it.</summary>
    public ImagePlace? Image { get; init; }

    /// <summary>What a device tree wants reserved.</summary>
    public ReservedMemory? Reservations { get; init; }

    /// <summary>What the source says of the kernel, and what of it is used: one sentence each.</summary>
    public IReadOnlyList<string> KernelRemarks { get; init; } = [];

    /// <summary>Whether it was read from a file, whose name it has.</summary>
    public bool IsFile { get; init; } = true;

    /// <summary>All remarks.</summary>
    public IEnumerable<string> AllRemarks => [.. Remarks, .. KernelRemarks];
}
