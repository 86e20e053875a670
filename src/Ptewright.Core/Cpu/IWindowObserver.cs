using Ptewright.Addressing;

namespace Ptewright.Cpu;

/// <summary>Who is told when a table becomes reachable and when it is no more. Costs nothing on a CPU.</summary>
internal interface IWindowObserver
{
    /// <summary>Told after a window was mapped through a fixmap slot.</summary>
    void OnMapped(in TableWindow window);

    /// <summary>Told when a fixmap slot's entry was cleared; its invalidation follows.</summary>
    void OnUnmapped(TableSlot slot, VirtualAddress address);
}
