using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Ptewright.Cli.Options;
using Ptewright.Cli.Output;
using Ptewright.Images;

namespace Ptewright.Cli.Commands.Bench;

/// <summary><c>ptewright bench dump</c>: what a list of a packed dump costs beyond unpacking its tables.</summary>
internal sealed class BenchDumpCommand
{
    private readonly SourceOptions _source = new("DUMP");

    private readonly Option<int> _repeat = new("--repeat")
    {
        Description = "How many rounds; the median is shown.",
        HelpName = "N",
        CustomParser = NumberOption.Parse,
        DefaultValueFactory = _ => 7,
    };

    private readonly Option<bool> _json = new("--json") { Description = "Write JSON." };
    private readonly Terminal _terminal;

    private BenchDumpCommand(Terminal terminal) => _terminal = terminal;

    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal)
    {
        BenchDumpCommand self = new(terminal);
        DocumentedCommand command = new(
            "dump",
            "Lists the tables of a kdump-compressed dump beside a plain loop that unpacks the pages that they lie in, and nothing else.",
            ("ptewright bench dump vmcore", "A dump of one's own."),
            ("ptewright bench dump vmcore --repeat 21 --json", "More rounds, for a program to read."));
        self._source.AddTo(command);
        command.Options.Add(self._repeat);
        command.Options.Add(self._json);
        command.SetAction(self.Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        int rounds = parsed.GetValue(_repeat);
        if (rounds is < 1 or > 1000)
        {
            throw new UsageException($"{rounds} rounds cannot be measured; --repeat takes 1 to 1000.");
        }

        string name = _source.Name(parsed);
        using MemoryImage image = _source.Open(parsed, _terminal);
        if (image is not KdumpImage)
        {
            throw new InvalidInputException($"{ForeignText.QuoteName(name)} is no kdump-compressed dump, so nothing of it has to be unpacked.");
        }

        ImageRegisters registers = _source.Registers(parsed, image, _terminal);
        PackedMeasurement measured = _terminal.WithProgress(report =>
        {
            report.Show("unpacking and listing in turn");
            return PackedBenchmark.Measure(() => KdumpImage.Open(name), registers, rounds);
        });
        if (parsed.GetValue(_json))
        {
            _terminal.Out.WriteLine(JsonSerializer.Serialize(DumpBenchJson.Of(measured, rounds), CliJson.TypeOf<DumpBenchJson>(BenchJsonCode.Default)));
            return ExitCode.Ok;
        }

        TextWriter output = _terminal.Out;
        output.WriteLine(Text($"{Numbers.Of((ulong)measured.Tables, "table")} in {Numbers.Of((ulong)measured.Pages, "page")} of the file, {measured.PackedBytes >> 10:n0} KiB packed; {Numbers.Of((ulong)measured.Ranges, "range")}"));
        output.WriteLine(Text($"  opening and listing           {measured.ListMilliseconds,8:f2} ms"));
        output.WriteLine(Text($"  unpacking those pages         {measured.UnpackMilliseconds,8:f2} ms"));
        output.WriteLine(Text($"  list / unpacking              {measured.Ratio,8:f2}"));
        output.WriteLine(Text($"Medians of {rounds} rounds, in turn, time of the CPU; the packed pages of the loop are in memory, the list reads the file."));
        return ExitCode.Ok;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>What <c>bench dump --json</c> writes.</summary>
/// <param name="Tables">Tables that were listed.</param>
/// <param name="Pages">Pages of the file that they lie in.</param>
/// <param name="PackedBytes">The size of those pages, packed.</param>
/// <param name="Ranges">Ranges that were found.</param>
/// <param name="ListMs">Opening and listing, time of the CPU, median.</param>
/// <param name="UnpackMs">Unpacking the pages, time of the CPU, median.</param>
/// <param name="Ratio">List over unpacking, median of the rounds' own ratios.</param>
/// <param name="Rounds">Rounds measured.</param>
internal sealed record DumpBenchJson(long Tables, int Pages, ulong PackedBytes, int Ranges, double ListMs, double UnpackMs, double Ratio, int Rounds)
{
    /// <summary>The measurement as JSON.</summary>
    public static DumpBenchJson Of(PackedMeasurement measured, int rounds) =>
        new(measured.Tables, measured.Pages, measured.PackedBytes, measured.Ranges, measured.ListMilliseconds, measured.UnpackMilliseconds, measured.Ratio, rounds);
}
