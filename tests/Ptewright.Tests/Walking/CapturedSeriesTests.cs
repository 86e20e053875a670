using Ptewright.Captures;
using Ptewright.Firmware;
using Ptewright.Kernels.Configuration;
using Ptewright.Kernels.Cpus;
using Ptewright.Kernels.Planning;
using Ptewright.Kernels.Symbols;
using Ptewright.Kernels.Versions;
using Ptewright.Tests.Kernels;
using Ptewright.Verifying;

namespace Ptewright.Tests.Walking;

/// <summary>One kernel of each series that Debian ships, on different machines: its captured tables are as predicted, with its symbols and a distribution's configuration.</summary>
/// <remarks><c>tests/data/captures/make.py</c> booted them; machine.txt says on what.</remarks>
public sealed class CapturedSeriesTests
{
    // Those that machine.txt is missing for are CapturedKernelTests's.
    public static TheoryData<string> Series => [.. Directory.GetDirectories(SampleKernels.PathOf("captures"))
        .Where(folder => File.Exists(Path.Combine(folder, "machine.txt"))).Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Series))]
    public void Its_linear_map_is_the_predicted_one(string kernel)
    {
        Dictionary<string, string> told = File.ReadAllLines(SampleKernels.PathOf("captures", kernel, "machine.txt"))
            .Select(line => line.Split(' ', 2)).ToDictionary(words => words[0], words => words[1], StringComparer.Ordinal);
        string symbols = SampleKernels.PathOf("captures", kernel, "System.map");
        KernelMatch match = KernelProfiles.For(told["kernel"]);
        KernelMachine machine = new(
            MemorySpec.Parse(told["memory"]),
            CpuModel.Parse(told["cpu"]),
            match.Profile.ReadDefaultConfig(),
            KernelCommandLine.Parse(told["cmdline"]),
            SystemMap.Read(File.Exists(symbols) ? symbols : SampleKernels.PathOf("symbols", $"System.map-{kernel}")).ImageAt(SampleKernels.ImageBase));
        using TableFolder capture = new(SampleKernels.PathOf("captures", kernel));
        MapVerification verification = MapVerifier.Verify(capture, capture.Registers, machine, match.Profile.Plan(machine, KernelScope.PagingInit));

        Assert.True(
            verification.Unexplained == 0,
            string.Join('\n', verification.Differences.Where(difference => difference.Explanation is null).Select(difference => $"{difference.Start} {difference.PredictedText} {difference.FoundText}")));
        Assert.NotEmpty(verification.Differences);
        Assert.True(verification.TablePagesPredicted > 0);
        Assert.Equal(verification.TablePagesPredicted, verification.TablePagesAtPredictedAddress);
        Assert.StartsWith($"linux-{kernel.Split('-')[0]}", match.Profile.Name, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_series_is_among_them() => Assert.Superset(
        new HashSet<string>(["5.10", "6.16", "6.17", "6.18", "6.19", "7.0", "7.1", "7.2", "7.3"]),
        Series.Select(kernel => kernel.Data.Split('-')[0]).ToHashSet());
}
