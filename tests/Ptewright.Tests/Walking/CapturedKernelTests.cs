using System.Globalization;
using System.IO.Compression;
using Ptewright.Addressing;
using Ptewright.Captures;
using Ptewright.Firmware;
using Ptewright.Images;
using Ptewright.Kernels.Planning;
using Ptewright.Tests.Images;
using Ptewright.Tests.Kernels;
using Ptewright.Translation;
using Ptewright.Verifying;
using Ptewright.Walking;

namespace Ptewright.Tests.Walking;

/// <summary>Real kernels' tables: walked as QEMU's own MMU and a second walker walk them, and as predicted.</summary>
public sealed class CapturedKernelTests
{
    public static TheoryData<string, string, string> Captures => new()
    {
        { "6.1-cloud", "cortex-a72", "nokaslr rodata=on" },
        { "6.12-cloud", "max", "nokaslr" },
        { "6.12-16k", "max", "nokaslr rodata=on kfence.sample_interval=100" },
    };

    public static TheoryData<string> Folders => [.. Directory.GetDirectories(SampleKernels.PathOf("captures")).Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Folders))]
    public void QEMUs_MMU_and_two_walkers_translate_thousands_of_addresses_alike(string kernel)
    {
        using TableFolder capture = new(PathOf(kernel));
        using TableWalker lower = new(capture, TranslationRoot.Of(capture.Registers, AddressHalf.Lower));
        using TableWalker upper = new(capture, TranslationRoot.Of(capture.Registers, AddressHalf.Upper));
        int mapped = 0;
        int count = 0;
        foreach ((VirtualAddress address, ulong? judged) in Judged(kernel))
        {
            bool isUpper = (address.Value & (1UL << 55)) != 0;
            WalkResult walked = (isUpper ? upper : lower).Walk(address);
            (ulong? simple, _) = SimpleWalker.Walk(
                at => Read(capture, at), (isUpper ? capture.Registers.Ttbr1 : capture.Registers.Ttbr0)!.Value, capture.Registers.Tcr!.Value, address);

            Assert.Equal((judged, judged), (walked.IsMapped ? walked.Physical.Value : null, simple));
            mapped += judged is null ? 0 : 1;
            count++;
        }

        Assert.Equal(Captures.Any(capture => capture.Data.Item1 == kernel) ? 10_000 : 600, count);
        Assert.InRange(mapped, count / 4, count * 3 / 4);
    }

    [Theory]
    [MemberData(nameof(Captures))]
    public void A_real_kernels_linear_map_is_the_predicted_one(string kernel, string cpu, string commandLine)
    {
        MapVerification verification = Verify(kernel, cpu, commandLine, "512M");

        Assert.Equal(0, verification.Unexplained);
        Assert.NotEmpty(verification.Differences);
        Assert.All(verification.Differences, difference => Assert.Equal(MapDifferenceKind.Changed, difference.Kind == MapDifferenceKind.Missing ? MapDifferenceKind.Changed : difference.Kind));
        Assert.Equal(verification.TablePagesPredicted, verification.TablePagesAtPredictedAddress);
        Assert.True(verification.TablePagesPredicted > 0);
    }

    [Theory]
    [InlineData("6.12-cloud", "max", "nokaslr", "768M", MapDifferenceKind.Missing)]
    [InlineData("6.12-cloud", "max", "nokaslr", "256M", MapDifferenceKind.Extra)]
    [InlineData("6.12-cloud", "max", "nokaslr rodata=on kfence.sample_interval=100", "512M", MapDifferenceKind.Changed)]
    [InlineData("6.1-cloud", "cortex-a72", "nokaslr", "512M", MapDifferenceKind.Changed)]
    [InlineData("6.12-16k", "max", "nokaslr rodata=on", "512M", MapDifferenceKind.Changed)]
    public void Another_machine_or_command_line_is_not_what_this_kernel_had(string kernel, string cpu, string commandLine, string memory, MapDifferenceKind kind)
    {
        MapVerification verification = Verify(kernel, cpu, commandLine, memory);

        Assert.NotEqual(0, verification.Unexplained);
        Assert.Contains(verification.Differences, difference => difference.Kind == kind && difference.Explanation is null);
    }

    [Fact]
    public void Another_CPU_than_it_ran_on_is_said_in_one_sentence() => Assert.Equal(
        "The kernel runs with 4K pages, 52-bit addresses and LPA2, but linux-6.12 on cortex-a72 was predicted with 4K pages, 48-bit addresses; name the CPU and the configuration.",
        Assert.Throws<InvalidInputException>(() => Verify("6.12-cloud", "cortex-a72", "nokaslr", "512M")).Message);

    private static MapVerification Verify(string kernel, string cpu, string commandLine, string memory)
    {
        using TableFolder capture = new(PathOf(kernel));
        KernelMachine machine = SampleKernels.Machine(kernel, cpu, MemorySpec.Parse(memory), commandLine);
        return MapVerifier.Verify(capture, capture.Registers, machine, SampleKernels.Profile(kernel).Plan(machine, KernelScope.PagingInit));
    }

    private static IEnumerable<(VirtualAddress Address, ulong? Physical)> Judged(string kernel)
    {
        using GZipStream packed = new(File.OpenRead(Path.Combine(PathOf(kernel), "judge.txt.gz")), CompressionMode.Decompress);
        using StreamReader text = new(packed);
        while (text.ReadLine() is { } line)
        {
            string[] words = line.Split(' ');
            yield return (new VirtualAddress(Hex(words[0])), words[1] == "-" ? null : Hex(words[1]));
        }
    }

    private static ulong Hex(string text) => ulong.Parse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private static ulong? Read(MemoryImage image, ulong address) => image.Word(address);

    private static string PathOf(string kernel) => SampleKernels.PathOf("captures", kernel);
}
