using Ptewright.Explaining;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Tests.Explaining;

/// <summary>The entries of five real kernels, each at its true level: 4 levels; 5 of which one is folded at run time; 3; 16K with one folded at run time; 64K with 2.</summary>
public sealed class RealEntriesTests
{
    private static readonly IReadOnlyList<Explanation> _explanations =
        [.. OopsFile.Read(Path.Combine(AppContext.BaseDirectory, "data", "oopses", "real-lines.txt")).Select(FaultExplainer.Explain)];

    [Fact]
    public void Four_levels_repeat_the_root_as_p4d()
    {
        Explanation explanation = _explanations[0];
        AssertSteps(
            explanation,
            "Pgd - Repeated Table", "P4d 0 Walked Table", "Pud 1 Walked Table", "Pmd 2 Walked Table", "Pte 3 Walked Invalid");
        Assert.Equal((RegionKind.Modules, 0xffff800000000000), (explanation.Region!.Kind, explanation.Region.Start!.Value.Value));
        Assert.Equal(CauseKind.UnloadedModule, explanation.MainCause);
        Assert.Equal(
        [
            " 0 pgd=p4d 1000000449999003 table at 0x449999000 (UXNTable)",
            " 1 pud     1000000449998003 table at 0x449998000 (UXNTable)",
            " 2 pmd     1000000080123003 table at 0x80123000 (UXNTable)",
            " 3 pte     0000000000000000 nothing",
        ], ExplanationText.Entries(explanation));
        Assert.Equal("the walk ends at level 3", ExplanationText.Verdict(explanation));
        Assert.Equal("the kernel's, 4K pages, 48-bit addresses, root at 0x41711000", ExplanationText.Tables(explanation));
    }

    [Fact]
    public void A_kernel_of_five_levels_on_48_bits_prints_a_pgd_that_nobody_reads()
    {
        Explanation explanation = _explanations[1];
        AssertSteps(
            explanation,
            "Pgd - Unrelated Invalid", "P4d 0 Walked Table", "Pud 1 Walked Table", "Pmd 2 Walked Table", "Pte 3 Walked Invalid");
        Assert.Equal((RegionKind.Vmalloc, CauseKind.UnmappedVmalloc), (explanation.Region!.Kind, explanation.MainCause));
        Assert.Equal(" - pgd 0000000000000000 not read (folded): another entry of the root", ExplanationText.Entries(explanation).First());
    }

    [Fact]
    public void Three_levels_print_the_root_three_times()
    {
        Explanation explanation = _explanations[2];
        AssertSteps(explanation, "Pgd - Repeated Table", "P4d - Repeated Table", "Pud 1 Walked Table", "Pmd 2 Walked Table", "Pte 3 Walked Invalid");
        Assert.Equal((RegionKind.Null, 0x58L), (explanation.Region!.Kind, explanation.Region.Offset));
        Assert.True(explanation.Oops.Tables!.IsUser);
        Assert.Equal("NULL pointer dereference: the kernel accessed 0x58.", ExplanationText.Summary(explanation)[0]);
        Assert.Equal(" 1 pgd=p4d=pud 0800000102013003 table at 0x102013000 (PXNTable)", ExplanationText.Entries(explanation).First());
    }

    [Fact]
    public void Pages_of_16K_with_47_bits_end_at_level_1()
    {
        Explanation explanation = _explanations[3];
        AssertSteps(explanation, "Pgd - Repeated Invalid", "P4d - Repeated Invalid", "Pud 1 Walked Invalid");
        Assert.Equal((RegionKind.LinearMap, CauseKind.NoMemoryThere), (explanation.Region!.Kind, explanation.MainCause));
        Assert.Equal((0xffff800000000000, 0xffffbfffffffffff), (explanation.Region.Start!.Value.Value, explanation.Region.Last!.Value.Value));
    }

    [Fact]
    public void Pages_of_64K_with_42_bits_have_two_levels_and_a_leaf()
    {
        Explanation explanation = _explanations[4];
        AssertSteps(explanation, "Pgd - Repeated Table", "P4d - Repeated Table", "Pud - Repeated Table", "Pmd 2 Walked Table", "Pte 3 Walked Page");
        Assert.Equal(0x42e80070UL, explanation.Walk!.Physical!.Value.Value);
        Assert.Equal((CauseKind.Unknown, WalkAgreement.Unknown), (explanation.MainCause, explanation.Agreement));
        Assert.Equal("rw- ---", explanation.Walk.Attributes!.Value.Permissions.ToString());
        Assert.Contains("Access to memory that is mapped, and without ESR it is not told why it faulted", ExplanationText.Summary(explanation)[0], StringComparison.Ordinal);
        Assert.Contains(OpenQuestion.Syndrome, explanation.Open);
    }

    private static void AssertSteps(Explanation explanation, params string[] steps) =>
        Assert.Equal(steps, explanation.Walk!.Steps.Select(step => $"{step.Name} {step.Level?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "-"} {step.Role} {step.Kind}"));
}
