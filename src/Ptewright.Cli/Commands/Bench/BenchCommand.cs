using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Ptewright.Cli.Options;
using Ptewright.Cli.Output;
using Ptewright.Firmware;
using Ptewright.Simulation;

namespace Ptewright.Cli.Commands.Bench;

/// <summary><c>ptewright bench build</c>: how fast tables are built here, against a plain fill of the same memory.</summary>
internal sealed class BenchCommand
{
    // 1 GiB to 16 TiB.
    private static readonly ulong[] _sizes = [.. Enumerable.Range(30, 15).Select(shift => 1UL << shift)];

    private readonly Option<string> _memory = new("--memory")
    {
        Description = "The memory to map: a size (decimal), optionally at an address (hexadecimal).",
        HelpName = "SIZE[@BASE]",
        DefaultValueFactory = _ => "512G",
    };

    private readonly Option<int> _repeat = new("--repeat")
    {
        Description = "How many rounds; the median is shown.",
        HelpName = "N",
        CustomParser = NumberOption.Parse,
        DefaultValueFactory = _ => 7,
    };

    private readonly Option<bool> _scale = new("--scale")
    {
        Description = "Also build 1 GiB to 16 TiB in single 4K pages: level-3 tables beyond 1 GiB of them are written, counted and reused.",
    };

    private readonly Option<bool> _json = new("--json") { Description = "Write JSON." };
    private readonly TableOptions _tables = new();
    private readonly Terminal _terminal;

    private BenchCommand(Terminal terminal) => _terminal = terminal;

    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal)
    {
        BenchCommand self = new(terminal);
        DocumentedCommand build = new(
            "build",
            "Builds the tables of a large memory (single-map, counting on, one thread) and fills the same memory with plain vector stores.",
            ("ptewright bench build", "The tables of 512 GiB in 4K pages: 1 GiB of tables."),
            ("ptewright bench build --memory 64G --repeat 3", "Smaller and sooner."),
            ("ptewright bench build --scale", "Does the cost grow linearly, up to 16 TiB?"),
            ("ptewright bench build --json", "For a program to read."))
        {
            self._memory,
            self._repeat,
            self._scale,
        };
        self._tables.AddTo(build);
        build.Options.Add(self._json);
        build.SetAction(self.Run);
        return new Command("bench", "Measures the engine on this computer.") { build, BenchWalkCommand.Create(terminal), BenchDumpCommand.Create(terminal) };
    }

    private int Run(ParseResult parsed)
    {
        int rounds = parsed.GetValue(_repeat);
        if (rounds is < 1 or > 1000)
        {
            throw new UsageException($"{rounds} rounds cannot be measured; --repeat takes 1 to 1000.");
        }

        TableChoice shape = _tables.Read(parsed);
        LinearMapPlan plan = LinearMapPlan.ForMemory(
            MemorySpec.Parse(parsed.GetValue(_memory)!, shape.Geometry.Granule), shape.Geometry, shape.WideAddresses, shape.Flags);
        bool scale = parsed.GetValue(_scale);
        (BuildMeasurement measured, List<ScalingPoint> scaling) = _terminal.WithProgress(report =>
        {
            report.Show("building and filling in turn");
            BuildMeasurement result = BuildBenchmark.Run(plan, rounds);
            List<ScalingPoint> points = [];
            foreach (ScalingPoint point in scale ? ScalingBenchmark.Run(_sizes) : [])
            {
                report.Show($"built the tables of {point.MemoryBytes >> 30} GiB");
                points.Add(point);
            }

            return (result, points);
        });
        if (parsed.GetValue(_json))
        {
            _terminal.Out.Flush();
            JsonSerializer.Serialize(_terminal.Stream, BenchJson.Of(measured, scaling), CliJson.TypeOf<BenchJson>(BenchJsonCode.Default));
            _terminal.Out.WriteLine();
        }
        else
        {
            WriteText(measured, scaling);
        }

        return ExitCode.Ok;
    }

    private void WriteText(BuildMeasurement measured, List<ScalingPoint> scaling)
    {
        TextWriter output = _terminal.Out;
        output.WriteLine(Text($"Tables of {measured.MemoryBytes >> 30:n0} GiB: {measured.Tables:n0} tables ({measured.TableBytes >> 20:n0} MiB), {measured.Pages:n0} entries"));
        output.WriteLine(Text($"  build (single-map, counting)  {measured.BuildMilliseconds,8:f1} ms   {measured.BuildMilliseconds * 1e6 / measured.Tables:f0} ns a table"));
        output.WriteLine(Text($"  plain vector fill             {measured.FillMilliseconds,8:f1} ms"));
        output.WriteLine(Text($"  build / fill                  {measured.Ratio,8:f2}"));
        output.WriteLine(Text($"  counting costs                {measured.CountingCost * 100,8:f1} %"));
        output.WriteLine(Text($"  managed bytes allocated       {measured.AllocatedBytes,8}"));
        output.WriteLine(Text($"Medians of {measured.Rounds} rounds, all three in turn, one thread, memory touched before."));
        if (scaling.Count == 0)
        {
            return;
        }

        output.WriteLine();
        output.WriteLine("     memory       tables          TLBI         ms   ns a table");
        foreach (ScalingPoint point in scaling)
        {
            string recycled = point.Recycled ? "   level-3 tables reused" : string.Empty;
            output.WriteLine(Text(
                $"{point.MemoryBytes >> 30,7} GiB  {point.Tables,11:n0}  {point.Tlbi,12:n0}  {point.Milliseconds,9:f2}  {point.NanosecondsPerTable,11:f0}{recycled}"));
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>What <c>bench build --json</c> writes.</summary>
/// <param name="MemoryBytes">The memory that was mapped.</param>
/// <param name="Tables">Tables made.</param>
/// <param name="Ptes">Level-3 entries written.</param>
/// <param name="TableBytes">Bytes of all tables.</param>
/// <param name="BuildMs">Building with counting on, median.</param>
/// <param name="SilentMs">Building without counting, median.</param>
/// <param name="FillMs">The plain fill, median.</param>
/// <param name="Ratio">Build over fill, median of the rounds' own ratios.</param>
/// <param name="CountingPercent">What counting costs.</param>
/// <param name="AllocatedBytes">Managed bytes allocated while building.</param>
/// <param name="Rounds">Rounds measured.</param>
/// <param name="Scaling">With <c>--scale</c>: 1 GiB to 16 TiB.</param>
internal sealed record BenchJson(
    ulong MemoryBytes,
    ulong Tables,
    ulong Ptes,
    ulong TableBytes,
    double BuildMs,
    double SilentMs,
    double FillMs,
    double Ratio,
    double CountingPercent,
    long AllocatedBytes,
    int Rounds,
    IReadOnlyList<ScalingJson> Scaling)
{
    /// <summary>The measurement as JSON.</summary>
    public static BenchJson Of(BuildMeasurement measured, IEnumerable<ScalingPoint> scaling) => new(
        measured.MemoryBytes,
        measured.Tables,
        measured.Pages,
        measured.TableBytes,
        measured.BuildMilliseconds,
        measured.SilentMilliseconds,
        measured.FillMilliseconds,
        measured.Ratio,
        measured.CountingCost * 100,
        measured.AllocatedBytes,
        measured.Rounds,
        [.. scaling.Select(point => new ScalingJson(point.MemoryBytes, point.Tables, point.Tlbi, point.Milliseconds, point.NanosecondsPerTable, point.Recycled))]);
}

/// <summary>One size of the scaling run.</summary>
/// <param name="MemoryBytes">The memory that was mapped.</param>
/// <param name="Tables">Tables made.</param>
/// <param name="Tlbi">Invalidations counted.</param>
/// <param name="BuildMs">The time of one build.</param>
/// <param name="NsPerTable">The time for one table.</param>
/// <param name="Recycled">Whether level-3 tables were reused.</param>
internal sealed record ScalingJson(ulong MemoryBytes, ulong Tables, ulong Tlbi, double BuildMs, double NsPerTable, bool Recycled);

/// <summary>The generated code that writes the JSON of <c>bench</c>.</summary>
[JsonSerializable(typeof(BenchJson))]
[JsonSerializable(typeof(WalkBenchJson))]
[JsonSerializable(typeof(DumpBenchJson))]
internal sealed partial class BenchJsonCode : JsonSerializerContext;
