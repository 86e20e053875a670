using Ptewright.Kernels.Configuration;
using Ptewright.Kernels.Cpus;
using Ptewright.Kernels.Planning;
using Ptewright.Kernels.Versions;
using Ptewright.LinearMap;
using Ptewright.Memory;

namespace Ptewright.Tests.Kernels;

/// <summary>Why banks of memory may have blocks or not is said by what decides it.</summary>
public sealed class BlockDecisionTests
{
    private const string FullByConfig = "rodata=full is the default of the configuration (CONFIG_RODATA_FULL_DEFAULT_ENABLED)";
    private const string OnByConfig = "rodata=on is the default of the configuration (no CONFIG_RODATA_FULL_DEFAULT_ENABLED)";
    private const string NoDebug = "there is no debug_pagealloc (no CONFIG_DEBUG_PAGEALLOC)";
    private const string NoKfence = "there is no KFENCE (no CONFIG_KFENCE)";
    private const string KfenceOff =
        "KFENCE is built in (CONFIG_KFENCE) and off at the start (CONFIG_KFENCE_SAMPLE_INTERVAL=0), so its pool would come out of the linear map later";

    [Theory]
    [InlineData("linux-6.12", "", "", false, FullByConfig, KfenceOff)]
    [InlineData("linux-6.12", "rodata=on", "", false, KfenceOff)]
    [InlineData("linux-6.12", "rodata=full", "-KFENCE", false, "rodata=full is on the command line")]
    [InlineData("linux-6.12", "rodata=full rodata=on", "-KFENCE", true, "rodata=on is on the command line", NoDebug, NoKfence)]
    [InlineData("linux-6.12", "rodata=on rodata=noalias", "-KFENCE", true, "rodata=on is on the command line", NoDebug, NoKfence)]
    [InlineData("linux-6.12", "rodata=off", "-KFENCE", true, "rodata=off is on the command line", NoDebug, NoKfence)]
    [InlineData("linux-6.12", "", "-KFENCE -RODATA_FULL_DEFAULT_ENABLED", true, OnByConfig, NoDebug, NoKfence)]
    [InlineData(
        "linux-6.12",
        "rodata=on kfence.sample_interval=100",
        "",
        true,
        "rodata=on is on the command line",
        NoDebug,
        "KFENCE's pool is mapped apart (kfence.sample_interval=100 on the command line)")]
    [InlineData(
        "linux-6.12",
        "rodata=on kfence.sample_interval=0",
        "",
        false,
        "KFENCE is built in (CONFIG_KFENCE) and off at the start (kfence.sample_interval=0 on the command line), so its pool would come out of the linear map later")]
    [InlineData("linux-6.12", "rodata=on debug_pagealloc=on", "-KFENCE DEBUG_PAGEALLOC", false, "debug_pagealloc=on is on the command line")]
    [InlineData(
        "linux-6.12",
        "rodata=on",
        "-KFENCE DEBUG_PAGEALLOC DEBUG_PAGEALLOC_ENABLE_DEFAULT",
        false,
        "debug_pagealloc=on is the default of the configuration (CONFIG_DEBUG_PAGEALLOC_ENABLE_DEFAULT)")]
    [InlineData(
        "linux-6.12",
        "rodata=on debug_pagealloc=off",
        "-KFENCE DEBUG_PAGEALLOC DEBUG_PAGEALLOC_ENABLE_DEFAULT",
        true,
        "rodata=on is on the command line",
        "debug_pagealloc=off is on the command line",
        NoKfence)]
    [InlineData(
        "linux-6.1",
        "rodata=on crashkernel=256M",
        "",
        false,
        "crashkernel= is on the command line, and with CONFIG_ZONE_DMA or CONFIG_ZONE_DMA32 its memory is chosen after the linear map is made (until 6.2)")]
    [InlineData("linux-6.1", "rodata=on crashkernel=256M", "-KEXEC_CORE", true, "rodata=on is on the command line", NoDebug, NoKfence)]
    [InlineData("linux-6.12", "rodata=on crashkernel=256M", "-KFENCE", true, "rodata=on is on the command line", NoDebug, NoKfence)]
    [InlineData(
        "linux-5.15-azure",
        "rodata=on kfence.sample_interval=100",
        "",
        false,
        "KFENCE is built in (CONFIG_KFENCE), and in this version its pool comes out of the linear map later")]
    [InlineData("linux-6.18", "", "-KFENCE", false, "rodata=on, which was rodata=full before, is the default of Linux 6.18")]
    [InlineData("linux-6.18", "", "-KFENCE -RODATA_FULL_DEFAULT_ENABLED", false, "rodata=on, which was rodata=full before, is the default of Linux 6.18")]
    [InlineData("linux-6.18", "rodata=noalias", "-KFENCE", true, "rodata=noalias is on the command line", NoDebug, NoKfence)]
    public void It_is_said_what_forbids_blocks_or_could_have(string kernel, string commandLine, string options, bool allowed, params string[] reasons)
    {
        KernelPlan plan = Plan(kernel, "cortex-a72", commandLine, options);

        Assert.Equal(reasons, plan.Blocks.Reasons);
        Assert.Equal(allowed, plan.Blocks.Allowed);
        Assert.Equal(
            allowed ? MapFlags.NoExec : MapFlags.NoExec | MapFlags.NoBlock | MapFlags.NoContiguous, plan.Plan.Requests[0].Flags);
    }

    [Fact]
    public void From_6_18_on_a_CPU_that_splits_blocks_keeps_them_and_is_named()
    {
        KernelPlan plan = Plan("linux-6.18", "neoverse-v3", "", "-KFENCE");

        Assert.True(plan.Blocks.Allowed);
        Assert.Equal(
            ["neoverse-v3 can split blocks later (BBML2 without conflict aborts), though rodata=on, which was rodata=full before, is the default of Linux 6.18"],
            plan.Blocks.Reasons);
        Assert.Equal(
            ["debug_pagealloc=on is on the command line"],
            Plan("linux-6.18", "neoverse-v3", "rodata=off debug_pagealloc=on", "-KFENCE DEBUG_PAGEALLOC").Blocks.Reasons);
        Assert.False(Plan("linux-6.12", "neoverse-v3", "", "-KFENCE").Blocks.Allowed);
    }

    // arm64_kfence_alloc_pool: without room KFENCE is not early, and can_set_direct_map is true.
    [Fact]
    public void Without_room_for_KFENCEs_pool_banks_are_single_pages()
    {
        KernelPlan plan = Plan("linux-6.12", "cortex-a72", "rodata=on kfence.sample_interval=100", "KFENCE_NUM_OBJECTS=65535");

        Assert.Equal(
            ["there is no room for KFENCE's pool, so it would come out of the linear map later (kfence.sample_interval=100 on the command line)"], plan.Blocks.Reasons);
        Assert.Equal(MapFlags.NoExec | MapFlags.NoBlock | MapFlags.NoContiguous, Assert.Single(plan.Plan.Requests).Flags);
        Assert.Contains("There is no room for the KFENCE pool, so KFENCE starts late.", plan.Remarks);
    }

    private static KernelPlan Plan(string kernel, string cpu, string commandLine, string options)
    {
        KernelProfile profile = KernelProfiles.Find(kernel);
        IEnumerable<string> lines = profile.DefaultConfig.Split('\n');
        foreach (string option in options.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            lines = option[0] == '-' ? lines.Where(line => !line.StartsWith($"CONFIG_{option[1..]}=", StringComparison.Ordinal))
                : lines.Append($"CONFIG_{option}{(option.Contains('=', StringComparison.Ordinal) ? string.Empty : "=y")}");
        }

        KernelConfig config = KernelConfig.Parse(string.Join('\n', lines), "test");
        KernelMachine machine = new(MemoryLayout.OfRange(new(1UL << 30), 256UL << 20), CpuModel.Find(cpu), config, KernelCommandLine.Parse($"nokaslr {commandLine}"));
        return profile.Plan(machine, KernelScope.MapMem);
    }
}
