using Ptewright.Texts;

namespace Ptewright.Cli.Output;

/// <summary>Which option gives what a sentence of the library asks for.</summary>
internal static class OptionNames
{
    /// <summary>The library's words, and with which option the tool says the same.</summary>
    public static IReadOnlyDictionary<string, string> OfWords { get; } = new Dictionary<string, string>
    {
        [InputWords.Ttbr0] = "give it with --ttbr0",
        [InputWords.Ttbr1] = "give it with --ttbr1",
        [InputWords.Tcr] = "give it with --tcr",
        [InputWords.AddressSize] = "say so with --va-bits",
        [InputWords.Profile] = "name a profile with --profile",
        [InputWords.Configuration] = "give --config, or --granule and --va-bits",
        [InputWords.Cpu] = "none of those that --cpu has",
        [InputWords.KaslrSeed] = "give --kaslr-seed",
        [InputWords.WithoutKaslr] = "take --cmdline nokaslr",
        [InputWords.Iomem] = "/proc/iomem (--iomem) tells it",
        [InputWords.DeviceTree] = "a device tree (--dtb) does",
        [InputWords.MemorySizes] = "give the sizes by hand beside it (--memory SIZE@ADDRESS)",
        [InputWords.Baseline] = "take --strategy baseline",
        [InputWords.TableFolder] = "a folder of map -o or capture",
        [InputWords.Source] = "--source SOURCE",
        [InputWords.NoSymbols] = "Without --symbols",
        [InputWords.LacksSymbols] = "without --symbols",
    };

    /// <summary>A sentence of the library with the options that it means.</summary>
    public static string In(string sentence) => OfWords.Aggregate(sentence, (text, entry) => text.Replace(entry.Key, entry.Value, StringComparison.Ordinal));
}
