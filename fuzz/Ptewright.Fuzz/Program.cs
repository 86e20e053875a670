using System.Runtime.InteropServices;
using SharpFuzz;
using SharpFuzz.Common;

namespace Ptewright.Fuzz;

/// <summary>Runs one target under a fuzzer, or over files.</summary>
internal static unsafe class Program
{
    private const int TraceLength = 64 << 10;

    private static int Main(string[] args)
    {
        if (args.Length == 0 || !Targets.All.TryGetValue(args[0], out Targets.Read? target))
        {
            Console.Error.WriteLine("Usage: Ptewright.Fuzz TARGET [FILE]...");
            Console.Error.WriteLine($"Targets: {string.Join(", ", Targets.All.Keys)}");
            return 1;
        }

        if (args.Length > 1)
        {
            // Each file once: shows what becomes of a corpus, or of a crash. Instrumented code writes its trace somewhere even so.
            Trace.SharedMem = (byte*)NativeMemory.AllocZeroed(TraceLength);
            foreach (string file in args.AsSpan(1))
            {
                Console.WriteLine($"{file}: {Targets.Run(target, File.ReadAllBytes(file)) ?? "accepted"}");
            }
        }
        else if (Environment.GetEnvironmentVariable("__LIBFUZZER_SHM_ID") is not null)
        {
            Fuzzer.LibFuzzer.Run(input => _ = Targets.Run(target, input));
        }
        else
        {
            // Under AFL's fork server again and again; without it once, over standard input.
            Fuzzer.OutOfProcess.Run(stream =>
            {
                using MemoryStream input = new();
                stream.CopyTo(input);
                _ = Targets.Run(target, input.GetBuffer().AsSpan(0, (int)input.Length));
            });
        }

        return 0;
    }
}
