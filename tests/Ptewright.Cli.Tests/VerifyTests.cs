using System.Text.Json;
using Ptewright.Captures;
using Ptewright.Cli.Output;
using Ptewright.Images;
using Ptewright.Running;

namespace Ptewright.Cli.Tests;

/// <summary>Real kernels' linear maps are the predicted ones: captured in the test data, or booted for it where their files are.</summary>
public sealed class VerifyTests : IDisposable
{
    private const string _symbolsMissing =
        "Verifying takes the kernel's symbols, because its image decides where tables lie and what is read-only: --symbols System.map or vmlinuz, of that very kernel.";

    private readonly string _folder = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    public void Dispose()
    {
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    [Fact]
    public void A_captured_kernel_is_as_predicted_and_says_what_changed_later()
    {
        CliRun run = CliRun.Of(["verify", CliRun.Data("captures", "6.1-cloud"), .. Machine("6.1-cloud", "cortex-a72", "nokaslr rodata=on"), "--memory", "512M", "--json"]);
        using JsonDocument document = JsonDocument.Parse(run.Out);
        JsonElement found = document.RootElement;

        Assert.Equal((ExitCode.Ok, string.Empty), (run.Code, run.Error));
        Assert.Equal(
            "source profile cpu leavesPredicted leavesFound tablePagesPredicted tablePagesAtPredictedAddress differences problems unexplained kernel",
            string.Join(' ', found.EnumerateObject().Select(member => member.Name)));
        Assert.Equal(0, found.GetProperty("unexplained").GetInt32());
        Assert.All(found.GetProperty("differences").EnumerateArray(), difference => Assert.StartsWith("mark_linear_text_alias_ro", difference.GetProperty("explained").GetString(), StringComparison.Ordinal));
    }

    [Fact]
    public void What_is_not_as_predicted_is_shown_and_ends_with_3()
    {
        CliRun run = CliRun.Of(["verify", CliRun.Data("captures", "6.1-cloud"), .. Machine("6.1-cloud", "cortex-a72", "nokaslr"), "--memory", "512M"]);

        Assert.Equal(ExitCode.No, run.Code);
        Assert.Contains("Not as predicted: ", run.Out, StringComparison.Ordinal);
        Assert.Contains("unexplained", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_bit_in_the_entry_of_a_table_is_shown()
    {
        // The captured tables as raw memory; the root's first entry leads to the linear map's first table. The Access flag means nothing there.
        using TableFolder capture = new(CliRun.Data("captures", "6.1-cloud"));
        ulong root = capture.Registers.Ttbr1!.Value & 0xffff_ffff_f000;
        _ = Directory.CreateDirectory(_folder);
        List<string> parts = [];
        foreach (MemorySegment segment in capture.Segments)
        {
            byte[] bytes = new byte[segment.Size];
            for (int at = 0; at < bytes.Length; at += 4096)
            {
                Assert.True(capture.TryRead(segment.Start + (ulong)at, bytes.AsSpan(at, 4096)));
            }

            if (root - segment.Start.Value < segment.Size)
            {
                bytes[(int)(root - segment.Start.Value) + 1] ^= 4;
            }

            parts.Add($"{Path.Combine(_folder, $"{parts.Count}")}@{segment.Start}");
            File.WriteAllBytes(Path.Combine(_folder, $"{parts.Count - 1}"), bytes);
        }

        string[] arguments =
        [
            "verify", string.Join(',', parts), .. Machine("6.1-cloud", "cortex-a72", "nokaslr rodata=on"), "--memory", "512M",
            "--ttbr1", $"0x{capture.Registers.Ttbr1:x}", "--tcr", $"0x{capture.Registers.Tcr:x}", "--mair", $"0x{capture.Registers.Mair:x}",
        ];
        CliRun run = CliRun.Of(arguments);
        Assert.Equal((ExitCode.No, string.Empty), (run.Code, run.Error));
        Assert.Matches("0xffff000000000000 +level 0 entry of a table 0x1800000000000003 +level 0 entry of a table 0x1800000000000403 +unexplained", run.Out);
        Assert.EndsWith("Not as predicted: 1 unexplained, 3 explained.", run.Out.TrimEnd(), StringComparison.Ordinal);

        using JsonDocument document = JsonDocument.Parse(CliRun.Of([.. arguments, "--json"]).Out);
        JsonElement difference = document.RootElement.GetProperty("differences").EnumerateArray().Single(item => item.GetProperty("kind").GetString() == "tableEntry");
        Assert.Equal(
            """{"kind":"tableEntry","start":"0xffff000000000000","size":0,"level":1,"predicted":{"physical":"0x5fff7000","bits":"0x1800000000000003"},"found":{"physical":"0x5fff7000","bits":"0x1800000000000403"}}""",
            JsonSerializer.Serialize(difference));
    }

    [Theory]
    [InlineData("Name a source, or a kernel to boot with --kernel-image.", "verify", "--memory", "1G")]
    [InlineData("Option --memory describes memory, but --kernel-image makes a machine: give its size with -m.", "verify", "--kernel-image", "/dev/null", "--memory", "1G", "--symbols", "System.map")]
    [InlineData("A machine has at least 64M of memory, in whole MiB, as in -m 2G.", "verify", "--kernel-image", "/dev/null", "-m", "1M", "--symbols", "System.map")]
    [InlineData(_symbolsMissing, "verify", "gdb:localhost:1", "--memory", "1G")]
    public void What_does_not_go_together_is_said(string sentence, params string[] arguments)
    {
        CliRun run = CliRun.Of(arguments);
        Assert.Equal((ExitCode.Usage, $"ptewright: {sentence}\n"), (run.Code, run.Error));
    }

    [Fact]
    public void A_folder_of_tables_has_nothing_else_and_asks_for_the_symbols()
    {
        CliRun run = CliRun.Of("verify", CliRun.Data("captures", "6.1-cloud"), "--memory", "512M", "--cpu", "max");
        Assert.Equal((ExitCode.Usage, $"ptewright: {_symbolsMissing}\n"), (run.Code, run.Error));
    }

    [Fact]
    public void What_was_not_given_is_named_where_it_may_be_why()
    {
        string[] given = ["verify", CliRun.Data("captures", "6.1-cloud"), "--kernel", "linux-6.1", "--symbols", CliRun.Data("symbols", "System.map-6.1-cloud"), "--memory", "512M"];
        Assert.Contains("note: --config, --cpu, --cmdline were not given, so the usual ones were predicted", CliRun.Of(given).Error, StringComparison.Ordinal);

        CliRun named = CliRun.Of([.. given, "--config", CliRun.Data("config", "config-6.1-cloud"), "--cpu", "cortex-a72", "--cmdline", string.Empty]);
        Assert.Equal((ExitCode.No, string.Empty), (named.Code, named.Error));
    }

    [Theory]
    [InlineData("verify")]
    [InlineData("count")]
    public void A_file_that_is_no_kernel_is_said_at_once(string command)
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, "web-1\n");
            CliRun run = CliRun.Of(command, "--kernel-image", path, "--symbols", CliRun.Data("symbols", "System.map-6.1-cloud"), "-m", "256M");

            Assert.Equal((ExitCode.BadInput, $"ptewright: {Path.GetFileName(path)}: it is no arm64 kernel image (Image or Image.gz).\n"), (run.Code, run.Error.ReplaceLineEndings("\n").Split("counting goes by addresses.\n")[^1]));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData("6.1-cloud", "6.1.0-56-cloud-arm64", "2G", "cortex-a72", "nokaslr")]
    [InlineData("6.1-cloud", "6.1.0-56-cloud-arm64", "768M", "max", "")]
    [InlineData("6.1-cloud", "6.1.0-56-cloud-arm64", "8G", "cortex-a76", "kfence.sample_interval=100 rodata=on")]
    [InlineData("6.1-cloud", "6.1.0-56-cloud-arm64", "64G", "cortex-a72", "")]
    [InlineData("6.1-cloud", "6.1.0-56-cloud-arm64", "1G", "cortex-a72", "nokaslr kpti=on")]
    [InlineData("6.1-cloud", "6.1.0-56-cloud-arm64", "1G", "cortex-a72", "nokaslr kpti=on rodata=on kfence.sample_interval=100")]
    [InlineData("6.12-cloud", "6.12.117+deb12-cloud-arm64", "1G", "cortex-a72", "nokaslr kpti=on")]
    [InlineData("6.12-cloud", "6.12.117+deb12-cloud-arm64", "1G", "max", "kpti=on")]
    [InlineData("6.12-16k", "6.12.117+deb12-arm64-16k", "1G", "max", "nokaslr kpti=on kfence.sample_interval=100")]
    [InlineData("6.12-cloud", "6.12.117+deb12-cloud-arm64", "2G", "cortex-a72", "nokaslr")]
    [InlineData("6.12-cloud", "6.12.117+deb12-cloud-arm64", "2G", "max", "nokaslr rodata=full crashkernel=256M")]
    [InlineData("6.12-cloud", "6.12.117+deb12-cloud-arm64", "2G", "cortex-a76", "nokaslr mem=600M")]
    [InlineData("6.12-cloud", "6.12.117+deb12-cloud-arm64", "768M", "cortex-a72", "kfence.sample_interval=100 rodata=on")]
    [InlineData("6.12-cloud", "6.12.117+deb12-cloud-arm64", "64G", "max", "")]
    [InlineData("6.12-16k", "6.12.117+deb12-arm64-16k", "2G", "cortex-a76", "nokaslr")]
    [InlineData("6.12-16k", "6.12.117+deb12-arm64-16k", "8G", "max", "kfence.sample_interval=100 rodata=on")]
    [InlineData("6.12-16k", "6.12.117+deb12-arm64-16k", "64G", "max", "")]
    [Trait("Category", "Slow")]
    public void Booted_kernels_are_as_predicted(string name, string version, string memory, string cpu, string commandLine)
    {
        JsonElement found = Boot(name, version, cpu, commandLine, "-m", memory);

        Assert.Equal(0, found.GetProperty("unexplained").GetInt32());
        Assert.Equal(found.GetProperty("tablePagesPredicted").GetInt32(), found.GetProperty("tablePagesAtPredictedAddress").GetInt32());
        Assert.Equal($"linux-{name.Split('-')[0]}", found.GetProperty("profile").GetString());
    }

    [Theory]
    [InlineData("6.1.0-56-cloud-arm64", "cortex-a72")]
    [InlineData("6.1.0-56-cloud-arm64", "max")]
    [InlineData("6.12.117+deb12-cloud-arm64", "cortex-a72")]
    [InlineData("6.12.117+deb12-cloud-arm64", "max")]
    [InlineData("6.12.117+deb12-arm64-16k", "max")]
    [Trait("Category", "Slow")]
    public void A_booted_kernel_needs_nothing_but_its_file(string version, string cpu)
    {
        string file = Path.Combine(Environment.GetEnvironmentVariable("PTEWRIGHT_KERNELS") ?? string.Empty, $"vmlinuz-{version}");
        Assert.SkipUnless(File.Exists(file), $"PTEWRIGHT_KERNELS names no folder with vmlinuz-{version}, of Debian's package linux-image-{version}.");
        Assert.SkipWhen(Qemu.Find() is null, "There is no qemu-system-aarch64 here.");
        foreach (string memory in (string[])["128M", "2G"])
        {
            CliRun run = CliRun.Of("verify", "--kernel-image", file, "-m", memory, "--cpu", cpu, "--json");
            Assert.True(run.Code == ExitCode.Ok, run.Error + run.Out);
            using JsonDocument document = JsonDocument.Parse(run.Out);
            Assert.Equal(0, document.RootElement.GetProperty("unexplained").GetInt32());
            Assert.Contains(
                document.RootElement.GetProperty("kernel").GetProperty("configuration").EnumerateArray(),
                option => option.GetProperty("option").GetString() == "UNMAP_KERNEL_AT_EL0" && option.GetProperty("known").GetString() == "function map_entry_trampoline");
            Assert.Equal(version.StartsWith("6.1.", StringComparison.Ordinal), document.RootElement.GetProperty("kernel").TryGetProperty("foundSymbols", out _));
        }

        CliRun counted = CliRun.Of("count", "--kernel-image", file, "-m", "1G", "--cpu", cpu, "--json");
        Assert.True(counted.Code == ExitCode.Ok, counted.Error + counted.Out);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public void A_kernel_with_pages_that_the_cpu_does_not_have_is_not_waited_for()
    {
        string file = Path.Combine(Environment.GetEnvironmentVariable("PTEWRIGHT_KERNELS") ?? string.Empty, "vmlinuz-6.12.117+deb12-arm64-16k");
        Assert.SkipUnless(File.Exists(file), "There is no vmlinuz-6.12.117+deb12-arm64-16k.");
        CliRun run = CliRun.Of("verify", "--kernel-image", file, "-m", "256M", "--cpu", "cortex-a72");
        Assert.Equal((ExitCode.BadInput, "ptewright: CPU cortex-a72 has no 16K pages, so a kernel with 16K pages does not start on it.\n"), (run.Code, run.Error.ReplaceLineEndings("\n")));
    }

    [Theory]
    [InlineData("placed-mix")]
    [InlineData("placed-ranges")]
    [InlineData("placed-no-room")]
    [InlineData("placed-with-fixed")]
    [InlineData("placed-cma")]
    [InlineData("placed-many")]
    [Trait("Category", "Slow")]
    public void Booted_kernels_place_reserved_regions_as_predicted(string tree)
    {
        (string Name, string Version, string Cpu, string CommandLine)[] kernels =
        [
            ("6.1-cloud", "6.1.0-56-cloud-arm64", "cortex-a72", "nokaslr cma=32M"),
            ("6.12-cloud", "6.12.117+deb12-cloud-arm64", "cortex-a72", "nokaslr rodata=on"),
            ("6.12-16k", "6.12.117+deb12-arm64-16k", "max", "nokaslr"),
        ];

        // 'beta' ends within a page of 16K: 6.12.117 with such pages does not map that page, allocates its free part later, and dies of it, so there is nothing to compare.
        int count = tree == "placed-with-fixed" ? kernels.Length - 1 : kernels.Length;
        foreach ((string name, string version, string cpu, string commandLine) in kernels[..count])
        {
            JsonElement found = Boot(name, version, cpu, commandLine, "-m", "1G", "--dtb", CliRun.Data("dtb", $"{tree}.dtb"));

            Assert.Equal(0, found.GetProperty("unexplained").GetInt32());
            Assert.Equal(found.GetProperty("tablePagesPredicted").GetInt32(), found.GetProperty("tablePagesAtPredictedAddress").GetInt32());
        }
    }

    private static JsonElement Boot(string name, string version, string cpu, string commandLine, params string[] more)
    {
        string file = Path.Combine(Environment.GetEnvironmentVariable("PTEWRIGHT_KERNELS") ?? string.Empty, $"vmlinuz-{version}");
        Assert.SkipUnless(File.Exists(file), $"PTEWRIGHT_KERNELS names no folder with vmlinuz-{version}, of Debian's package linux-image-{version}.");
        Assert.SkipWhen(Qemu.Find() is null, "There is no qemu-system-aarch64 here.");
        CliRun run = CliRun.Of(["verify", "--kernel-image", file, .. Machine(name, cpu, commandLine)[2..], .. more, "--json"]);
        Assert.True(run.Code == ExitCode.Ok, run.Error + run.Out);
        using JsonDocument document = JsonDocument.Parse(run.Out);
        return document.RootElement.Clone();
    }

    private static string[] Machine(string name, string cpu, string commandLine) =>
    [
        "--kernel", $"linux-{name.Split('-')[0]}", "--symbols", CliRun.Data("symbols", $"System.map-{name}"), "--config", CliRun.Data("config", $"config-{name}"),
        "--cpu", cpu, "--cmdline", commandLine,
    ];
}
