using Ptewright.Addressing;
using Ptewright.Memory;

namespace Ptewright.Boot;

/// <summary>Physical memory as the image reaches it: its own pages where it is linked, all else through the window that is open.</summary>
internal readonly unsafe struct ImageMemory : IPhysicalMemory
{
    private readonly ulong _offset;

    /// <summary>Reaches static tables at their physical address plus <paramref name="offset"/>.</summary>
    public ImageMemory(VirtualAddress offset) => _offset = offset.Value;

    /// <inheritdoc/>
    public void* At(PhysicalAddress address) => (void*)(address.Value + _offset);

    /// <inheritdoc/>
    public void* Through(VirtualAddress window, PhysicalAddress address) => (void*)window.Value;
}
