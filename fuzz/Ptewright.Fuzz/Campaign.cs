using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Ptewright.Memory;

namespace Ptewright.Fuzz;

/// <summary>Runs a target over many inputs, each made from the seed and its number alone, so that every one of them can be made again.</summary>
internal sealed class Campaign(FuzzTarget target, ulong seed, TextWriter output, SafeFileHandle? current)
{
    /// <summary>An input may allocate so many managed bytes.</summary>
    private const long MostAllocated = 512 << 20;

    /// <summary>After so many findings a target is left.</summary>
    private const int MostFindings = 10;

    private static readonly TimeSpan _betweenReports = TimeSpan.FromSeconds(10);

    // Nothing takes so long: then what is under way is said and the process ends.
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    private long _number;
    private long _started;

    /// <summary>How many inputs were run.</summary>
    public long Inputs { get; private set; }

    /// <summary>How many of them were refused.</summary>
    public long Refused { get; private set; }

    /// <summary>How many ended in any other way than with a sentence or a result that makes sense.</summary>
    public int Findings { get; private set; }

    /// <summary>Runs inputs.</summary>
    /// <param name="first">The number of the first one.</param>
    /// <param name="count">How many.</param>
    /// <param name="stop">Ends it early.</param>
    public void Run(long first, long count, CancellationToken stop)
    {
        using Timer watchdog = new(_ => Watch(), null, _patience, _patience / 4);
        long began = Stopwatch.GetTimestamp();
        long reported = began;
        Span<byte> mark = stackalloc byte[8];
        for (long i = first; i < first + count && Findings < MostFindings && !stop.IsCancellationRequested; i++)
        {
            if (current is not null)
            {
                BinaryPrimitives.WriteInt64LittleEndian(mark, i);
                RandomAccess.Write(current, mark, 0);
            }

            Volatile.Write(ref _started, Stopwatch.GetTimestamp());
            Volatile.Write(ref _number, i);
            RunOne(i);
            Inputs++;
            if (Stopwatch.GetElapsedTime(reported) > _betweenReports)
            {
                reported = Stopwatch.GetTimestamp();
                Report("so far", Stopwatch.GetElapsedTime(began));
            }
        }

        Volatile.Write(ref _started, 0);
        RefuseLeak();
        Report(stop.IsCancellationRequested ? "interrupted" : "done", Stopwatch.GetElapsedTime(began));
    }

    /// <summary>Makes an input.</summary>
    /// <param name="number">Its number.</param>
    public byte[] Make(long number)
    {
        // The mixing step of SplitMix64: neighbouring numbers give seeds that have nothing to do with each other.
        ulong mixed = seed + ((ulong)(number + 1) * 0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)) * 0xbf58_476d_1ce4_e5b9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94d0_49bb_1331_11eb;
        return target.Make(new Random((int)(mixed ^ (mixed >> 31))));
    }

    private void RunOne(long number)
    {
        byte[] input = [];
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            input = Make(number);
            string? refusal = target.Run(input);
            Refused += refusal is null ? 0 : 1;
            FuzzTarget.Require(refusal is not { Length: 0 }, "without a sentence");
            allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
            FuzzTarget.Require(allocated < MostAllocated, $"{allocated} bytes were allocated for it");
        }
#pragma warning disable CA1031 // Whatever it is, it is a finding, and the next input is run.
        catch (Exception problem)
#pragma warning restore CA1031
        {
            Findings++;
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{target.Name}: input {number} of seed {seed} ({input.Length} bytes) did not end well:\n{problem}"));
        }
    }

    private void RefuseLeak()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        if (NativeBlock.BytesInUse != 0)
        {
            Findings++;
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{target.Name}: {NativeBlock.BytesInUse} bytes of native memory are still held."));
        }
    }

    private void Report(string when, TimeSpan taken) => output.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{target.Name}: {when}: {Inputs} inputs, {Inputs - Refused - Findings} accepted, {Refused} refused, {Findings} findings; {Inputs / Math.Max(taken.TotalSeconds, 0.001):0} a second"));

    private void Watch()
    {
        long started = Volatile.Read(ref _started);
        if (started != 0 && Stopwatch.GetElapsedTime(started) > _patience)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{target.Name}: input {Volatile.Read(ref _number)} of seed {seed} takes longer than {_patience.TotalSeconds:0} seconds."));
            output.Flush();
            Environment.Exit(1);
        }
    }
}
