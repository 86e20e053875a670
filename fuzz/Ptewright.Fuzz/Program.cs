using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Ptewright.Memory;
using SharpFuzz;
using SharpFuzz.Common;

namespace Ptewright.Fuzz;

/// <summary>Runs targets over inputs of its own making, under a fuzzer, or over files.</summary>
internal static unsafe class Program
{
    private const string Usage = """
        Usage: Ptewright.Fuzz run [--inputs N] [--first N] [--seed N] [--current FILE] [TARGET]...
               Ptewright.Fuzz make TARGET NUMBER [--seed N]     writes an input to standard output
               Ptewright.Fuzz targets                           lists the targets
               Ptewright.Fuzz TARGET [FILE]...                  over files; without them under a fuzzer, or once over standard input
        """;

    private const int TraceLength = 64 << 10;

    private static int Main(string[] args)
    {
        if (args is ["run", .. string[] options])
        {
            return Run(options);
        }

        if (args is ["targets"])
        {
            Console.WriteLine(string.Join(' ', Targets.All.Select(known => known.Name)));
            return 0;
        }

        if (args is ["make", string name, string number, .. string[] rest] && Targets.Find(name) is { } made && long.TryParse(number, CultureInfo.InvariantCulture, out long index)
            && TryReadOptions(rest, out Options seedOnly))
        {
            using Stream output = Console.OpenStandardOutput();
            output.Write(new Campaign(made, seedOnly.Seed, TextWriter.Null, null).Make(index));
            return 0;
        }

        if (args.Length == 0 || Targets.Find(args[0]) is not { } target)
        {
            Console.Error.WriteLine(Usage);
            Console.Error.WriteLine($"Targets: {string.Join(", ", Targets.All.Select(known => known.Name))}");
            return 1;
        }

        if (args.Length > 1)
        {
            // Each file once: shows what becomes of a corpus, or of a crash. Instrumented code writes its trace somewhere even so.
            Trace.SharedMem = (byte*)NativeMemory.AllocZeroed(TraceLength);
            foreach (string file in args.AsSpan(1))
            {
                Console.WriteLine($"{file}: {target.Run(File.ReadAllBytes(file)) ?? "accepted"}");
            }
        }
        else if (Environment.GetEnvironmentVariable("__LIBFUZZER_SHM_ID") is not null)
        {
            Fuzzer.LibFuzzer.Run(input => _ = target.Run(input));
        }
        else
        {
            // Under AFL's fork server again and again; without it once, over standard input.
            Fuzzer.OutOfProcess.Run(stream =>
            {
                using MemoryStream input = new();
                stream.CopyTo(input);
                _ = target.Run(input.GetBuffer().AsSpan(0, (int)input.Length));
            });
        }

        return 0;
    }

    private static int Run(string[] args)
    {
        if (!TryReadOptions(args, out Options options))
        {
            Console.Error.WriteLine(Usage);
            return 1;
        }

        using CancellationTokenSource stop = new();
        using PosixSignalRegistration interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using PosixSignalRegistration ended = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using SafeFileHandle? current = options.Current is { } path ? File.OpenHandle(path, FileMode.Create, FileAccess.Write, FileShare.Read) : null;
        Console.Out.WriteLine($"Blocks of native memory are {(NativeBlock.IsGuarded ? "guarded" : $"not guarded: {NativeBlock.GuardVariable}=1 guards them")}.");
        int findings = 0;
        foreach (FuzzTarget target in options.Targets)
        {
            Campaign campaign = new(target, options.Seed, Console.Out, current);
            campaign.Run(options.First, options.Inputs, stop.Token);
            findings += campaign.Findings;
            if (stop.IsCancellationRequested)
            {
                return 130;
            }

            // A target that refuses everything tests nothing, and neither does one that refuses nothing; a few inputs say nothing of that.
            if (campaign.Inputs >= 1000 && campaign.Refused == campaign.Inputs)
            {
                Console.Out.WriteLine($"{target.Name}: every input was refused.");
                findings++;
            }
        }

        return findings == 0 ? 0 : 1;

        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.Cancel();
        }
    }

    private static bool TryReadOptions(string[] args, out Options options)
    {
        options = new Options { Targets = Targets.All };
        List<FuzzTarget> named = [];
        for (int i = 0; i < args.Length; i++)
        {
            if (Targets.Find(args[i]) is { } target)
            {
                named.Add(target);
                continue;
            }

            string value = i + 1 < args.Length ? args[i + 1] : string.Empty;
            bool isNumber = long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long number);
            switch (args[i++])
            {
                case "--inputs" when isNumber:
                    options = options with { Inputs = number };
                    break;
                case "--first" when isNumber:
                    options = options with { First = number };
                    break;
                case "--seed" when isNumber:
                    options = options with { Seed = (ulong)number };
                    break;
                case "--current" when value.Length > 0:
                    options = options with { Current = value };
                    break;
                default:
                    return false;
            }
        }

        options = named.Count > 0 ? options with { Targets = named } : options;
        return true;
    }

    private sealed record Options
    {
        public required IReadOnlyList<FuzzTarget> Targets { get; init; }

        public long Inputs { get; init; } = 10_000;

        public long First { get; init; }

        public ulong Seed { get; init; } = 1;

        public string? Current { get; init; }
    }
}
