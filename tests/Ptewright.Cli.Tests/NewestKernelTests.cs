using System.Text.Json;
using Ptewright.Cli.Commands.Count;
using Ptewright.Cli.Output;
using Ptewright.Kernels.Versions;
using Ptewright.Running;
using Ptewright.Texts;

namespace Ptewright.Cli.Tests;

/// <summary>The newest kernel of each series that Debian has today (<c>scripts/kernels.sh</c> downloads it and writes down which it is) is as its profile says; the long list of machines is
/// that of <c>scripts/matrix.sh</c>.</summary>
public sealed class NewestKernelTests
{
    // One machine for each, so that together they are different ones.
    private static readonly (string Memory, string Cpu, string CommandLine)[] _machines =
    [
        ("1536M", "cortex-a76", "kpti=on"),
        ("512M", "max", "rodata=off kfence.sample_interval=100"),
        ("3G", "cortex-a57", "crashkernel=128M"),
        ("1G", "neoverse-n1", "debug_pagealloc=on"),
    ];

    // Listed when tests are found, so that each series that is there is a test of its own.
    public static TheoryData<string, string, string, string, string> Newest
    {
        get
        {
            TheoryData<string, string, string, string, string> data = [];
            string list = Path.Combine(Folder, "newest-cloud-arm64");
            string[] lines = File.Exists(list) ? File.ReadAllLines(list) : [];
            for (int i = 0; i < lines.Length; i++)
            {
                // SERIES VERSION PACKAGE RELEASE
                string[] words = lines[i].Split(' ');
                (string memory, string cpu, string commandLine) = _machines[i % _machines.Length];
                data.Add(words[0], words[3], memory, cpu, commandLine);
                if (LinuxVersion.TryParse(words[0], out LinuxVersion series) && series.IsAtLeast(6, 18))
                {
                    // The first series that splits blocks of its linear map.
                    data.Add(words[0], words[3], "768M", "max+bbml2", i % 2 == 0 ? "kpti=on" : string.Empty);
                }
            }

            // Those that scripts/own-kernels.sh has built, if any: other granules and address sizes. States of the seed's series have a script of their own.
            string own = Path.Combine(Folder, "own");
            foreach (string name in Directory.Exists(own) ? Directory.GetDirectories(own, "*-*k-??").Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal).ToArray() : [])
            {
                data.Add(name.Split('-')[0], $"own/{name}", "3G", "max", "rodata=off");
            }

            if (data.Count == 0)
            {
                data.Add("none", "none", "1G", "max", string.Empty);
            }

            return data;
        }
    }

    private static string Folder => Environment.GetEnvironmentVariable("PTEWRIGHT_KERNELS") ?? string.Empty;

    [Theory]
    [MemberData(nameof(Newest))]
    [Trait("Category", "Slow")]
    public void The_newest_kernel_of_each_series_is_as_predicted(string series, string release, string memory, string cpu, string commandLine)
    {
        string file = Path.Combine(Folder, release.StartsWith("own/", StringComparison.Ordinal) ? $"{release}/vmlinuz" : $"vmlinuz-{release}");
        Assert.SkipUnless(File.Exists(file), $"PTEWRIGHT_KERNELS names no folder with newest-cloud-arm64 and the kernels that it lists ({series}).");
        Assert.SkipWhen(Qemu.Find() is null, "There is no qemu-system-aarch64 here.");
        string[] machine = ["--kernel-image", file, "-m", memory, "--cpu", cpu, "--cmdline", commandLine];
        CliRun verified = CliRun.Of(["verify", .. machine, "--json"]);
        KernelMatch match = KernelProfiles.For(release.StartsWith("own/", StringComparison.Ordinal) ? series : release);
        if (match.Fit != KernelFit.Series)
        {
            // A series that came after this tree: what is not known of it has to be said.
            Assert.Contains("has no profile of its own", verified.Error, StringComparison.Ordinal);
            Assert.Skip($"Linux {series} has no profile; verify ended with {verified.Code}.");
        }

        Assert.True(verified.Code == ExitCode.Ok, verified.Error + verified.Out);
        using JsonDocument map = JsonDocument.Parse(verified.Out);
        Assert.Equal(0, map.RootElement.GetProperty("unexplained").GetInt32());
        Assert.Equal(map.RootElement.GetProperty("tablePagesPredicted").GetInt32(), map.RootElement.GetProperty("tablePagesAtPredictedAddress").GetInt32());
        Assert.StartsWith($"linux-{series}", map.RootElement.GetProperty("profile").GetString(), StringComparison.Ordinal);

        if (OperatingSystem.IsLinux() && typeof(CountCommand).Assembly.GetManifestResourceNames().Contains("ptewright-count-x64.so"))
        {
            CliRun counted = CliRun.Of(["count", .. machine, "--json"]);
            Assert.True(counted.Code == ExitCode.Ok, counted.Error + counted.Out);
            using JsonDocument counts = JsonDocument.Parse(counted.Out);
            Assert.True(counts.RootElement.GetProperty("equal").GetBoolean());
        }
    }
}
