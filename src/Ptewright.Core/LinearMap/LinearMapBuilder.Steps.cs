using System.Runtime.CompilerServices;
using Ptewright.Cpu;
using Ptewright.Memory;

namespace Ptewright.LinearMap;

/// <content>The interpreter of plan steps: the only one, on the host and at EL1.</content>
public partial struct LinearMapBuilder<TGranule, TStrategy, TAccess, TAllocator, TCpu>
{
    /// <summary>Executes one step of a plan.</summary>
    /// <typeparam name="TMemory">How the image's own tables are reached.</typeparam>
    /// <typeparam name="TIdentity">How code runs from the identity map.</typeparam>
    /// <param name="step">The step.</param>
    /// <param name="tables">Where those tables lie.</param>
    /// <param name="failure">Why and where it stopped, when it did.</param>
    /// <returns>False when it stopped half-way.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryStep<TMemory, TIdentity>(in PlanStep step, ref PlanTables<TMemory, TIdentity> tables, out MapFailure failure)
        where TMemory : struct, IPhysicalMemory
        where TIdentity : struct, IIdentityCode =>
        step.Kind == PlanStepKind.Map && step.Root == PlanRoot.Kernel ? TryMap(step.Request, out failure) : TryRootStep(step, ref tables, out failure);

    // Everything that has to do with roots themselves; once in a plan each, so apart from what is done often.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryRootStep<TMemory, TIdentity>(in PlanStep step, ref PlanTables<TMemory, TIdentity> tables, out MapFailure failure)
        where TMemory : struct, IPhysicalMemory
        where TIdentity : struct, IIdentityCode
    {
        failure = default;
        switch (step.Kind)
        {
            case PlanStepKind.Map:
                TableWindow kernel = _root;
                _root = tables.Window(tables.IdentityRoot);
                bool mapped = TryMap(step.Request, out failure);
                _root = kernel;
                return mapped;
            case PlanStepKind.OpenRoot:
                FailureCode code = _access.Open(ref _cpu, TableSlot.Pgd, _settings.Geometry.RootLevel, tables.Root, out TableWindow opened);
                if (code != FailureCode.None)
                {
                    failure = new MapFailure(code, default, _settings.Geometry.RootLevel, default);
                    return false;
                }

                _root = opened;
                return true;
            case PlanStepKind.CloseRoot:
                _access.Close(ref _cpu, _root);
                _root = tables.Window(tables.Root);
                return true;
            case PlanStepKind.LinkFixmap:
                failure = FixmapLink.Link(ref _access, ref _cpu, _root, tables.Tree, tables.LiveRoot, tables.Slots);
                return failure.Code == FailureCode.None;
            default:
                RootSwitch.Replace(ref _cpu, tables.Identity, tables.Root, tables.SwitchRoot, tables.SwitchResizesLowerHalf);
                if (tables.TemporaryRoot.Value != 0)
                {
                    // The switch took the lower half; what comes now is written through the temporary map again.
                    TemporaryMap.Reinstall(ref _cpu, tables.TemporaryRoot);
                }

                return true;
        }
    }
}
