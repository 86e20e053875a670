using System.Runtime.CompilerServices;
using Ptewright.Access;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.LinearMap;

/// <summary>The one place where switches that are data become types, so that the walk is compiled to straight code for each combination.</summary>
/// <typeparam name="TWork">What is done.</typeparam>
/// <typeparam name="TMemory">How physical memory is reached.</typeparam>
/// <typeparam name="TNamedOnly">Whether only the named strategies exist: no code is made for other combinations, which then do nothing.</typeparam>
internal static class StrategyDispatch<TWork, TMemory, TNamedOnly>
    where TWork : struct, IStrategyWork
    where TMemory : struct, IPhysicalMemory
    where TNamedOnly : struct, ISwitch
{
    /// <summary>Runs the work with any granule.</summary>
    /// <param name="work">The work.</param>
    /// <param name="granule">The granule.</param>
    /// <param name="switches">The strategy.</param>
    /// <param name="fixmap">The slots.</param>
    /// <param name="hasRangeInvalidation">Whether the CPU has FEAT_TLBIRANGE.</param>
    public static void Run(ref TWork work, GranuleSize granule, StrategySwitches switches, in Fixmap<TMemory> fixmap, bool hasRangeInvalidation)
    {
        switch (granule)
        {
            case GranuleSize.Size4K:
                Run<Granule4K>(ref work, switches, fixmap, hasRangeInvalidation);
                break;
            case GranuleSize.Size16K:
                Run<Granule16K>(ref work, switches, fixmap, hasRangeInvalidation);
                break;
            default:
                Run<Granule64K>(ref work, switches, fixmap, hasRangeInvalidation);
                break;
        }
    }

    /// <summary>Runs the work with a granule that is known.</summary>
    /// <typeparam name="TGranule">The granule.</typeparam>
    /// <inheritdoc cref="Run(ref TWork, GranuleSize, StrategySwitches, in Fixmap{TMemory}, bool)"/>
    public static void Run<TGranule>(ref TWork work, StrategySwitches switches, in Fixmap<TMemory> fixmap, bool hasRangeInvalidation)
        where TGranule : struct, IGranule
    {
        if ((switches & StrategySwitches.ZeroOnAllocation) != 0)
        {
            ChooseWindow<TGranule, Yes>(ref work, switches, fixmap, hasRangeInvalidation);
        }
        else
        {
            ChooseWindow<TGranule, No>(ref work, switches, fixmap, hasRangeInvalidation);
        }
    }

    private static void ChooseWindow<TGranule, TZeroing>(ref TWork work, StrategySwitches switches, in Fixmap<TMemory> fixmap, bool hasRangeInvalidation)
        where TGranule : struct, IGranule
        where TZeroing : struct, ISwitch
    {
        if ((switches & StrategySwitches.WindowPerRun) != 0)
        {
            ChooseSynchronisation<TGranule, TZeroing, Yes>(ref work, switches, fixmap, hasRangeInvalidation);
        }
        else
        {
            ChooseSynchronisation<TGranule, TZeroing, No>(ref work, switches, fixmap, hasRangeInvalidation);
        }
    }

    private static void ChooseSynchronisation<TGranule, TZeroing, TWindow>(ref TWork work, StrategySwitches switches, in Fixmap<TMemory> fixmap, bool hasRangeInvalidation)
        where TGranule : struct, IGranule
        where TZeroing : struct, ISwitch
        where TWindow : struct, ISwitch
    {
        if ((switches & StrategySwitches.SynchroniseEachEntry) != 0)
        {
            ChooseAccess<TGranule, Strategy<TZeroing, TWindow, Yes>>(ref work, switches, fixmap, hasRangeInvalidation);
        }
        else
        {
            ChooseAccess<TGranule, Strategy<TZeroing, TWindow, No>>(ref work, switches, fixmap, hasRangeInvalidation);
        }
    }

    // What is asked of the types is a constant of each instance: where the answer is no, nothing is compiled behind it.
    private static void ChooseAccess<TGranule, TStrategy>(ref TWork work, StrategySwitches switches, in Fixmap<TMemory> fixmap, bool hasRangeInvalidation)
        where TGranule : struct, IGranule
        where TStrategy : struct, IStrategy
    {
        StrategySwitches walk = (TStrategy.ZeroOnAllocation ? StrategySwitches.ZeroOnAllocation : StrategySwitches.None)
            | (TStrategy.WindowPerRun ? StrategySwitches.WindowPerRun : StrategySwitches.None)
            | (TStrategy.SynchroniseEachEntry ? StrategySwitches.SynchroniseEachEntry : StrategySwitches.None);
        if ((switches & StrategySwitches.ReachDirectly) != 0)
        {
            if (Exists(walk | StrategySwitches.ReachDirectly))
            {
                work.RunDirectly<TGranule, TStrategy>();
            }
        }
        else if ((switches & StrategySwitches.CloseLazily) != 0)
        {
            if (Exists(walk | StrategySwitches.CloseLazily))
            {
                work.Run<TGranule, TStrategy, LazyFixmapAccess<TMemory>>(new LazyFixmapAccess<TMemory>(fixmap, (GranuleSize)TGranule.PageShift, hasRangeInvalidation));
            }
        }
        else if (Exists(walk))
        {
            work.Run<TGranule, TStrategy, FixmapAccess<TMemory>>(new FixmapAccess<TMemory>(fixmap));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Exists(StrategySwitches switches) => !TNamedOnly.On || NamedStrategies.Include(switches);
}
