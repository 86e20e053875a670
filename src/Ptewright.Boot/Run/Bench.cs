using Ptewright.Addressing;
using Ptewright.Booting;
using Ptewright.LinearMap;
using Ptewright.Memory;

namespace Ptewright.Boot;

/// <summary>One regime, ready to build in: its tables, the plan, and the memory that every build starts from.</summary>
internal unsafe struct Bench
{
    /// <summary>The image.</summary>
    public BootInfo Info;

    /// <summary>The regime.</summary>
    public TranslationRegime Regime;

    /// <summary>The image's own tables.</summary>
    public EarlyTables Tables;

    /// <summary>Memory, as found and as the last build left it; the plan.</summary>
    public Workspace Space;

    /// <summary>How many requests the plan has.</summary>
    public int RequestCount;

    /// <summary>Where the linear map lies.</summary>
    public LinearMapPlace Place;

    /// <summary>Whether the CPU has FEAT_TLBIRANGE.</summary>
    public bool HasRangeInvalidation;

    /// <summary>The plan's settings.</summary>
    public readonly TableSettings Settings => BootPlan.Settings(Regime.Geometry, Regime.Format);

    /// <summary>A CPU that executes without counting.</summary>
    public readonly El1Cpu Cpu => new(Tables.EmptyTable, Regime.Geometry, Regime.Format.IsLpa2);

    /// <summary>Forgets the tables of the last build.</summary>
    public readonly void ResetMemory() => _ = Space.Working->TryCopyFrom(*Space.Blocks);
}
