using Ptewright.Access;
using Ptewright.Translation;

namespace Ptewright.LinearMap;

/// <summary>What is to be done with a strategy, once its types are chosen: <see cref="StrategyDispatch{TWork, TMemory, TNamedOnly}"/>.</summary>
internal interface IStrategyWork
{
    /// <summary>Does it through fixmap slots.</summary>
    /// <typeparam name="TGranule">The granule.</typeparam>
    /// <typeparam name="TStrategy">The walk's switches.</typeparam>
    /// <typeparam name="TAccess">How tables are reached.</typeparam>
    /// <param name="access">How tables are reached.</param>
    void Run<TGranule, TStrategy, TAccess>(TAccess access)
        where TGranule : struct, IGranule
        where TStrategy : struct, IStrategy
        where TAccess : struct, ITableAccess;

    /// <summary>Does it without slots; how tables are reached then, the work itself knows.</summary>
    /// <typeparam name="TGranule">The granule.</typeparam>
    /// <typeparam name="TStrategy">The walk's switches.</typeparam>
    void RunDirectly<TGranule, TStrategy>()
        where TGranule : struct, IGranule
        where TStrategy : struct, IStrategy;
}
