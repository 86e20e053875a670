using System.Text.Json;
using Ptewright.Captures;
using Ptewright.Cli.Output;
using Ptewright.Images;
using Ptewright.Tests;
using Ptewright.Tests.Discovery;
using Ptewright.Translation;

namespace Ptewright.Cli.Tests;

/// <summary><c>bench dump</c>: exactly the pages that tables lie in are unpacked beside the list.</summary>
public sealed class BenchDumpTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;
    private readonly SyntheticKernel _kernel = new(Shapes.Make(GranuleSize.Size4K, 48, 48), size: 16 << 20, hasCoreInfo: true);

    public void Dispose()
    {
        _kernel.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("Zlib")]
    [InlineData("Lzo")]
    public void The_pages_of_all_tables_are_unpacked_and_no_others(string packing)
    {
        string dump = SyntheticDumps.Kdump(_folder, _kernel, packing: Enum.Parse<PagePacking>(packing));
        CliRun run = CliRun.Of("bench", "dump", dump, "--repeat", "1", "--json");
        Assert.Equal(ExitCode.Ok, run.Code);
        JsonElement measured = JsonDocument.Parse(run.Out).RootElement;

        // The folder of a capture has each table's page once, in the upper half.
        string folder = Path.Combine(_folder, "tables");
        Assert.Equal(ExitCode.Ok, CliRun.Of("capture", dump, "-o", folder).Code);
        using MemoryImage captured = MemorySource.Open(folder);
        long pages = captured.Segments.Sum(segment => (long)segment.Size) >> 12;
        Assert.Equal((pages, pages), (measured.GetProperty("tables").GetInt64(), measured.GetProperty("pages").GetInt64()));
        Assert.True(measured.GetProperty("packedBytes").GetInt64() < pages << 12);
        Assert.Contains("list / unpacking", CliRun.Of("bench", "dump", dump, "--repeat", "1").Out, StringComparison.Ordinal);
    }

    [Fact]
    public void A_source_that_is_not_packed_is_refused()
    {
        string raw = Path.Combine(_folder, "ram.img");
        _kernel.Save(raw);
        CliRun run = CliRun.Of("bench", "dump", $"{raw}@0x40000000");
        Assert.Equal((ExitCode.BadInput, $"ptewright: '{raw}@0x40000000' is no kdump-compressed dump, so nothing of it has to be unpacked.\n"), (run.Code, run.Error));
    }
}
