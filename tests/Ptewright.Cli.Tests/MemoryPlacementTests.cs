using System.Text.Json;
using Ptewright.Cli.Output;
using Ptewright.Tests;
using Ptewright.Tests.Discovery;
using Ptewright.Translation;

namespace Ptewright.Cli.Tests;

/// <summary>Raw memory that is said to lie elsewhere than it did: <c>inspect</c> says where, and only where a kernel proves it.</summary>
public sealed class MemoryPlacementTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    private string Raw => Path.Combine(_folder, "ram.img");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("Size4K", 48, 48, 0x8000_0000UL)]
    [InlineData("Size4K", 52, 52, 0x40_0000_0000UL)]
    [InlineData("Size4K", 39, 39, 0x1000_0000UL)]
    [InlineData("Size16K", 47, 47, 0x8000_0000UL)]
    [InlineData("Size16K", 48, 48, 0x8000_0000UL)]
    public void The_place_is_told_by_the_tables(string granule, int built, int actual, ulong start)
    {
        using (SyntheticKernel kernel = new(Shapes.Make(Enum.Parse<GranuleSize>(granule), built, actual), start, size: 64 << 20))
        {
            kernel.Save(Raw);
        }

        string expected = $"{Raw}@0x{start:x}";
        CliRun wrong = CliRun.Of("inspect", $"{Raw}@0x3000000");
        Assert.Equal(ExitCode.No, wrong.Code);
        Assert.Contains("No kernel was found", wrong.Out, StringComparison.Ordinal);
        Assert.Contains($"lie if it is {expected}.", string.Join(' ', wrong.Out.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.Equal([expected], JsonDocument.Parse(CliRun.Of("inspect", $"{Raw}@0x3000000", "--json").Out).RootElement.GetProperty("places").EnumerateArray().Select(place => place.GetString()));

        CliRun none = CliRun.Of("inspect", Raw);
        Assert.Equal(ExitCode.BadInput, none.Code);
        Assert.EndsWith($"as in {Raw}@0x40000000. The tables of a kernel in it lead to where they lie if it is {expected}.\n", none.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Ok, CliRun.Of("inspect", expected).Code);
    }

    [Fact]
    public void A_part_of_a_file_is_named_as_it_was()
    {
        using (SyntheticKernel kernel = new(Shapes.Make(GranuleSize.Size4K, 48, 48), 0x8000_0000, size: 64 << 20))
        {
            kernel.Save(Raw);
        }

        byte[] memory = File.ReadAllBytes(Raw);
        File.WriteAllBytes(Raw, [.. new byte[0x5000], .. memory, .. new byte[0x1000]]);
        Assert.Contains(
            $"{Raw}+0x5000@0x80000000:0x4000000",
            JsonDocument.Parse(CliRun.Of("inspect", $"{Raw}+5000@0x10000000:4000000", "--json").Out).RootElement.GetProperty("places").EnumerateArray().Select(place => place.GetString()));
    }

    [Fact]
    public void Where_no_kernel_is_nothing_is_said_of_places()
    {
        byte[] garbage = new byte[4 << 20];
        new Random(5).NextBytes(garbage);
        File.WriteAllBytes(Raw, garbage);
        CliRun run = CliRun.Of("inspect", Raw);
        Assert.Equal(ExitCode.BadInput, run.Code);
        Assert.EndsWith($"as in {Raw}@0x40000000.\n", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Another place", CliRun.Of("inspect", $"{Raw}@0").Out, StringComparison.Ordinal);
    }
}
