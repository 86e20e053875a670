using Ptewright.Addressing;

namespace Ptewright.Memory;

/// <summary>Physical memory as the engine reaches it: the only thing besides <see cref="Cpu.ICpu"/> that differs between host and EL1.</summary>
internal unsafe interface IPhysicalMemory
{
    /// <summary>A pointer to memory that is always reachable: the static tables of the kernel image, and on the host everything.</summary>
    /// <param name="address">The physical address.</param>
    /// <remarks>Linux: <c>__phys_to_kimg</c> for tables inside the image.</remarks>
    void* At(PhysicalAddress address);

    /// <summary>A pointer to <paramref name="address"/> by way of the virtual address that currently maps it.</summary>
    /// <param name="window">Where it is mapped: a fixmap slot, or a direct mapping. At EL1 this is the pointer.</param>
    /// <param name="address">The physical address. On the host this is what is looked up.</param>
    void* Through(VirtualAddress window, PhysicalAddress address);
}
