using Ptewright.LinearMap;

namespace Ptewright.Checking;

/// <summary>What a late writer does.</summary>
internal enum RaceWork
{
    /// <summary>Maps memory that was added. Linux: <c>arch_add_memory</c>.</summary>
    AddMemory,

    /// <summary>Changes the protection of memory that is mapped. Linux: <c>update_mapping_prot</c>, as <c>mark_rodata_ro</c> calls it.</summary>
    ChangeProtection,
}

/// <summary>The task of one writer.</summary>
/// <param name="Work">What it does.</param>
/// <param name="Request">The range, and its leaves.</param>
internal sealed record RaceTask(RaceWork Work, MapRequest Request);
