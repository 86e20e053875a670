using System.Text.Json.Serialization;
using Ptewright.Kernels.Configuration;
using Ptewright.Kernels.Planning;

namespace Ptewright.Cli.Output;

/// <summary>What is known of a kernel itself, and how: a part of the JSON of commands that plan what it does.</summary>
/// <param name="Configuration">The options that decide about its tables.</param>
/// <param name="FoundSymbols">The symbols that its own table lacks and its code shows; absent where there are none.</param>
internal sealed record KernelJson(
    IReadOnlyList<KernelOptionJson> Configuration,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<FoundSymbolJson>? FoundSymbols)
{
    /// <summary>A machine's kernel as JSON.</summary>
    public static KernelJson Of(KernelMachine machine) => new(
        [.. machine.Config.Deciding.Select(KernelOptionJson.Of)],
        machine.Image is { FoundSymbols: { Count: > 0 } found } ? [.. found.Select(symbol => new FoundSymbolJson(symbol.Key, symbol.Value))] : null);
}

/// <summary>One option.</summary>
/// <param name="Option">Its name, without <c>CONFIG_</c>.</param>
/// <param name="Value">Its value; null when it is not set.</param>
/// <param name="Known">How that is known.</param>
internal sealed record KernelOptionJson(string Option, string? Value, string Known)
{
    /// <summary>An option as JSON.</summary>
    public static KernelOptionJson Of(KernelOption option) => new(option.Name, option.Value, option.Known);
}

/// <summary>One symbol.</summary>
/// <param name="Symbol">Its name.</param>
/// <param name="Known">What in the image shows it.</param>
internal sealed record FoundSymbolJson(string Symbol, string Known);
