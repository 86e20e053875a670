using System.Text.Json;
using Ptewright.Cli.Output;

namespace Ptewright.Cli.Tests;

/// <summary><c>compare</c> and <c>trace</c> of what a kernel maps on a machine, described as for <c>map</c>.</summary>
public sealed class KernelPlanTests
{
    private static readonly string[] _machine =
    [
        "--kernel", "linux-6.12", "--iomem", CliRun.Data("iomem", "dt-2g-crash-6.12.txt"), "--symbols", CliRun.Data("symbols", "System.map-6.12-cloud"),
        "--config", CliRun.Data("config", "config-6.12-cloud"), "--cmdline", "nokaslr rodata=on",
    ];

    // Fewer builds to find the constants than of the usual machine.
    private static readonly string[] _costs = ["--costs", "apple-m2-vm-16g"];

    [Theory]
    [InlineData("batch-barriers", "max")]
    [InlineData("lazy-unmap", "max")]
    [InlineData("lazy-unmap", "cortex-a72")]
    public void Compare_builds_the_tables_that_map_does(string strategy, string cpu)
    {
        JsonElement map = Json(["map", .. _machine, "--cpu", cpu, "--strategy", strategy, "--json"]);
        JsonElement compared = Json(["compare", .. _machine, .. _costs, "--cpu", cpu, "--strategy", $"single-map,{strategy}", "--json"]).GetProperty("machines")[0];
        JsonElement counts = compared.GetProperty("strategies")[1];

        Assert.Equal($"linux-6.12 on {cpu}, memory dt-2g-crash-6.12.txt", compared.GetProperty("name").GetString());
        Assert.Equal(("linux-6.12", cpu, "single-map"), (Text(compared, "kernel"), Text(compared, "cpu"), Text(compared, "kernelStrategy")));
        Assert.Equal(Text(map, "digest"), Text(compared, "digest"));
        Assert.Equal(map.GetProperty("counts").GetProperty("tlbi").GetUInt64(), counts.GetProperty("tlbi").GetUInt64());
        Assert.Equal(map.GetProperty("counts").GetProperty("isb").GetUInt64(), counts.GetProperty("isb").GetUInt64());
        Assert.NotEqual(0UL, counts.GetProperty("blocks").GetUInt64());
    }

    [Fact]
    public void Trace_lists_what_map_counts()
    {
        string[] machine = [.. _machine, "--cpu", "max", "--json"];
        JsonElement counts = Json(["map", .. machine]).GetProperty("counts");
        JsonElement trace = Json(["trace", .. machine]);

        Assert.Equal(("linux-6.12", "max", "single-map"), (Text(trace, "kernel"), Text(trace, "cpu"), Text(trace, "strategy")));
        foreach (string name in new[] { "tlbi", "dsbIshst", "isb" })
        {
            Assert.Equal(counts.GetProperty(name).GetUInt64(), trace.GetProperty("counts").GetProperty(name).GetUInt64());
        }

        Assert.NotEqual(0UL, counts.GetProperty("tlbi").GetUInt64());
    }

    [Fact]
    public void Trace_takes_the_kernels_own_strategy_unless_another_is_named()
    {
        string[] arguments = ["trace", "--kernel", "linux-6.1", "--memory", "64K"];

        Assert.Contains("\nlinux-6.1 on cortex-a72, memory 64K\nbaseline: tables 3", CliRun.Of(arguments).Out, StringComparison.Ordinal);
        Assert.Contains("\nlinux-6.1 on cortex-a72, memory 64K\npremapped: tables 3", CliRun.Of([.. arguments, "--strategy", "premapped"]).Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Trace_of_a_kernel_has_the_usual_memory() =>
        Assert.Contains("\nlinux-6.18 on cortex-a72, memory 2M\nsingle-map: tables 3", CliRun.Of("trace", "--kernel", "linux-6.18").Out, StringComparison.Ordinal);

    [Theory]
    [InlineData("--kernel", "linux-6.12")]
    [InlineData("--cpu", "cortex-a72")]
    [InlineData("--cmdline", "")]
    [InlineData("--kaslr-seed", "0")]
    public void Each_option_of_a_kernel_asks_for_its_plan(string option, string value)
    {
        CliRun run = CliRun.Of(["compare", "--memory", "64M", .. _costs, "--strategy", "single-map", option, value]);

        Assert.Equal(ExitCode.Ok, run.Code);
        Assert.StartsWith("linux-6.12 on cortex-a72, memory 64M\n", run.Out, StringComparison.Ordinal);
        Assert.Contains("4K pages, 52-bit addresses (48 in use), 4 levels\n", run.Out, StringComparison.Ordinal);
        Assert.Contains("its own strategy is single-map\nBlocks and runs in banks of memory are forbidden: rodata=full is the default", run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cortex-a72", "A flush of sixteen slots is 16 TLBI VAALE1IS between two barriers: cortex-a72 has no FEAT_TLBIRANGE.")]
    [InlineData("max", "A flush of sixteen slots is one TLBI RVAALE1IS: max has FEAT_TLBIRANGE.")]
    public void How_a_lazy_flush_counts_is_said_of_that_cpu(string cpu, string sentence)
    {
        CliRun run = CliRun.Of(["compare", "--memory", "64M", .. _costs, "--kernel", "linux-6.12", "--cpu", cpu, "--strategy", "lazy-unmap"]);

        Assert.Contains(sentence, string.Join(' ', run.Out.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_kernel_cannot_use_and_what_is_assumed_is_noted()
    {
        CliRun run = CliRun.Of(["compare", "--memory", "1G,2G@800000000000", .. _costs, "--kernel", "6.12.9", "--cmdline", "rodata=noalias", "--strategy", "single-map"]);

        Assert.Contains("ptewright: note: Linux 6.12.9 is linux-6.12 as it was before", run.Error, StringComparison.Ordinal);
        Assert.Contains("ptewright: note: Memory from 0x800040000000 to 0x800080000000 is cut off: the kernel has a linear map of 131072 GiB.", run.Error, StringComparison.Ordinal);
        Assert.Contains("does not know rodata=noalias", run.Error, StringComparison.Ordinal);
        Assert.Contains("Without --symbols there is no kernel image", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_an_option_of_a_kernel_memory_alone_counts()
    {
        CliRun run = CliRun.Of(["compare", "--memory", "64M", .. _costs, "--strategy", "single-map", "--json"]);
        JsonElement machine = JsonDocument.Parse(run.Out).RootElement.GetProperty("machines")[0];

        Assert.Equal(string.Empty, run.Error);
        Assert.Equal(("Memory 64M", 48), (Text(machine, "name"), machine.GetProperty("vaBits").GetInt32()));
        Assert.False(machine.TryGetProperty("kernel", out _));
        Assert.False(Json(["trace", "--memory", "64K", "--json"]).TryGetProperty("kernel", out _));
    }

    [Theory]
    [InlineData("Option --machine names a published machine, which has its own memory and no kernel: leave --cpu out, or name its constants with --costs.", "compare", "--cpu", "max", "--machine", "all")]
    [InlineData("Option --blocks is for memory alone, and --kernel asks for a kernel, which decides about blocks itself: give --cmdline, as in rodata=on.", "trace", "--kernel", "linux-6.1", "--blocks")]
    [InlineData("Say which memory: --memory, --dtb, --iomem, --efi-map or --dmesg.", "compare", "--kernel", "linux-6.12")]
    [InlineData("Options --symbols and --image-base belong together: what the image has, and where it lies (only --iomem knows that).", "trace", "--symbols", "x")]
    [InlineData("There is no machine 'x'; there are", "compare", "--kernel", "linux-6.12", "--memory", "64M", "--costs", "x")]
    [InlineData("There is no kernel profile 'x'; there are", "trace", "--kernel", "x")]
    [InlineData("There are no 42-bit virtual addresses with 4K pages; there are", "compare", "--kernel", "linux-6.12", "--memory", "64M", "--va-bits", "42")]
    public void What_does_not_go_together_is_one_sentence(string sentence, params string[] arguments)
    {
        CliRun run = CliRun.Of(arguments);

        Assert.Equal((ExitCode.Usage, string.Empty), (run.Code, run.Out));
        Assert.StartsWith($"ptewright: {sentence}", run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();

    private static JsonElement Json(string[] arguments)
    {
        CliRun run = CliRun.Of(arguments);
        Assert.Equal(ExitCode.Ok, run.Code);
        return JsonDocument.Parse(run.Out).RootElement;
    }
}
