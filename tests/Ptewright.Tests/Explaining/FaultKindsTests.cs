using System.Globalization;
using Ptewright.Addressing;
using Ptewright.Explaining;
using Ptewright.Texts;
using Ptewright.Translation;

namespace Ptewright.Tests.Explaining;

/// <summary>What each kind of fault is taken for, with entries that agree, that allow, and that say something else.</summary>
public sealed class FaultKindsTests
{
    private const uint Read = 0x96000000;
    private const uint Write = 0x96000040;
    private const uint Fetch = 0x86000000;
    private const uint UserRead = 0x92000000;
    private const ulong Vmalloc = 0xffff80000c2d5010;
    private const ulong Linear = 0xffff00000a2d5010;
    private const ulong User = 0x0000ffff9a2c0010;
    private const ulong ReadWrite = 0x0068000044f21703;
    private const ulong ReadOnly = 0x0060000044f21783;
    private const ulong Code = 0x0050000044f21783;
    private const ulong UserPage = 0x00e8000104c80f43;

    [Theory]

    // What entries decide about: the address, the kind, the leaf, and what comes of it.
    [InlineData(Read + 0x07, Vmalloc, 0UL, WalkAgreement.Agrees, CauseKind.UnmappedVmalloc)]
    [InlineData(Read + 0x07, Linear, 0UL, WalkAgreement.Agrees, CauseKind.NoMemoryThere)]
    [InlineData(Read + 0x07, Linear, 0x00e8_0000_44a2_1706UL, WalkAgreement.Agrees, CauseKind.TakenOutOfLinearMap)]
    [InlineData(Read + 0x07, Vmalloc, ReadWrite, WalkAgreement.Allows, CauseKind.StaleTranslation)]
    [InlineData(Read + 0x06, Vmalloc, 0UL, WalkAgreement.OtherLevel, CauseKind.ChangedSince)]
    [InlineData(Write + 0x0f, Vmalloc, ReadOnly, WalkAgreement.Agrees, CauseKind.ReadOnlyMemory)]
    [InlineData(Write + 0x0f, Vmalloc, ReadWrite, WalkAgreement.Allows, CauseKind.StaleTranslation)]
    [InlineData(Write + 0x0f, Vmalloc, 0UL, WalkAgreement.OtherKind, CauseKind.ChangedSince)]
    [InlineData(Write + 0x0e, Vmalloc, ReadOnly, WalkAgreement.OtherLevel, CauseKind.ChangedSince)]
    [InlineData(Write + 0x07, Vmalloc, ReadOnly, WalkAgreement.OtherKind, CauseKind.ChangedSince)]
    [InlineData(Read + 0x0f, Vmalloc, ReadOnly, WalkAgreement.Allows, CauseKind.StaleTranslation)]
    [InlineData(Fetch + 0x0f, Vmalloc, ReadWrite, WalkAgreement.Agrees, CauseKind.NotExecutable)]
    [InlineData(Fetch + 0x0f, Vmalloc, Code, WalkAgreement.Allows, CauseKind.StaleTranslation)]
    [InlineData(Fetch + 0x07, Vmalloc, 0UL, WalkAgreement.Agrees, CauseKind.UnmappedVmalloc)]
    [InlineData(Fetch + 0x0f, User, UserPage, WalkAgreement.Agrees, CauseKind.ExecutedUser)]
    [InlineData(Read + 0x0b, Vmalloc, ReadWrite & ~0x400UL, WalkAgreement.Agrees, CauseKind.AccessFlagClear)]
    [InlineData(Read + 0x07, Vmalloc, 0x0068000044f21701UL, WalkAgreement.Agrees, CauseKind.CorruptedTable)]
    [InlineData(Read + 0x07, User, 0UL, WalkAgreement.Agrees, CauseKind.UserPageMissing)]
    [InlineData(Read + 0x07, 0x58UL, 0UL, WalkAgreement.Agrees, CauseKind.NullPointer)]

    // A read-write-execute page is refused a fetch by WXN alone, or by what was before.
    [InlineData(Fetch + 0x0f, Vmalloc, 0x0048000044f21703UL, WalkAgreement.Allows, CauseKind.StaleTranslation)]

    // What entries do not decide about.
    [InlineData(Read + 0x03, Vmalloc, ReadWrite, WalkAgreement.Unknown, CauseKind.CorruptedTable)]
    [InlineData(Read + 0x10, Vmalloc, ReadWrite, WalkAgreement.NotAboutEntries, CauseKind.BusError)]
    [InlineData(Read + 0x11, Linear, ReadWrite, WalkAgreement.NotAboutEntries, CauseKind.TagMismatch)]
    [InlineData(Read + 0x13, Linear, ReadWrite, WalkAgreement.NotAboutEntries, CauseKind.TableNotReadable)]
    [InlineData(Read + 0x17, Linear, ReadWrite, WalkAgreement.NotAboutEntries, CauseKind.TableNotReadable)]
    [InlineData(Read + 0x18, Linear, ReadWrite, WalkAgreement.NotAboutEntries, CauseKind.MemoryError)]
    [InlineData(Read + 0x1f, Linear, ReadWrite, WalkAgreement.NotAboutEntries, CauseKind.MemoryError)]
    [InlineData(Read + 0x21, Linear, ReadWrite, WalkAgreement.NotAboutEntries, CauseKind.UnalignedAtomic)]
    [InlineData(Read + 0x21, Vmalloc, 0x0068000009000713UL, WalkAgreement.NotAboutEntries, CauseKind.UnalignedDevice)]
    [InlineData(Read + 0x25, Linear, ReadWrite, WalkAgreement.NotAboutEntries, CauseKind.GranuleProtection)]
    [InlineData(Read + 0x28, Linear, ReadWrite, WalkAgreement.NotAboutEntries, CauseKind.GranuleProtection)]
    [InlineData(Read + 0x30, Linear, ReadWrite, WalkAgreement.NotAboutEntries, CauseKind.BreakBeforeMake)]
    [InlineData(Read + 0x31, Linear, ReadWrite, WalkAgreement.NotAboutEntries, CauseKind.UnsupportedAtomic)]
    [InlineData(Read + 0x35, Linear, ReadWrite, WalkAgreement.NotAboutEntries, CauseKind.UnsupportedAtomic)]
    [InlineData(UserRead + 0x07, User, 0UL, WalkAgreement.Agrees, CauseKind.UserMistake)]
    [InlineData(UserRead + 0x07, User, UserPage, WalkAgreement.Allows, CauseKind.StaleTranslation)]
    public void A_fault_is_taken_for_its_usual_cause(uint syndrome, ulong address, ulong leaf, WalkAgreement agreement, CauseKind cause)
    {
        Explanation explanation = FaultExplainer.Explain(Fault(syndrome, address, leaf));
        Assert.Equal((agreement, cause), (explanation.Agreement, explanation.MainCause));
    }

    [Theory]
    [InlineData(Write + 0x0f, Vmalloc, ReadOnly, DenyingRule.ReadOnly)]
    [InlineData(Fetch + 0x0f, Vmalloc, ReadWrite, DenyingRule.PrivilegedExecuteNever)]
    [InlineData(Fetch + 0x0f, User, UserPage & ~(3UL << 53), DenyingRule.WritableByUser)]
    [InlineData(UserRead + 0x0f, User, UserPage & ~0x40UL, DenyingRule.NoUser)]
    [InlineData(0x8200000fU, User, UserPage, DenyingRule.UserExecuteNever)]
    public void The_rule_that_denies_is_named(uint syndrome, ulong address, ulong leaf, DenyingRule rule) =>
        Assert.Equal([rule], FaultExplainer.Explain(Fault(syndrome, address, leaf)).DeniedBy);

    [Theory]
    [InlineData(62, Write + 0x0f, DenyingRule.ReadOnlyTable)]
    [InlineData(61, UserRead + 0x0f, DenyingRule.NoUserTable)]
    [InlineData(60, 0x8200000fU, DenyingRule.UserExecuteNeverTable)]
    [InlineData(59, Fetch + 0x0f, DenyingRule.PrivilegedExecuteNeverTable)]
    public void A_right_that_a_table_takes_away_is_its(int bit, uint syndrome, DenyingRule rule)
    {
        // A leaf that allows everything but the rule between EL0's writes and EL1's execution.
        ulong leaf = rule == DenyingRule.PrivilegedExecuteNeverTable ? Code : 0x0008000044f21743UL;
        Oops oops = Fault(syndrome, User, leaf, table: 1UL << bit);
        Assert.Equal([rule], FaultExplainer.Explain(oops).DeniedBy);
    }

    [Theory]
    [InlineData(0x60400005UL, CauseKind.UserWithoutUaccess, Likelihood.Certain, DenyingRule.PrivilegedAccessNever)]
    [InlineData(0x60000005UL, CauseKind.UserWithoutUaccess, Likelihood.Likely, null)]
    public void User_memory_is_denied_by_PAN_where_it_is_set(ulong state, CauseKind cause, Likelihood sure, DenyingRule? rule)
    {
        Explanation explanation = FaultExplainer.Explain(Fault(Read + 0x0f, User, UserPage) with { ProcessState = state });
        Assert.Equal(new Cause(cause, sure), explanation.Causes[0]);
        Assert.Equal(rule is { } one ? [one] : [], explanation.DeniedBy);
    }

    [Theory]
    [InlineData(Read + 0x04)]
    [InlineData(Read + 0x05)]
    public void An_empty_TTBR0_is_an_emulated_PAN(uint syndrome) => Assert.Equal(
        CauseKind.UserWithEmulatedPan,
        FaultExplainer.Explain(Fault(syndrome, User, UserPage) with { ProcessState = 0x60400005, Message = "read from unreadable memory" }).MainCause);

    [Fact]
    public void A_leaf_that_is_not_global_has_KPTI_as_a_suspect()
    {
        Explanation explanation = FaultExplainer.Explain(Fault(Read + 0x07, Vmalloc, ReadWrite | (1UL << 11)));
        Assert.Equal(CauseKind.StaleTranslation, explanation.MainCause);
        Assert.Contains(explanation.Causes, cause => cause.Kind == CauseKind.OtherTables);
        Assert.DoesNotContain(FaultExplainer.Explain(Fault(Read + 0x07, Vmalloc, ReadWrite)).Causes, cause => cause.Kind == CauseKind.OtherTables);
    }

    [Fact]
    public void An_address_that_is_not_valid_is_not_looked_at()
    {
        Explanation explanation = FaultExplainer.Explain(Fault(Read + 0x10 + (1 << 10), 0x58, 0) with { Entries = [] });
        Assert.Null(explanation.Address);
        Assert.Null(explanation.Region);
        Assert.Equal(CauseKind.BusError, explanation.MainCause);
        Assert.Contains(OpenQuestion.Address, explanation.Open);
        Assert.Contains("FAR is not valid", ExplanationText.Syndrome(explanation), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1UL << 38, CauseKind.Overlay)]
    [InlineData(1UL << 37, CauseKind.CleanPage)]
    public void Second_thoughts_of_a_permission_fault_count(ulong second, CauseKind cause) =>
        Assert.Equal(cause, FaultExplainer.Explain(Fault(Write + 0x0f, Vmalloc, ReadOnly) with { Syndrome = new ExceptionSyndrome(second | (Write + 0x0f)) }).MainCause);

    [Fact]
    public void A_fault_of_stage_2_on_a_walk_is_the_hypervisors() =>
        Assert.Equal(CauseKind.HypervisorProtected, FaultExplainer.Explain(Fault(Read + 0x07 + 0x80, Linear, ReadWrite)).MainCause);

    [Fact]
    public void Memory_types_are_those_of_the_version()
    {
        // AttrIndx 4 is device nGnRE now; before 5.10 it is normal memory, and 1 is device.
        Oops now = Fault(Read + 0x21, Vmalloc, 0x0068000009000713);
        Oops then = now with { Version = new LinuxVersion(4, 19) };
        Assert.Equal(CauseKind.UnalignedDevice, FaultExplainer.Explain(now).MainCause);
        Assert.Equal(CauseKind.UnalignedAtomic, FaultExplainer.Explain(then).MainCause);
        Assert.Equal(CauseKind.UnalignedDevice, FaultExplainer.Explain(then with { Entries = [.. then.Entries.SkipLast(1), new(TableName.Pte, new(0x0068000009000707))] }).MainCause);

        // AttrIndx 3 of 5.10 is write-through memory, of 6.1 device.
        Oops early = Fault(Read + 0x21, Vmalloc, 0x006800000900070f) with { Version = new LinuxVersion(5, 10, 262) };
        Assert.Equal(CauseKind.UnalignedAtomic, FaultExplainer.Explain(early).MainCause);
        Assert.Equal(CauseKind.UnalignedDevice, FaultExplainer.Explain(early with { Version = new LinuxVersion(6, 1) }).MainCause);
    }

    [Theory]
    [InlineData(0xffff80000c2d5010UL, 0UL, CauseKind.StaleTranslation)]
    [InlineData(0xffff80000c2d5010UL, 0x80fUL, CauseKind.UnmappedVmalloc)]
    public void What_AT_says_counts(ulong address, ulong par, CauseKind cause) =>
        Assert.Equal(cause, FaultExplainer.Explain(Fault(Read + 0x07, address, 0) with { AddressTranslation = par }).MainCause);

    [Fact]
    public void Every_cause_has_a_name_and_every_name_is_one_clause()
    {
        Explanation explanation = FaultExplainer.Explain(Fault(Read + 0x07, Vmalloc, 0));
        foreach (CauseKind cause in Enum.GetValues<CauseKind>())
        {
            string sentence = ExplanationText.Summary(explanation with { Causes = [new Cause(cause, Likelihood.Likely)] })[0];
            Assert.True(sentence.Length is > 20 and < 240 && sentence.EndsWith('.'), string.Create(CultureInfo.InvariantCulture, $"{cause}: {sentence}"));
        }
    }

    // A kernel of 6.1, 4K pages and 48 bits, whose walk ends at level 3.
    private static Oops Fault(uint syndrome, ulong address, ulong leaf, ulong table = 0) => new()
    {
        Kind = OopsKind.Fault,
        Line = 1,
        Address = new VirtualAddress(address),
        Syndrome = new ExceptionSyndrome(syndrome),
        Version = new LinuxVersion(6, 1, 129),
        Tables = new PrintedTables(address >> 55 == 0, GranuleSize.Size4K, 48, new PhysicalAddress(0x41c8f000)),
        Entries =
        [
            new(TableName.Pgd, new(0xbffff003)), new(TableName.P4d, new(0xbffff003)), new(TableName.Pud, new(0xbfffe003 | table)), new(TableName.Pmd, new(0x104d1a003)), new(TableName.Pte, new(leaf)),
        ],
    };
}
