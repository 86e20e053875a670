using Ptewright.Addressing;
using Ptewright.Kernels.Cpus;
using Ptewright.Kernels.Symbols;
using Ptewright.Kernels.Versions;
using Ptewright.Translation;

namespace Ptewright.Machines;

/// <summary>What a kernel's memory shows of the kernel and its machine: it takes the place of what nobody gave (<see cref="MachineDescription"/>). What is null is not known.</summary>
internal sealed record MachineInMemory
{
    /// <summary>What the kernel says that it is.</summary>
    public string? Release { get; init; }

    /// <summary>The profile for it.</summary>
    public KernelMatch? Kernel { get; init; }

    /// <summary>Its symbols, where they lie in this kernel.</summary>
    public KernelSymbols? Symbols { get; init; }

    /// <summary>Its image as it lies in memory.</summary>
    public ReadOnlyMemory<byte> Image { get; init; }

    /// <summary>Where its image begins.</summary>
    public PhysicalAddress? ImageBase { get; init; }

    /// <summary>The text of its configuration.</summary>
    public string? Configuration { get; init; }

    /// <summary>Its granule.</summary>
    public GranuleSize? Granule { get; init; }

    /// <summary>The size of addresses that it was built for, in bits.</summary>
    public int? BuiltBits { get; init; }

    /// <summary>What shows the granule; null where it is only usual.</summary>
    public string? GranuleKnown { get; init; }

    /// <summary>What shows the size of addresses; null where it is only usual.</summary>
    public string? BuiltBitsKnown { get; init; }

    /// <summary>The boot CPU.</summary>
    public CpuModel? Cpu { get; init; }

    /// <summary>Where the machine's memory is said.</summary>
    public MachineSource? Source { get; init; }

    /// <summary>Where the device tree lies, and how many bytes.</summary>
    public (PhysicalAddress Start, ulong Size)? DeviceTree { get; init; }

    /// <summary>The command line as the kernel has it.</summary>
    public string? CommandLine { get; init; }

    /// <summary>Whether the kernel got a random number, and moved itself.</summary>
    public bool IsRandomized { get; init; }

    /// <summary>What the kernel says belongs to the start of its linear region. Linux: <c>memstart_addr</c>.</summary>
    public ulong? MemoryStart { get; init; }

    /// <summary>By how much its image was moved from where it is linked. Linux: <c>kaslr_offset</c>.</summary>
    public ulong? ImageMove { get; init; }
}
