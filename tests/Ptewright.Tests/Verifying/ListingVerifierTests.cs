using Ptewright.Captures;
using Ptewright.Firmware;
using Ptewright.Kernels.Configuration;
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

    // As many as in the tables themselves, which MapVerifierTests counts; in a listing entries that are not valid are none either.
    [Theory]
    [InlineData("6.1-cloud", "cortex-a72", "nokaslr rodata=on", 1278, 1278)]
    [InlineData("6.12-cloud", "max", "nokaslr", 124_940, 124_940)]
    [InlineData("6.12-16k", "max", "nokaslr rodata=on kfence.sample_interval=100", 4110, 3837)]
    public void Leaves_of_a_listing_are_counted(string kernel, string cpu, string commandLine, ulong predicted, ulong found)
    {
        MapVerification verification = Verify(Listing(kernel), kernel, cpu, commandLine, "512M");
        Assert.Equal((predicted, found), (verification.LeavesPredicted, verification.LeavesFound));
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

    // All entries with nG are what the kernel makes of them later; one without is not explained, and neither is one more where nobody made them so.
    [Theory]
    [InlineData("6.1-cloud", "cortex-a72", "nokaslr rodata=on")]
    [InlineData("6.12-cloud", "max", "nokaslr")]
    public void A_map_that_became_non_global_is_one_where_all_of_it_did(string kernel, string cpu, string commandLine)
    {
        const string Step = "idmap_kpti_install_ng_mappings sets nG in every entry";
        string text = Listing(kernel);
        string all = text.Replace(" AF    ", " AF NG ", StringComparison.Ordinal);
        MapVerification verification = Verify(all, kernel, cpu, commandLine, "512M");

        Assert.Equal(0, verification.Unexplained);
        Assert.NotEmpty(verification.Differences);
        Assert.All(verification.Differences, difference => Assert.EndsWith(Step, difference.Explanation, StringComparison.Ordinal));
        Assert.Contains(verification.Differences, difference => difference.Explanation == Step);
        Assert.Contains(verification.Differences, difference => difference.Explanation!.StartsWith("mark_linear_text_alias_ro", StringComparison.Ordinal) && difference.Explanation.EndsWith($"; {Step}", StringComparison.Ordinal));

        int last = all.LastIndexOf(" AF NG ", all.IndexOf("---[ Linear Mapping end", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.True(Verify(all[..last] + " AF    " + all[(last + 7)..], kernel, cpu, commandLine, "512M").Unexplained > 0);
    }

    // A page that is not valid: where pages are unmapped while they are free, anywhere; with KFENCE, in its pool.
    [Theory]
    [InlineData("debug_pagealloc=on", true, 0)]
    [InlineData("debug_pagealloc=on", false, 1)]
    [InlineData("", true, 1)]
    public void A_page_that_is_not_valid_is_a_free_one_with_debug_pagealloc(string word, bool isConfigured, int unexplained)
    {
        const string Line = "2M PTE       RW NX     AF            UXN    MEM/NORMAL-TAGGED";
        string text = Listing("6.12-cloud");
        int at = text.IndexOf(Line, StringComparison.Ordinal);
        Assert.True(at > 0);
        string edited = text[..at] + "2M PTE     F RW NX     AF            UXN    MEM/NORMAL-TAGGED" + text[(at + Line.Length)..];
        KernelMachine machine = SampleKernels.Machine("6.12-cloud", "max", MemorySpec.Parse("512M"), $"nokaslr {word}");
        if (isConfigured)
        {
            string config = File.ReadAllText(SampleKernels.PathOf("config", "config-6.12-cloud"));
            machine = machine with { Config = KernelConfig.Parse(config + "\nCONFIG_DEBUG_PAGEALLOC=y\n", "test") };
        }

        MapVerification verification = ListingVerifier.Verify(PtdumpFile.Parse(edited, "listing"), machine, SampleKernels.Profile("6.12-cloud").Plan(machine, KernelScope.PagingInit));
        Assert.Equal(unexplained, verification.Unexplained);
        MapDifference missing = Assert.Single(verification.Differences, difference => difference.Kind == MapDifferenceKind.Missing);
        Assert.Equal(unexplained == 0 ? "__kernel_map_pages (debug_pagealloc) clears the valid bit of free pages" : null, missing.Explanation);
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
        using TableFolder capture = new(SampleKernels.PathOf("captures", kernel));
        using StringWriter text = new();
        ImageLister.List(text, capture, TranslationRoot.Of(capture.Registers, AddressHalf.Upper), SampleKernels.Profile(kernel));
        return text.ToString();
    }
}
