using Ptewright.Cli.Options;
using Ptewright.Cli.Output;
using Ptewright.Simulation;

namespace Ptewright.Cli.Commands.Trace;

/// <summary>Records a build that is to be written out.</summary>
internal static class TraceRecording
{
    /// <summary>Builds and records.</summary>
    /// <param name="plan">What to build.</param>
    /// <param name="strategy">How.</param>
    /// <param name="hasRangeInvalidation">Whether the CPU has FEAT_TLBIRANGE.</param>
    /// <exception cref="MapFailureException">The engine stopped.</exception>
    /// <exception cref="UsageException">It executes more operations than a trace lists.</exception>
    public static RecordedBuild Record(LinearMapPlan plan, StrategyPreset strategy, bool hasRangeInvalidation) =>
        RecordedBuild.TryRecord(plan, strategy, hasRangeInvalidation, RecordedBuild.UsualLimit, out RecordedBuild? build, out ulong operations)
            ? build!
            : throw new UsageException(
                $"This build executes {Numbers.Count(operations)} operations, more than the {Numbers.Count(RecordedBuild.UsualLimit)} that trace lists: take a smaller --memory.");
}
