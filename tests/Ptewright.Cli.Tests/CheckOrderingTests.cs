using System.Text.Json;

namespace Ptewright.Cli.Tests;

public sealed class CheckOrderingTests
{
    [Fact]
    public void A_safe_kernel_is_success_and_the_barrier_of_the_seed_is_needed()
    {
        CliRun run = CliRun.Of("check", "ordering", "--kernel", "linux-6.12");

        Assert.Equal((0, string.Empty), (run.Code, run.Error));
        Assert.Contains("safe as it is", run.Out, StringComparison.Ordinal);
        Assert.Matches(@"init_clear_pgtable +DSB ISHST +15 +15 +zeroed", run.Out);
        Assert.Matches(@"left out: init_clear_pgtable: DSB ISHST\s+\d+  writer  stores", run.Out);
        Assert.Contains("Not modelled:", run.Out, StringComparison.Ordinal);
        Assert.All(run.Out.Split('\n'), line => Assert.Equal(line.TrimEnd(), line.TrimEnd('\r')));
    }

    [Fact]
    public void A_program_can_read_it()
    {
        CliRun run = CliRun.Of("check", "ordering", "--kernel", "linux-6.1", "--strategy", "map-once", "--json");

        Assert.Equal(0, run.Code);
        using JsonDocument document = JsonDocument.Parse(run.Out);
        JsonElement root = document.RootElement;
        Assert.Equal(("linux-6.1", "map-once", true), (Text(root, "profile"), Text(root, "strategy"), root.GetProperty("safe").GetBoolean()));
        Assert.Equal(["boot", "hot-add", "hot-remove"], root.GetProperty("scenarios").EnumerateArray().Select(scenario => Text(scenario, "name")));
        JsonElement place = root.GetProperty("scenarios")[1].GetProperty("places").EnumerateArray()
            .Single(item => Text(item, "function") == "__pgd_pgtable_alloc");
        Assert.Equal(("DSB ISHST", "needed"), (Text(place, "instruction"), Text(place, "verdict")));
        JsonElement steps = place.GetProperty("shortestRun").GetProperty("steps");
        Assert.Equal(["writer", "left-out", "writer", "walker"], steps.EnumerateArray().Select(step => Text(step, "actor")));
    }

    [Theory]
    [InlineData("There is no kernel profile 'linux-2.4'", "check", "ordering", "--kernel", "linux-2.4")]
    [InlineData("Option '--kernel' is required", "check", "ordering")]
    [InlineData("Strategy 'premapped:close=lazy' makes no sense", "check", "ordering", "--kernel", "linux-6.12", "--strategy", "premapped:close=lazy")]
    public void A_wrong_question_is_refused_in_one_sentence(string sentence, params string[] args)
    {
        CliRun run = CliRun.Of(args);

        Assert.Equal((1, string.Empty), (run.Code, run.Out));
        Assert.Contains(sentence, run.Error, StringComparison.Ordinal);
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;
}
