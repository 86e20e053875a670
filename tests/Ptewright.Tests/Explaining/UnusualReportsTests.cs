using System.Diagnostics;
using Ptewright.Explaining;

namespace Ptewright.Tests.Explaining;

/// <summary>Reports whose answer was wrong once: of kernels, machines and causes that are rarer than those in <c>tests/data/oopses</c>.</summary>
public sealed class UnusualReportsTests
{
    private const string Between = "address between user and kernel address ranges";

    /// <summary>What vendors and recorders put before each line.</summary>
    public static TheoryData<string> Prefixes =>
    [
        "[   12.345678] (0)[1234:kworker/0:1]", "<1>[   12.345678] -(3)[1234:kworker/3:1]", "<1>[   82.646346] c0   1234 ", "<6>[   82.646346] c1 1 (swapper/0) ", "16:56:35 [   82.646346] ",
        "16:56:35.123 ", "2026-11-27 16:56:35 [   82.646346] ", "04-15 13:58:03.028     0     0 E         : ",
    ];

    [Theory]
    [MemberData(nameof(Prefixes))]
    public void Prefixes_of_vendors_do_not_matter(string prefix)
    {
        Explanation explanation = Explain(string.Join('\n', Report("6.1.0-1", 0x58, 0x9600_0005, Tables("user", 4, 39), "pgd=0000000000000000, p4d=0000000000000000, pud=0000000000000000").Split('\n').Select(line => prefix + line)));
        Assert.Equal(CauseKind.NullPointer, explanation.MainCause);
        Assert.Equal("6.1.0-1", explanation.Oops.Release);
        Assert.Equal(WalkAgreement.Agrees, explanation.Agreement);
        Assert.Equal("foo+0x10/0x20", explanation.Oops.ProgramCounter);
    }

    [Theory]
    [InlineData("BUG: unable to handle page fault for address: ffffc90000a13000\n#PF: supervisor write access in kernel mode\nOops: 0002 [#1] SMP\nKernel panic - not syncing: Fatal exception", "x86")]
    [InlineData("BUG: KASAN: slab-use-after-free in foo+0x10/0x20\nRead of size 8 at addr ffff888100a3b000 by task cat/1\nCPU: 3 PID: 1 Comm: cat Not tainted 6.1.0 #1\n <TASK>\nRIP: 0033:0x7f", "x86")]
    [InlineData("kernel BUG at mm/slub.c:448!\ninvalid opcode: 0000 [#1] SMP\nCPU: 3 PID: 1 Comm: cat Not tainted 6.1.0 #1\nRIP: 0010:foo+0x10/0x20", "x86")]
    [InlineData("Unable to handle kernel paging request at ffffffff81234567 RIP: \nOops: 0000 [1] SMP", "x86")]
    [InlineData("Unable to handle kernel NULL pointer dereference at virtual address 0000000000000010\nOops [#1]\nepc : foo+0x10/0x20\n ra : bar+0x1", "RISC-V")]
    [InlineData("CPU 1 Unable to handle kernel paging request at virtual address 0000000000000010, era == 9000000000223344, ra == 9000000000223300\nOops[#1]:", "MIPS or LoongArch")]
    [InlineData("Unable to handle kernel paging request at virtual address 12005456\npgd = 8cab8000\n[12005456] *pgd=00000000\nInternal error: Oops: 805 [#1] ARM\nKernel panic - not syncing: Fatal exception", "32-bit Arm")]
    [InlineData("BUG: Unable to handle kernel data access on read at 0xc000000000000010\nOops: Kernel access of bad area, sig: 11 [#1]", "PowerPC")]
    [InlineData("Unable to handle kernel pointer dereference in virtual kernel address space\nOops: 0004 ilc:2 [#1] SMP\nKernel panic - not syncing: Fatal exception: panic_on_oops", "s390")]
    public void Oopses_of_other_architectures_are_none(string text, string name) =>
        Assert.Contains(name, Assert.Throws<InvalidInputException>(() => OopsFile.Parse(text, "text")).Message, StringComparison.Ordinal);

    [Fact]
    public void Behind_an_x86_oops_one_of_arm64_is_found()
    {
        IReadOnlyList<Oops> found = OopsFile.Parse("BUG: kernel NULL pointer dereference, address: 10\nRIP: 0010:foo\n" + Report("6.1.0", 0x58, 0x9600_0005, Tables("user", 4, 39), "pgd=0000000000000000"), "text");
        Assert.Equal(0x58UL, Assert.Single(found).Address!.Value.Value);
    }

    [Theory]
    [InlineData("5.10.157-android13", 0xffffffc0_12345678, 0xffffffc0_1a2bbd00, RegionKind.Vmalloc, false)]
    [InlineData("5.10.157-android13", 0xffffff80_12345678, 0xffffffc0_1a2bbd00, RegionKind.LinearMap, false)]
    [InlineData("4.19.66", 0xffffffc0_12345678, 0xffffff80_1a2bbd00, RegionKind.LinearMap, false)]
    [InlineData("6.12.22", 0xffffc040_00004000, 0xffffc000_8a2bbd00, RegionKind.Vmalloc, false)]
    [InlineData("6.1.0", 0xffff0000_12345678, 0xffff8000_0a2bbd00, RegionKind.LinearMap, false)]
    [InlineData("6.1.0", 0xffffff80_12345678, 0UL, RegionKind.Hole, false)]
    [InlineData("6.1.0", 0xffff8000_12345678, 0UL, RegionKind.Vmalloc, true)]
    [InlineData("6.12.0", 0xfff00000_12345678, 0UL, RegionKind.LinearMap, true)]
    public void Without_tables_the_stack_shows_the_size_of_addresses(string release, ulong address, ulong stack, RegionKind kind, bool isAssumed)
    {
        AddressRegion region = Explain(Report(release, address, 0x9600_0007, null, null, stack)).Region!;
        Assert.Equal(kind, region.Kind);
        Assert.Equal(isAssumed, region.IsSizeAssumed);
    }

    // The kernel knows its size: what it calls neither half is no program's address, though it were one with 48 bits.
    [Theory]
    [InlineData(0x0000ffff_81234568)]
    [InlineData(0xffff0000_12345678)]
    [InlineData(0x000fffc0_81e0daf0)]
    public void What_the_kernel_calls_neither_half_is_no_address(ulong address) =>
        Assert.Equal(RegionKind.NonCanonical, Explain(Report("6.1.0", address, 0x9600_0004, null, Between)).Region!.Kind);

    // KASAN_SHADOW_OFFSET: arch/arm64/Kconfig of 7.3 and 5.10, asm/memory.h of 4.19.
    [Theory]
    [InlineData(0xdfff8000_00000000)]
    [InlineData(0xdfffc000_00000000)]
    [InlineData(0xdffffe00_00000000)]
    [InlineData(0xdfffffc0_00000000)]
    [InlineData(0xdffffff8_00000000)]
    [InlineData(0xdfffa000_00000000)]
    [InlineData(0xdfffd000_00000000)]
    [InlineData(0xdffffe80_00000000)]
    [InlineData(0xdfffffd0_00000000)]
    [InlineData(0xdffffffa_00000000)]
    [InlineData(0xdfff2000_00000000)]
    [InlineData(0xdfffff90_00000000)]
    public void The_shadow_of_NULL_is_known_for_all_sizes(ulong offset)
    {
        Explanation explanation = Explain(Report("5.10.0", offset + 5, 0x9600_0004, null, Between));
        Assert.Equal(RegionKind.KasanShadowOfNothing, explanation.Region!.Kind);
        Assert.Equal(0x28, explanation.Region.Offset);
        Assert.Contains(explanation.Causes, cause => cause.Kind == CauseKind.NullPointer);
    }

    [Fact]
    public void KASAN_says_itself_which_address_it_checked()
    {
        Explanation explanation = Explain("Unable to handle kernel paging request at virtual address ed6ced6d6d6d6d6d\nKASAN: maybe wild-memory-access in range [0x6b6b6b6b6b6b6b68-0x6b6b6b6b6b6b6b6f]\nMem abort info:\n  ESR = 0x0000000096000004\n[ed6ced6d6d6d6d6d] " + Between);
        Assert.Equal(CauseKind.CheckedAccess, explanation.MainCause);
        Assert.Contains("0x6b6b6b6b6b6b6b68, SLUB's poison of freed objects", First(explanation), StringComparison.Ordinal);
        Assert.DoesNotContain(explanation.Causes, cause => cause.Kind == CauseKind.NullPointer);
    }

    // set_memory_valid and debug_pagealloc clear bit 0 and leave the rest.
    [Theory]
    [InlineData("0000000000000000", CauseKind.NoMemoryThere)]
    [InlineData("00e8000044a21706", CauseKind.TakenOutOfLinearMap)]
    public void An_empty_entry_of_the_linear_map_is_of_no_memory(string entry, CauseKind cause)
    {
        Explanation explanation = Explain(Report("6.1.0", 0xffff0000_40201000, 0x9600_0007, Tables("swapper", 4, 48),
            $"pgd=180000023ffff003, p4d=180000023ffff003, pud=180000023fffe003, pmd=180000023fffd003, pte={entry}"));
        Assert.Equal(cause, explanation.MainCause);
        Assert.Equal(entry[0] != '0' || entry[2] == 'e', explanation.Causes.Any(other => other.Kind == CauseKind.TakenOutOfLinearMap));
    }

    [Theory]
    [InlineData(0xdead0000_000000e8, "(LIST_POISON1 - 0x18)")]
    [InlineData(0xdeacffff_fffffef8, "(LIST_POISON1 - 0x208)")]
    [InlineData(0xdead0000_00000130, "(LIST_POISON2 + 0xe)")]
    [InlineData(0xdead0000_00000400, "not in use dereferenced (TAIL_MAPPING)")]
    [InlineData(0xdead0000_00000308, "not in use dereferenced (TIMER_ENTRY_STATIC + 0x8)")]
    [InlineData(0xa56b6b6b_6b6b6b6b, "SLUB's poison of freed objects (0x6b)")]
    public void Poisons_are_known_with_what_is_added_and_taken_away(ulong address, string words) =>
        Assert.Contains(words, First(Explain(Report("6.1.0", address, 0x9600_0004, null, Between))), StringComparison.Ordinal);

    // ldr x1, [x0, #56] with x0 = -EINVAL.
    [Fact]
    public void The_instruction_shows_an_error_pointer_whose_offset_wraps()
    {
        Explanation explanation = Explain(Report("6.1.0", 0x22, 0x9600_0005, Tables("user", 4, 39), "pgd=0000000000000000") + "x2 : 0000000000000001 x1 : ffffff80c0000000 x0 : ffffffffffffffea\nCode: aa0003f3 d503201f d503201f d503201f (f9401c01) \n");
        Assert.Equal(CauseKind.ErrorPointer, explanation.MainCause);
        Assert.Equal(22, explanation.Region!.Error);
        Assert.Equal(56, explanation.Region.Offset);
    }

    [Theory]
    [InlineData(0xffffffff_fffffff8, CauseKind.BelowNull)]
    [InlineData(0xffffffff_ffffffe8, CauseKind.BelowNull)]
    [InlineData(0xffffffff_fffffff0, CauseKind.ErrorPointer)]
    [InlineData(0xffffffff_ffffffea, CauseKind.ErrorPointer)]
    public void Just_below_NULL_lie_members_before_errors_that_nobody_returns(ulong address, CauseKind cause) =>
        Assert.Equal(cause, Explain(Report("6.1.0", address, 0x9600_0004, Tables("swapper", 4, 48), "pgd=0000000000000000")).MainCause);

    [Theory]
    [InlineData("Accessing user space memory outside uaccess.h routines: 9600000f", CauseKind.UserWithoutUaccess, "outside the uaccess routines (PAN)")]
    [InlineData("Accessing user space memory with fs=KERNEL_DS: 9600000f", CauseKind.UserWithoutUaccess, "with fs=KERNEL_DS")]
    [InlineData("Attempting to execute userspace memory: 8600000f", CauseKind.ExecutedUser, "Execution of user memory")]
    public void Linux_4_19_has_its_own_words_for_user_memory(string words, CauseKind cause, string says)
    {
        Explanation explanation = Explain($"Internal error: {words} [#1] PREEMPT SMP\nCPU: 1 PID: 2 Comm: a Not tainted 4.19.66 #1\npstate: 60400005 (nZCv daif +PAN -UAO)\npc : foo+0x10/0x20\n");
        Assert.Equal(cause, explanation.MainCause);
        Assert.Contains(says, First(explanation), StringComparison.Ordinal);
    }

    [Fact]
    public void Linux_4_19_prints_the_address_of_an_external_abort()
    {
        Explanation explanation = Explain("Synchronous External Abort: synchronous external abort (0x96000210) at 0xffffff800a3c0050\nInternal error: : 96000210 [#1] PREEMPT SMP\nCPU: 1 PID: 2 Comm: a Not tainted 4.19.66 #1\npc : foo+0x10/0x20\nsp : ffffff800a2bbd00\n");
        Assert.Equal(CauseKind.BusError, explanation.MainCause);
        Assert.Equal(RegionKind.Vmalloc, explanation.Region!.Kind);
    }

    [Fact]
    public void Linux_4_14_names_the_place_in_lines_of_their_own()
    {
        Explanation explanation = Explain("Unable to handle kernel paging request at virtual address ffffffc0fa000010\n  ESR = 0x96000006\nswapper pgtable: 4k pages, 39-bit VAs, pgd = ffffff8009a5d000\n[ffffffc0fa000010] *pgd=00000000fbff8003, *pud=00000000fbff8003, *pmd=0000000000000000\nInternal error: Oops: 96000006 [#1] PREEMPT SMP\nCPU: 4 PID: 213 Comm: a Tainted: G S      W       4.14.117-perf+ #1\nPC is at foo+0x10/0x20\nLR is at bar+0x88/0x94\npc : [<ffffff800877cb8c>] lr : [<ffffff80087634a4>] pstate: 80400145\n");
        Assert.Equal("foo+0x10/0x20", explanation.Oops.ProgramCounter);
        Assert.Equal("bar+0x88/0x94", explanation.Oops.LinkRegister);
        Assert.Equal(0x80400145UL, explanation.Oops.ProcessState);
        Assert.Equal(RegionKind.LinearMap, explanation.Region!.Kind);
    }

    [Fact]
    public void Under_KERNEL_DS_and_without_PAN_it_is_not_PAN()
    {
        string entries = "pgd=0800000102013003, p4d=0800000102013003, pud=0800000102014003, pmd=0800000102015003, pte=00a8000103344fc3";
        string text = Report("5.10.0", 0xaaaa_d54b_0010, 0x9600_004f, Tables("user", 4, 48), entries, 0, "access to user memory outside uaccess routines");
        Assert.Contains("(PAN)", First(Explain(text)), StringComparison.Ordinal);
        Assert.DoesNotContain("PAN", First(Explain(text.Replace("pstate: 60400005", "pstate: 60000005", StringComparison.Ordinal))), StringComparison.Ordinal);
        Assert.StartsWith("User memory accessed with fs=KERNEL_DS", First(Explain(text.Replace("outside uaccess routines", "with fs=KERNEL_DS", StringComparison.Ordinal))), StringComparison.Ordinal);
    }

    // asm/memory.h: MODULES_VSIZE has 2 GiB from 6.5 on; BPF programs have 128 MiB of their own from 5.0 on; asm/fixmap.h counts early_ioremap's slots from 6.9 on.
    [Theory]
    [InlineData("6.4.0", 0xffff8000_12345678, RegionKind.Vmalloc)]
    [InlineData("6.6.51", 0xffff8000_12345678, RegionKind.Modules)]
    [InlineData("6.6.51", 0xffff8000_80000000, RegionKind.Vmalloc)]
    [InlineData("6.8.0", 0xffff8000_7fffffff, RegionKind.Modules)]
    [InlineData("4.19.0", 0xffff0000_00123456, RegionKind.Modules)]
    [InlineData("5.3.0", 0xffff0000_00123456, RegionKind.Bpf)]
    [InlineData("5.3.0", 0xffff0000_08123456, RegionKind.Modules)]
    [InlineData("6.1.0", 0xfffffbff_fda2b000, RegionKind.Fixmap)]
    [InlineData("6.1.0", 0xfffffbff_fda35000, RegionKind.Fixmap)]
    public void Regions_of_versions_between_the_profiles(string release, ulong address, RegionKind kind) =>
        Assert.Equal(kind, Explain(Report(release, address, 0x9600_0004, Tables("swapper", 4, 48), "pgd=0000000000000000")).Region!.Kind);

    [Fact]
    public void A_program_that_touches_the_kernel_is_told_so()
    {
        Explanation explanation = Explain("prog[123]: unhandled level 1 translation fault (11) at 0xffffff8008080000, esr 0x92000005, in libc.so[7f8000000000+1000]\n");
        Assert.Contains("kernel's half", ExplanationText.Summary(explanation)[1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_fault_of_stage_2_is_not_about_the_printed_entries()
    {
        Explanation explanation = Explain(Report("6.18.0", 0xffff0001_40001000, 0x9600_0087, Tables("swapper", 4, 48), "pgd=180000023ffff003, p4d=180000023ffff003, pud=180000023fffe003, pmd=180000023fffd003, pte=0068000180001707"));
        Assert.Equal(CauseKind.HypervisorProtected, explanation.MainCause);
        Assert.Equal(WalkAgreement.NotAboutEntries, explanation.Agreement);
    }

    // Before 5.11 there is no line with FSC: the class alone does not say which fault it was.
    [Fact]
    public void A_class_without_a_status_is_no_syndrome()
    {
        const string Lines = "Unable to handle kernel paging request at virtual address ffff80000a2d5010\nMem abort info:\n  EC = 0x25: DABT (current EL), IL = 32 bits\n  SET = 0, FnV = 0\n";
        Assert.Null(Explain(Lines).Oops.Syndrome);
        Assert.Equal(0x9600_0047UL, Explain(Lines + "Data abort info:\n  ISV = 0, ISS = 0x00000047\n  CM = 0, WnR = 1\n").Oops.Syndrome!.Value.Value);
    }

    [Fact]
    public void Above_the_stack_there_is_no_recursion()
    {
        string entries = "pgd=10000000fbff8003, p4d=10000000fbff8003, pud=10000000fbff7003, pmd=10000000fbff6003, pte=0000000000000000";
        Assert.Contains("recursion", string.Join(' ', ExplanationText.Summary(Explain(Report("6.1.0", 0xffff8000_0a2b7ff8, 0x9600_0047, Tables("swapper", 4, 48), entries, 0xffff8000_0a2b8020)))), StringComparison.Ordinal);
        Assert.DoesNotContain("recursion", string.Join(' ', ExplanationText.Summary(Explain(Report("6.1.0", 0xffff8000_0a2bc000, 0x9600_0007, Tables("swapper", 4, 48), entries, 0xffff8000_0a2bb120)))), StringComparison.Ordinal);
    }

    [Fact]
    public void In_the_slab_allocator_a_wild_pointer_is_the_free_list() =>
        Assert.Contains("free list", string.Join(' ', ExplanationText.Summary(Explain(Report("6.1.0", 0x00563f2e_81a6b4c8, 0x9600_0004, null, Between).Replace("foo+0x10", "__kmalloc+0x90", StringComparison.Ordinal)))), StringComparison.Ordinal);

    [Fact]
    public void An_assumed_layout_is_said_beside_what_follows_from_it()
    {
        Explanation explanation = Explain("Unable to handle kernel paging request at virtual address ffff800012345678\n");
        Assert.Contains("the text does not name its kernel", string.Join(' ', ExplanationText.Summary(explanation)), StringComparison.Ordinal);
        Assert.Contains(OpenQuestion.AddressSize, explanation.Open);
    }

    [Theory]
    [InlineData(0xbe00_0000, CauseKind.AsynchronousAbort)]
    [InlineData(0x3400_0001, CauseKind.BranchTarget)]
    [InlineData(0x7200_0000, CauseKind.PointerAuthentication)]
    [InlineData(0x8a00_0000, CauseKind.Unaligned)]
    [InlineData(0xf200_0800, CauseKind.FailedCheck)]
    [InlineData(0x5e00_0000, CauseKind.Unknown)]
    public void A_syndrome_by_hand_may_be_of_any_exception(ulong syndrome, CauseKind cause)
    {
        Explanation explanation = FaultExplainer.Explain(new Oops { Syndrome = new(syndrome) });
        Assert.Equal(cause, explanation.MainCause);
        Assert.DoesNotContain(OpenQuestion.Address, explanation.Open);
    }

    [Fact]
    public void NULL_itself_has_no_offset()
    {
        Explanation explanation = Explain(Report("6.1.0", 0, 0x9600_0045, Tables("user", 4, 39), "pgd=0000000000000000"));
        Assert.EndsWith(": NULL", ExplanationText.Place(explanation), StringComparison.Ordinal);
        Assert.DoesNotContain("offset", string.Join(' ', ExplanationText.Summary(explanation)), StringComparison.Ordinal);
    }

    // Two CPUs that fault at once write between each other's lines.
    [Fact]
    public void All_reports_of_a_text_that_names_one_kernel_are_of_it()
    {
        IReadOnlyList<Oops> found = OopsFile.Parse("Unable to handle kernel paging request at virtual address ffff800012345678\nMem abort info:\n  ESR = 0x96000007\n" + Report("6.6.51", 0x58, 0x9600_0005, null, null), "text");
        Assert.Equal(["6.6.51", "6.6.51"], found.Select(oops => oops.Release));
    }

    [Theory]
    [InlineData("yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\n", 100_000)]
    [InlineData("02:14:00 ", 200_000)]
    [InlineData("[ 1.0] ", 200_000)]
    [InlineData("x0 : 0 ", 200_000)]
    [InlineData("[ffff000140001000] pgd=180000023ffff003, p4d=", 50_000)]
    public void Long_and_repeated_lines_are_read_at_once(string part, int times)
    {
        string text = Report("6.1.0", 0x58, 0x9600_0005, null, null) + string.Concat(Enumerable.Repeat(part, times)) + "\n";
        Stopwatch watch = Stopwatch.StartNew();
        _ = OopsFile.Parse(text, "text");
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), $"it took {watch.Elapsed}");
    }

    private static Explanation Explain(string text) => FaultExplainer.Explain(OopsFile.Parse(text, "text")[0]);

    private static string First(Explanation explanation) => ExplanationText.Summary(explanation)[0];

    private static string Tables(string whose, int pages, int bits) => $"{whose} pgtable: {pages}k pages, {bits}-bit VAs, pgdp=0000000041711000";

    private static string Report(string release, ulong address, ulong syndrome, string? tables, string? entries, ulong stack = 0, string what = "paging request") =>
        $"Unable to handle kernel {what} at virtual address {address:x16}\nMem abort info:\n  ESR = 0x{syndrome:x16}\n"
        + (tables is null ? string.Empty : tables + "\n")
        + (entries is null ? string.Empty : $"[{address:x16}] {entries}\n")
        + $"Internal error: Oops: {syndrome:x16} [#1] PREEMPT SMP\nCPU: 1 PID: 213 Comm: insmod Tainted: G           O      {release} #1\nHardware name: x (DT)\npstate: 60400005 (nZCv daif +PAN -UAO)\npc : foo+0x10/0x20\nlr : bar+0x1/0x2\n"
        + (stack == 0 ? string.Empty : $"sp : {stack:x16}\n");
}
