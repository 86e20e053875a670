using System.IO.Compression;
using System.Text;
using Ptewright.Cli.Output;

namespace Ptewright.Cli.Tests;

/// <summary>What kernels themselves say of their tables (<c>/sys/kernel/debug/kernel_page_tables</c>) is what their captured tables list, byte for byte; <c>tests/data/listings/make.py</c> booted them.</summary>
public sealed class GoldenListingTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ptewright-listing-").FullName;

    /// <summary>The kernels: version, granule, size of addresses.</summary>
    public static TheoryData<string> Kernels => [.. Directory.GetDirectories(CliRun.Data("listings")).Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal)];

    /// <summary>Those without KASLR: where a random place is, a listing does not say.</summary>
    public static TheoryData<string> AtTheirPlace => [.. Kernels.Select(kernel => kernel.Data).Where(kernel => Machine(kernel)["cmdline"].Contains("nokaslr", StringComparison.Ordinal))];

    /// <summary>Those in whose linear map only the image's alias changed after it was made: code and read-only data become read-only in it, whatever the command line says.</summary>
    public static TheoryData<string> Unchanged => [.. Kernels.Select(kernel => kernel.Data).Where(kernel => Machine(kernel)["cmdline"].Contains("rodata=off", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Kernels))]
    public void A_capture_lists_as_its_kernel_listed_it(string kernel)
    {
        CliRun run = CliRun.Of("list", CliRun.Data("listings", kernel), "--format", "kernel", "--config", Config(kernel));

        Assert.Equal((ExitCode.Ok, string.Empty), (run.Code, run.Error));
        Assert.Equal(Listing(kernel), run.Out);
    }

    [Theory]
    [MemberData(nameof(AtTheirPlace))]
    public void The_predicted_map_explains_the_listing(string kernel)
    {
        string text = Path.Combine(_folder, "kernel_page_tables");
        File.WriteAllText(text, Listing(kernel));

        CliRun run = CliRun.Of(["verify", text, .. Options(kernel, Machine(kernel))]);
        Assert.True(run.Code == ExitCode.Ok, run.Out + run.Error);
        Assert.Contains(" 0 unexplained", run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Unchanged))]
    public void The_predicted_map_lists_as_the_linear_map_that_the_kernel_listed(string kernel)
    {
        CliRun run = CliRun.Of(["map", .. Options(kernel, Machine(kernel)), "--list"]);

        Assert.True(run.Code == ExitCode.Ok, run.Error);
        IEnumerable<string> predicted = LinearMap(run.Out).Select(line => line.EndsWith(" MEM/NORMAL", StringComparison.Ordinal) ? line.Replace(" RW ", " ro ", StringComparison.Ordinal) : line);
        Assert.Equal(LinearMap(Listing(kernel)), predicted);
        Assert.Contains(LinearMap(run.Out), line => line.EndsWith(" MEM/NORMAL-TAGGED", StringComparison.Ordinal));
    }

    [Fact]
    public void All_granules_and_sizes_of_addresses_are_among_them()
    {
        IEnumerable<string> all = Kernels.Select(kernel => kernel.Data);
        Assert.Superset(
            new HashSet<string>(["6.1-4k-48", "6.1-16k-48", "6.1-64k-52", "6.1-64k-52-on-48", "6.12-4k-52", "6.12-4k-52-on-48", "6.12-16k-52", "6.12-16k-52-on-48", "6.12-64k-52", "6.12-64k-52-on-48",
                "6.1-4k-39", "6.1-16k-36", "6.1-16k-47", "6.1-64k-42", "5.10-4k-48", "7.3-4k-52", "7.3-4k-52-split"]),
            all.ToHashSet());
        Assert.True(Unchanged.Count >= 6);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string[] Options(string kernel, Dictionary<string, string> machine) =>
    [
        "--kernel", machine["package"].Split(' ')[1].Split('-')[0], "--config", Config(kernel), "--symbols", CliRun.Data("listings", kernel, "System.map"), "--image-base", "0x40200000",
        "--cpu", machine["cpu"], "--memory", machine["memory"], "--cmdline", machine["cmdline"],
    ];

    private static string Config(string kernel) => CliRun.Data("listings", kernel, "config");

    private static Dictionary<string, string> Machine(string kernel) => File.ReadAllLines(CliRun.Data("listings", kernel, "machine.txt"))
        .Select(line => line.Split(' ', 2)).ToDictionary(words => words[0], words => words[1], StringComparer.Ordinal);

    private static string Listing(string kernel)
    {
        using FileStream file = File.OpenRead(CliRun.Data("listings", kernel, "kernel_page_tables.gz"));
        using GZipStream unpacked = new(file, CompressionMode.Decompress);
        using StreamReader reader = new(unpacked, Encoding.ASCII);
        return reader.ReadToEnd();
    }

    // Up to the last line that is mapped: how long the holes behind it are depends on what else is.
    private static string[] LinearMap(string listing)
    {
        string[] lines = [.. listing.Split('\n').SkipWhile(line => !line.StartsWith("---[ Linear Mapping start", StringComparison.Ordinal)).Skip(1).TakeWhile(line => !line.StartsWith("---[", StringComparison.Ordinal))];
        return lines[..(Array.FindLastIndex(lines, line => line.Contains(" MEM/", StringComparison.Ordinal)) + 1)];
    }
}
