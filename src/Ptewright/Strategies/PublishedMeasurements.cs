using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ptewright.Strategies;

/// <summary>What others measured and published: read from one data file with its sources, never mixed with computed figures.</summary>
public sealed class PublishedMeasurements
{
    private static readonly Lazy<PublishedMeasurements> _embedded = new(Load);

    private readonly PublishedFile _file;

    private PublishedMeasurements(PublishedFile file)
    {
        _file = file;
        Machines = [.. file.Machines.Select(machine => new MachineProfile(machine.Id, machine.Name, (ulong)machine.MemoryGiB << 30))];
    }

    /// <summary>The measurements that come with the library.</summary>
    public static PublishedMeasurements Embedded => _embedded.Value;

    /// <summary>The machines that were measured, smallest first.</summary>
    public IReadOnlyList<MachineProfile> Machines { get; }

    /// <summary>The strategy that the seed's table calls "before".</summary>
    public string SeedBefore => _file.Seed.Before;

    /// <summary>The strategy that the seed's table calls "after".</summary>
    public string SeedAfter => _file.Seed.After;

    /// <summary>Where the seed's numbers were posted.</summary>
    public string SeedSource => _file.Seed.Source;

    /// <summary>The version of the series that was merged and that the seed quotes.</summary>
    public string SeedSeries => _file.Seed.Series;

    /// <summary>Where a version of the series was posted.</summary>
    public string SourceOf(string series) => _file.Series.First(candidate => candidate.Id == series).Source;

    /// <summary>The figure of one strategy on one machine, or null when nobody published one.</summary>
    /// <param name="series">The version of the series: <c>v2</c> or <c>v3</c>.</param>
    /// <param name="machine">The machine's id.</param>
    /// <param name="strategy">The strategy's name.</param>
    public PublishedFigure? Find(string series, string machine, string strategy)
    {
        int index = _file.Machines.FindIndex(candidate => candidate.Id == machine);
        PublishedColumn? column = _file.Series.First(candidate => candidate.Id == series).Columns.Find(candidate => candidate.Strategy == strategy);
        return index < 0 || column is null
            ? null
            : new PublishedFigure(series, strategy, column.Milliseconds[index], column.ChangePercent[index]);
    }

    private static PublishedMeasurements Load()
    {
        using Stream stream = typeof(PublishedMeasurements).Assembly.GetManifestResourceStream("published.json")!;
        return new PublishedMeasurements(JsonSerializer.Deserialize(stream, PublishedJson.Default.PublishedFile)!);
    }
}

/// <summary>One published time.</summary>
/// <param name="Series">The version of the series it was posted with.</param>
/// <param name="Strategy">The strategy.</param>
/// <param name="Milliseconds">The time of <c>map_mem()</c>, in whole milliseconds as posted.</param>
/// <param name="ChangePercent">The change against the column before it, as posted.</param>
public sealed record PublishedFigure(string Series, string Strategy, double Milliseconds, int ChangePercent);

/// <summary>A machine of the published tables.</summary>
/// <param name="Id">Its id on the command line and in JSON.</param>
/// <param name="Name">Its name as posted.</param>
/// <param name="MemoryBytes">Its memory.</param>
public sealed record MachineProfile(string Id, string Name, ulong MemoryBytes);

internal sealed record PublishedFile(List<PublishedMachine> Machines, List<PublishedSeries> Series, PublishedSeed Seed);

internal sealed record PublishedMachine(string Id, string Name, int MemoryGiB);

internal sealed record PublishedSeries(string Id, string Source, List<PublishedColumn> Columns);

internal sealed record PublishedColumn(string Strategy, double[] Milliseconds, int[] ChangePercent);

internal sealed record PublishedSeed(string Before, string After, string Series, string Source);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(PublishedFile))]
internal sealed partial class PublishedJson : JsonSerializerContext;
