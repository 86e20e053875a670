using Ptewright.Booting;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.Boot;

/// <summary>One strategy: created as often as asked for, checked once, reported.</summary>
/// <typeparam name="TGranule">The granule.</typeparam>
internal static unsafe class Trial<TGranule>
    where TGranule : struct, IGranule
{
    /// <summary>Runs it.</summary>
    /// <param name="bench">The regime and the plan.</param>
    /// <param name="strategy">The strategy.</param>
    /// <param name="arguments">How often, and how much is checked.</param>
    /// <param name="features">What the CPU has.</param>
    /// <param name="hasDigest">Whether an earlier strategy of this regime left its digest.</param>
    /// <param name="digest">That digest; all must be the same.</param>
    /// <param name="trial">What was measured.</param>
    /// <returns>Whether everything was as it must be.</returns>
    public static bool Run(
        in Bench bench,
        BootStrategy strategy,
        in BootArguments arguments,
        in CpuFeatures features,
        ref bool hasDigest,
        ref TableDigest digest,
        out TrialResult trial)
    {
        trial = default;
        CreationResult result = default;
        ulong* ticks = stackalloc ulong[BootArguments.MaxRepeat];
        bool passed = true;
        for (int i = 0; i < arguments.Repeat; i++)
        {
            FailureCode code = Dirt<TGranule>.Spread(bench);
            if (code != FailureCode.None)
            {
                Report.Failure(bench.Regime, code);
                return false;
            }

            result.Watch = new Stopwatch(features);
            Creation<TGranule>.Run(bench, strategy, ref result);
            if (result.Failure.Code != FailureCode.None)
            {
                bench.ReturnToLiveRoot();
                Report.Failure(bench.Regime, strategy, result.Failure);
                return false;
            }

            Insert(ticks, i, result.Watch.Ticks);
            trial.CyclesMin = Least(i, trial.CyclesMin, result.Watch.Cycles);
            trial.InstructionsMin = Least(i, trial.InstructionsMin, result.Watch.RetiredInstructions);
            if (i == 0)
            {
                passed = Verifier.Check(bench, arguments.Verification, out trial.PagesVerified, out trial.Digest, out trial.IdentityDigest);
            }

            bench.ReturnToLiveRoot();
        }

        if (hasDigest && trial.Digest != digest)
        {
            Output.Line("ptewright-boot: these tables are not the same as those of the strategies before");
            passed = false;
        }

        digest = hasDigest ? digest : trial.Digest;
        hasDigest = true;
        trial.TicksMin = ticks[0];
        trial.TicksMedian = ticks[arguments.Repeat / 2];
        trial.Passed = passed;
        Report.Result(bench, strategy, result, trial);
        return passed;
    }

    private static ulong Least(int index, ulong least, ulong value) => index == 0 || value < least ? value : least;

    private static void Insert(ulong* sorted, int count, ulong value)
    {
        int at = count;
        for (; at > 0 && sorted[at - 1] > value; at--)
        {
            sorted[at] = sorted[at - 1];
        }

        sorted[at] = value;
    }
}

/// <summary>What is reported of a trial besides its last creation.</summary>
internal struct TrialResult
{
    /// <summary>Ticks of the fastest creation.</summary>
    public ulong TicksMin;

    /// <summary>The median; the upper one of an even number.</summary>
    public ulong TicksMedian;

    /// <summary>CPU cycles of the best creation; 0 without a counter.</summary>
    public ulong CyclesMin;

    /// <summary>Retired instructions of the best creation; 0 without a counter.</summary>
    public ulong InstructionsMin;

    /// <summary>Translations compared.</summary>
    public ulong PagesVerified;

    /// <summary>The digest over all table pages.</summary>
    public TableDigest Digest;

    /// <summary>The same of the identity map that the plan makes, if it makes one.</summary>
    public TableDigest IdentityDigest;

    /// <summary>Whether everything was as it must be.</summary>
    public bool Passed;
}
