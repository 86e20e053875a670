using Ptewright.Addressing;
using Ptewright.Booting;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.Boot;

/// <summary>One regime, ready to build in: its tables, the plan, and the memory that every build starts from.</summary>
internal unsafe struct Bench
{
    /// <summary>The image.</summary>
    public BootInfo Info;

    /// <summary>How much of a kernel's start is done.</summary>
    public BootScope Scope;

    /// <summary>The regime.</summary>
    public TranslationRegime Regime;

    /// <summary>The image's own tables.</summary>
    public EarlyTables Tables;

    /// <summary>Memory, as found and as the last build left it; the plan.</summary>
    public Workspace Space;

    /// <summary>How many steps the plan has.</summary>
    public int StepCount;

    /// <summary>Where the linear map lies.</summary>
    public LinearMapPlace Place;

    /// <summary>Where the console's registers lie.</summary>
    public PhysicalAddress Console;

    /// <summary>Whether the CPU has FEAT_TLBIRANGE.</summary>
    public bool HasRangeInvalidation;

    /// <summary>The plan's settings.</summary>
    public readonly TableSettings Settings => BootPlan.Settings(Regime.Geometry, Regime.Format, Scope);

    /// <summary>A CPU that executes without counting.</summary>
    public readonly El1Cpu Cpu => new(Tables.EmptyTable, Regime.Geometry, Regime.Format.IsLpa2);

    /// <summary>How many steps of the plan map something.</summary>
    public readonly ulong Requests
    {
        get
        {
            ulong requests = 0;
            for (int i = 0; i < StepCount; i++)
            {
                requests += Space.Steps[i].Kind == PlanStepKind.Map ? 1UL : 0;
            }

            return requests;
        }
    }

    /// <summary>What of the linear map is mapped, in bytes.</summary>
    public readonly ulong MappedBytes
    {
        get
        {
            ulong bytes = 0;
            for (int i = 0; i < StepCount; i++)
            {
                bytes += Space.Steps[i].Phase == PlanPhase.LinearMap ? Space.Steps[i].Request.Size : 0;
            }

            return bytes;
        }
    }

    /// <summary>Forgets the tables of the last build.</summary>
    public readonly void ResetMemory() => _ = Space.Working->TryCopyFrom(*Space.Blocks);

    /// <summary>Goes back to the image's own root after a plan that made its root the live one.</summary>
    public readonly void ReturnToLiveRoot()
    {
        if (Scope == BootScope.NewRoot)
        {
            El1Cpu cpu = Cpu;
            RootSwitch.Replace(ref cpu, new ImageIdentity(Info.Offset), Tables.LiveRoot, Tables.IdentityRoot, resizesLowerHalf: false);
        }
    }
}
