using System.Text.Json.Serialization;
using Ptewright.Discovery;
using Ptewright.Memory;

namespace Ptewright.Cli.Output;

/// <summary>A range of a machine's memory.</summary>
/// <param name="Start">Its first byte.</param>
/// <param name="Size">Its bytes.</param>
/// <param name="NoMap">Whether it must not be mapped.</param>
internal sealed record MemoryRangeJson(string Start, ulong Size, bool NoMap)
{
    /// <summary>Ranges in JSON.</summary>
    public static IReadOnlyList<MemoryRangeJson> Of(IEnumerable<MemoryRegion> regions) => [.. regions.Select(region => new MemoryRangeJson(region.Start.ToString(), region.Size, region.NoMap))];
}

/// <summary>Memory, and how it is known.</summary>
/// <param name="Ranges">Its ranges.</param>
/// <param name="By">How it is known.</param>
/// <param name="Evidence">The same in words.</param>
internal sealed record KnownMemoryJson(IReadOnlyList<MemoryRangeJson> Ranges, string By, string Evidence);

/// <summary>The machine of a kernel that was found in memory, as <c>inspect</c> and <c>verify</c> write it: documented in docs/inspect.md. What is not known is left out.</summary>
internal sealed record MachineJson
{
    /// <summary>The kernel's release.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public KnownJson? Release { get; init; }

    /// <summary>How many symbols there are.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public KnownJson? Symbols { get; init; }

    /// <summary>Why there are none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? NoSymbols { get; init; }

    /// <summary>How many bytes of text the configuration has.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public KnownJson? Configuration { get; init; }

    /// <summary>The memory, before the kernel reserved any of it.</summary>
    public required KnownMemoryJson Memory { get; init; }

    /// <summary>The kernel's own list of memory, at the time of the dump.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public KnownMemoryJson? OwnMemory { get; init; }

    /// <summary>Where the device tree lies.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public KnownJson? DeviceTree { get; init; }

    /// <summary>The command line.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public KnownJson? CommandLine { get; init; }

    /// <summary>MIDR_EL1.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public KnownJson? Midr { get; init; }

    /// <summary>The CPU.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public KnownJson? Cpu { get; init; }

    /// <summary>Whether KASLR moved the kernel: <c>true</c>, <c>false</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public KnownJson? Randomized { get; init; }

    /// <summary>memstart_addr.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public KnownJson? MemstartAddr { get; init; }

    /// <summary>Contradictions, and what could not be read.</summary>
    public required IReadOnlyList<string> Remarks { get; init; }

    /// <summary>A machine in JSON; null for none.</summary>
    public static MachineJson? Of(FoundMachine? machine) => machine is null ? null : new()
    {
        Release = KnownJson.Of(machine.Kernel.Release),
        Symbols = KnownJson.Of(machine.Symbols, symbols => $"{symbols.Count}"),
        NoSymbols = machine.NoSymbols,
        Configuration = KnownJson.Of(machine.Configuration, text => $"{text.Length}"),
        Memory = new(MemoryRangeJson.Of(machine.Memory.Value.Memory), CliJson.NameOf(machine.Memory.By), machine.Memory.Evidence),
        OwnMemory = machine.OwnMemory is { } own ? new(MemoryRangeJson.Of(own.Value), CliJson.NameOf(own.By), own.Evidence) : null,
        DeviceTree = KnownJson.Of(machine.DeviceTree),
        CommandLine = KnownJson.Of(machine.CommandLine),
        Midr = KnownJson.Of(machine.CpuId, id => Numbers.Hex(id)),
        Cpu = KnownJson.Of(machine.Cpu, cpu => cpu.Name),
        Randomized = KnownJson.Of(machine.IsRandomized, isMoved => isMoved ? "true" : "false"),
        MemstartAddr = KnownJson.Of(machine.MemoryStart, Numbers.Hex),
        Remarks = machine.Remarks,
    };
}
