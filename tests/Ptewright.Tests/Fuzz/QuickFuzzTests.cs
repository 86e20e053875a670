using System.Diagnostics;
using System.Runtime.InteropServices;
using Ptewright.Fuzz;
using Ptewright.Memory;

namespace Ptewright.Tests.Fuzz;

/// <summary>The fuzzer itself, for a moment: every target, native memory between guard pages, in a process of its own that an access outside ends.</summary>
public sealed class QuickFuzzTests
{
    public static TheoryData<string> All => [.. Targets.All.Select(target => target.Name)];

    [Fact]
    public void Every_reader_stays_inside_its_memory()
    {
        (int code, string output) = Run("run", "--inputs", "60");
        Assert.True(code == 0, output);
        Assert.StartsWith("Blocks of native memory are guarded.", output, StringComparison.Ordinal);
        Assert.All(Targets.All, target => Assert.Contains($"{target.Name}: done: 60 inputs, ", output, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Every_target_accepts_some_inputs_and_refuses_others_and_an_input_is_made_of_its_number_alone(string name)
    {
        FuzzTarget target = Targets.Find(name)!;
        Campaign first = new(target, 7, TextWriter.Null, null);
        Campaign second = new(target, 7, TextWriter.Null, null);
        Assert.Equal(first.Make(41), second.Make(41));
        Assert.NotEqual(first.Make(41), first.Make(42));

        int accepted = 0;
        int refused = 0;
        for (int i = 0; (accepted == 0 || refused == 0) && i < 2000; i++)
        {
            _ = target.Run(first.Make(i)) is null ? accepted++ : refused++;
        }

        Assert.True(accepted > 0 && refused > 0, $"{accepted} accepted, {refused} refused");
    }

    [Fact]
    public void Another_exception_is_a_finding_with_the_number_of_the_input()
    {
        FuzzTarget target = new("breaks", random => [(byte)random.Next(4)], input =>
        {
            _ = input[0] switch { 0 => throw new FormatException(), 1 => throw new InvalidInputException("no."), _ => 0 };
        });
        using StringWriter output = new();
        Campaign campaign = new(target, 1, output, null);
        campaign.Run(5, 20, TestContext.Current.CancellationToken);
        long broken = Enumerable.Range(5, 20).First(number => campaign.Make(number)[0] == 0);
        Assert.InRange(campaign.Findings, 1, 10);
        Assert.Contains($"breaks: input {broken} of seed 1 (1 bytes) did not end well:", output.ToString(), StringComparison.Ordinal);
    }

    private static (int Code, string Output) Run(params string[] arguments)
    {
        string dotnet = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));
        ProcessStartInfo start = new(dotnet, [Path.Combine(AppContext.BaseDirectory, "Ptewright.Fuzz.dll"), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment[NativeBlock.GuardVariable] = "1";
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + error.GetAwaiter().GetResult());
    }
}
