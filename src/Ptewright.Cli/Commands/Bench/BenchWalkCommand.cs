using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Ptewright.Cli.Options;
using Ptewright.Cli.Output;
using Ptewright.Firmware;
using Ptewright.Simulation;

namespace Ptewright.Cli.Commands.Bench;

/// <summary><c>ptewright bench walk</c>: how fast tables are read here.</summary>
internal sealed class BenchWalkCommand
{
    private readonly Option<string> _memory = new("--memory")
    {
        Description = "The memory whose tables are listed.",
        HelpName = "SIZE[@BASE]",
        DefaultValueFactory = _ => "512G",
    };

    private readonly Option<string> _map = new("--random-memory")
    {
        Description = "The memory in which random addresses are translated.",
        HelpName = "SIZE[@BASE]",
        DefaultValueFactory = _ => "64G",
    };

    private readonly Option<int> _addresses = new("--addresses")
    {
        Description = "How many addresses a round translates.",
        HelpName = "N",
        CustomParser = NumberOption.Parse,
        DefaultValueFactory = _ => 10_000_000,
    };

    private readonly Option<int> _repeat = new("--repeat")
    {
        Description = "How many rounds; the median is shown.",
        HelpName = "N",
        CustomParser = NumberOption.Parse,
        DefaultValueFactory = _ => 5,
    };

    private readonly Option<bool> _json = new("--json") { Description = "Write JSON." };
    private readonly TableOptions _tables = new();
    private readonly Terminal _terminal;

    private BenchWalkCommand(Terminal terminal) => _terminal = terminal;

    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal)
    {
        BenchWalkCommand self = new(terminal);
        DocumentedCommand command = new(
            "walk",
            "Lists the tables of a large memory beside a plain loop that reads the same bytes, and translates random addresses.",
            ("ptewright bench walk", "1 GiB of tables listed; random addresses over 64 GiB."),
            ("ptewright bench walk --memory 64G --repeat 3 --json", "Smaller, for a program to read."));
        foreach (Option option in new Option[] { self._memory, self._map, self._addresses, self._repeat })
        {
            command.Options.Add(option);
        }

        self._tables.AddTo(command);
        command.Options.Add(self._json);
        command.SetAction(self.Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        int rounds = parsed.GetValue(_repeat);
        int addresses = parsed.GetValue(_addresses);
        if (rounds is < 1 or > 1000 || addresses is < 1 or > 100_000_000)
        {
            throw new UsageException("Option --repeat takes 1 to 1000, --addresses 1 to 100000000.");
        }

        TableChoice shape = _tables.Read(parsed);
        LinearMapPlan listed = Plan(parsed.GetValue(_memory)!, shape);
        LinearMapPlan mapped = Plan(parsed.GetValue(_map)!, shape);
        (ListMeasurement list, TranslationMeasurement translation) = _terminal.WithProgress(report =>
        {
            report.Show("listing and summing in turn");
            ListMeasurement first = WalkBenchmark.List(listed, rounds);
            report.Show("translating random addresses");
            return (first, WalkBenchmark.Translate(mapped, addresses, rounds));
        });
        if (parsed.GetValue(_json))
        {
            _terminal.Out.WriteLine(JsonSerializer.Serialize(WalkBenchJson.Of(list, translation, rounds), CliJson.TypeOf<WalkBenchJson>(BenchJsonCode.Default)));
            return ExitCode.Ok;
        }

        TextWriter output = _terminal.Out;
        output.WriteLine(Text($"Tables of {listed.Memory.MappedBytes >> 30:n0} GiB: {list.TableBytes >> 20:n0} MiB, {list.Entries:n0} pages in {Numbers.Of((ulong)list.Ranges, "range")}"));
        output.WriteLine(Text($"  list                          {list.ListMilliseconds,8:f1} ms   {list.TableBytes / list.ListMilliseconds / 1e6:f1} GB/s"));
        output.WriteLine(Text($"  plain loop over those bytes   {list.SumMilliseconds,8:f1} ms   {list.TableBytes / list.SumMilliseconds / 1e6:f1} GB/s"));
        output.WriteLine(Text($"  list / loop                   {list.Ratio,8:f2}"));
        output.WriteLine(Text($"  managed bytes allocated       {list.AllocatedBytes,8:n0} by one listing"));
        output.WriteLine(Text($"Random addresses over {mapped.Memory.MappedBytes >> 30:n0} GiB ({translation.TableBytes >> 20:n0} MiB of tables)"));
        output.WriteLine(Text($"  one by one                    {translation.OneByOne / 1e6,8:f1} million a second"));
        output.WriteLine(Text($"  in batches                    {translation.Together / 1e6,8:f1} million a second"));
        output.WriteLine(Text($"Medians of {rounds} rounds, in turn, one thread, memory touched before."));
        return ExitCode.Ok;
    }

    private static LinearMapPlan Plan(string memory, TableChoice shape) =>
        LinearMapPlan.ForMemory(MemorySpec.Parse(memory, shape.Geometry.Granule), shape.Geometry, shape.WideAddresses, shape.Flags);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>What <c>bench walk --json</c> writes.</summary>
/// <param name="TableBytes">The size of the tables that were listed.</param>
/// <param name="Pages">Pages that they map.</param>
/// <param name="Ranges">Ranges that they were merged into.</param>
/// <param name="ListMs">Listing, median.</param>
/// <param name="SumMs">Reading and summing the same bytes, median.</param>
/// <param name="Ratio">List over sum, median of the rounds' own ratios.</param>
/// <param name="AllocatedBytes">Managed bytes allocated by one listing.</param>
/// <param name="RandomTableBytes">The size of the tables that random addresses were translated with.</param>
/// <param name="Addresses">Addresses a round.</param>
/// <param name="WalksPerSecond">Translations a second, one by one, median.</param>
/// <param name="BatchedPerSecond">Translations a second in batches, median.</param>
/// <param name="Rounds">Rounds measured.</param>
internal sealed record WalkBenchJson(
    ulong TableBytes,
    ulong Pages,
    int Ranges,
    double ListMs,
    double SumMs,
    double Ratio,
    long AllocatedBytes,
    ulong RandomTableBytes,
    int Addresses,
    double WalksPerSecond,
    double BatchedPerSecond,
    int Rounds)
{
    /// <summary>The measurements as JSON.</summary>
    public static WalkBenchJson Of(ListMeasurement list, TranslationMeasurement translation, int rounds) => new(
        list.TableBytes,
        list.Entries,
        list.Ranges,
        list.ListMilliseconds,
        list.SumMilliseconds,
        list.Ratio,
        list.AllocatedBytes,
        translation.TableBytes,
        translation.Addresses,
        translation.OneByOne,
        translation.Together,
        rounds);
}
