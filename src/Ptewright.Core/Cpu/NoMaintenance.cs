using Ptewright.Addressing;

namespace Ptewright.Cpu;

/// <summary>Executes nothing and watches nothing: for memory that nobody translates through.</summary>
internal readonly struct NoMaintenance : IMaintenance, IWindowObserver
{
    /// <inheritdoc/>
    public void Execute(MaintenanceKind kind, MaintenanceTarget target)
    {
    }

    /// <inheritdoc/>
    public void OnMapped(in TableWindow window)
    {
    }

    /// <inheritdoc/>
    public void OnUnmapped(TableSlot slot, VirtualAddress address)
    {
    }
}
