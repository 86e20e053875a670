using System.Runtime.CompilerServices;
using Ptewright.Cpu;
using Ptewright.Memory;

namespace Ptewright.LinearMap;

/// <content>The interpreter of plan steps: the only one, on the host and at EL1.</content>
internal partial struct LinearMapBuilder<TGranule, TStrategy, TAccess, TAllocator, TCpu>
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
        where TIdentity : struct, IIdentityCode
    {
        if (step.Kind != PlanStepKind.Map)
        {
            failure = RootSteps.Run(step.Kind, ref _access, ref _cpu, ref _root, ref tables);
            return failure.Code == FailureCode.None;
        }

        bool isKernels = step.Root == PlanRoot.Kernel;
        TableWindow kernel = default;
        if (!isKernels)
        {
            kernel = _root;
            _root = tables.Window(tables.IdentityRoot);
        }

        bool mapped = TryMap(step.Request, out failure);
        if (!isKernels)
        {
            _root = kernel;
        }

        return mapped;
    }
}
