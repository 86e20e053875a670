using Ptewright.Captures;
using Ptewright.Firmware;
using Ptewright.Kernels.Planning;
using Ptewright.Listing;
using Ptewright.Tests.Kernels;
using Ptewright.Translation;
using Ptewright.Verifying;
using Ptewright.Walking;

namespace Ptewright.Tests.Verifying;

/// <summary>A kernel's own listing against its prediction: what differs is said, and explained only as far as a listing can show.</summary>
public sealed class ListingVerifierTests
{
    public static TheoryData<string, string, string> Captures => Walking.CapturedKernelTests.Captures;

    [Theory]
    [MemberData(nameof(Captures))]
    public void The_listing_of_a_real_kernel_is_as_predicted(string kernel, string cpu, string commandLine)
    {
        MapVerification verification = Verify(Listing(kernel), kernel, cpu, commandLine, "512M");

        Assert.Equal(0, verification.Unexplained);
        Assert.NotEmpty(verification.Differences);
        Assert.Contains(verification.Differences, difference => difference.Explanation!.StartsWith("mark_linear_text_alias_ro", StringComparison.Ordinal));
        Assert.Equal(0, verification.TablePagesPredicted);
    }

    // Each edit is in a line of the linear map that no step of the kernel changes so.
    [Theory]
    [InlineData("6.1-cloud", "2M PMD       RW NX SHD AF        BLK UXN    MEM/NORMAL-TAGGED", "2M PMD       RW NX SHD AF        BLK UXN    MEM/NORMAL")]
    [InlineData("6.1-cloud", "2M PMD       RW NX SHD AF        BLK UXN    MEM/NORMAL-TAGGED", "2M PMD       ro NX SHD AF        BLK UXN    MEM/NORMAL-TAGGED")]
    [InlineData("6.1-cloud", "2M PMD       RW NX SHD AF        BLK UXN    MEM/NORMAL-TAGGED", "2M PMD       RW x  SHD AF        BLK UXN    MEM/NORMAL-TAGGED")]
    [InlineData("6.1-cloud", "2M PMD       RW NX SHD AF        BLK UXN    MEM/NORMAL-TAGGED", "2M PMD   USR RW NX SHD AF        BLK UXN    MEM/NORMAL-TAGGED")]
    [InlineData("6.1-cloud", "2M PMD       RW NX SHD AF        BLK UXN    MEM/NORMAL-TAGGED", "2M PMD       RW NX SHD AF NG     BLK UXN    MEM/NORMAL-TAGGED")]
    [InlineData("6.1-cloud", "2M PMD       RW NX SHD AF        BLK UXN    MEM/NORMAL-TAGGED", "2M PMD")]
    [InlineData("6.1-cloud", "2M PMD       RW NX SHD AF        BLK UXN    MEM/NORMAL-TAGGED", "2M PTE       RW NX SHD AF            UXN    MEM/NORMAL-TAGGED")]
    [InlineData("6.12-cloud", "2M PTE       RW NX     AF            UXN    MEM/NORMAL-TAGGED", "2M PTE       RW NX     AF            UXN    MEM/NORMAL")]
    [InlineData("6.12-cloud", "2M PTE       RW NX     AF            UXN    MEM/NORMAL-TAGGED", "2M PTE     F RW NX     AF            UXN    MEM/NORMAL-TAGGED")]
    public void Another_attribute_is_not_as_predicted(string kernel, string line, string edited)
    {
        string text = Listing(kernel);
        (string cpu, string commandLine) = (string.Empty, string.Empty);
        foreach (var row in Captures)
        {
            if (row.Data.Item1 == kernel)
            {
                (_, cpu, commandLine) = row.Data;
            }
        }

        int at = text.IndexOf(line, StringComparison.Ordinal);
        Assert.True(at > 0);

        MapVerification verification = Verify(text[..at] + edited + text[(at + line.Length)..], kernel, cpu, commandLine, "512M");

        Assert.Equal(1, verification.Unexplained);
    }

    // Where nothing but the linear map is listed, nothing shows that memory is read-only elsewhere too; the alias needs no such evidence.
    [Fact]
    public void What_is_read_only_here_alone_is_not_explained()
    {
        string text = Listing("6.12-cloud");
        MapVerification verification = Verify(text[..text.IndexOf("---[ Linear Mapping end", StringComparison.Ordinal)], "6.12-cloud", "max", "nokaslr", "512M");

        Assert.Equal((4, 6), (verification.Unexplained, verification.Differences.Count));
        Assert.Equal(0, Verify(text, "6.12-cloud", "max", "nokaslr", "512M").Unexplained);
    }

    [Fact]
    public void Other_memory_is_not_as_predicted()
    {
        MapDifference difference = Assert.Single(Verify(Listing("6.1-cloud"), "6.1-cloud", "cortex-a72", "nokaslr rodata=on", "514M").Differences, item => item.Explanation is null);

        Assert.Equal((MapDifferenceKind.Missing, 2UL << 20), (difference.Kind, difference.Size));
    }

    [Fact]
    public void A_listing_of_other_pages_or_of_nothing_of_the_linear_map_is_refused()
    {
        Assert.Contains("lists 16K pages", Refused(Listing("6.12-16k")), StringComparison.Ordinal);
        Assert.Contains("lists nothing of the linear map", Refused("0xffff800008000000-0xffff800008001000           4K PTE       ro x  SHD AF            UXN    MEM/NORMAL"), StringComparison.Ordinal);

        static string Refused(string text) => Assert.Throws<InvalidInputException>(() => Verify(text, "6.1-cloud", "cortex-a72", "nokaslr rodata=on", "512M")).Message;
    }

    private static MapVerification Verify(string text, string kernel, string cpu, string commandLine, string memory)
    {
        KernelMachine machine = SampleKernels.Machine(kernel, cpu, MemorySpec.Parse(memory), commandLine);
        return ListingVerifier.Verify(PtdumpFile.Parse(text, "listing"), machine, SampleKernels.Profile(kernel).Plan(machine, KernelScope.PagingInit));
    }

    private static string Listing(string kernel)
    {
        using CaptureFolder capture = new(SampleKernels.PathOf("captures", kernel));
        using StringWriter text = new();
        ImageLister.List(text, capture, TranslationRoot.Of(capture.Registers, AddressHalf.Upper), SampleKernels.Profile(kernel));
        return text.ToString();
    }
}
