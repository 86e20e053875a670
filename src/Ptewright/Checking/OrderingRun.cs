namespace Ptewright.Checking;

/// <summary>Who acts in a step of a run.</summary>
internal enum OrderingActor
{
    /// <summary>The CPU that writes the tables: the next instruction of its program.</summary>
    Writer,

    /// <summary>A table walker, of that CPU or of another one, at a moment of its own choice.</summary>
    Walker,

    /// <summary>Nobody: here the barrier or invalidation would stand that is left out.</summary>
    LeftOut,
}

/// <summary>One step of a run.</summary>
/// <param name="Event">The number of the event in the scenario, from 1 on; of a walker's step, the event after which it happens.</param>
/// <param name="Actor">Who acts.</param>
/// <param name="Text">What happens.</param>
internal sealed record OrderingStep(int Event, OrderingActor Actor, string Text);

/// <summary>A run that breaks a rule: only the steps that it takes, in order. Everything between them happens as the program says and changes nothing.</summary>
/// <param name="Rule">The rule that is broken.</param>
/// <param name="Steps">The steps; the last one is the one that goes wrong.</param>
internal sealed record OrderingRun(OrderingRule Rule, IReadOnlyList<OrderingStep> Steps);
