namespace Ptewright.Cpu;

/// <summary>What executes barriers, TLB invalidations and writes of the translation table base registers.</summary>
/// <remarks>The engine asks by the instruction's name: <see cref="MaintenanceInstructions"/>.</remarks>
internal interface IMaintenance
{
    /// <summary>Executes one instruction.</summary>
    /// <param name="kind">Which. Callers name it as a constant, so that an implementation that is inlined keeps only what it does for that one.</param>
    /// <param name="target">What it is about; the default where the instruction has no operand.</param>
    void Execute(MaintenanceKind kind, MaintenanceTarget target);
}
