using CsCheck;
using Ptewright.Checking;

namespace Ptewright.Tests.Checking;

/// <summary>The analysis says of a program what trying every behaviour says.</summary>
public sealed class OrderingAgreementTests
{
    private static readonly TinyOp[] _window = [TinyOp.MapA, TinyOp.MapB, TinyOp.Unmap, TinyOp.UseA, TinyOp.UseB, TinyOp.DsbIshst, TinyOp.DsbIsh, TinyOp.Isb, TinyOp.TlbiSlot];

    private static readonly TinyOp[] _sound =
    [
        TinyOp.MapA, TinyOp.DsbIshst, TinyOp.Isb, TinyOp.UseA, TinyOp.Zero, TinyOp.DsbIshst, TinyOp.Link, TinyOp.LeafX,
        TinyOp.Unmap, TinyOp.DsbIshst, TinyOp.TlbiSlot, TinyOp.DsbIsh, TinyOp.Isb, TinyOp.Return, TinyOp.MapB, TinyOp.DsbIshst, TinyOp.Isb, TinyOp.UseB,
    ];

    [Fact]
    public void Any_short_program_is_judged_alike() => Gen.Enum<TinyOp>().Array[3, 10].Sample(program => Assert.True(Agree(program), Text(program)), iter: 20_000);

    [Fact]
    public void Any_short_program_of_one_window_is_judged_alike() =>
        Gen.Int[0, _window.Length - 1].Select(op => _window[op]).Array[5, 12].Sample(program => Assert.True(Agree(program), Text(program)), iter: 20_000);

    [Fact]
    public void A_sound_program_with_operations_removed_and_exchanged_is_judged_alike() =>
        Gen.Select(Gen.Int[0, _sound.Length - 1].Array[0, 3], Gen.Int[0, _sound.Length - 2].Array[0, 2]).Sample(
            (removed, exchanged) =>
            {
                TinyOp[] program = [.. _sound];
                foreach (int at in exchanged)
                {
                    (program[at], program[at + 1]) = (program[at + 1], program[at]);
                }

                program = [.. program.Where((_, index) => !removed.Contains(index))];
                Assert.True(Agree(program), Text(program));
            },
            iter: 5_000);

    [Fact]
    public void The_sound_program_is_sound()
    {
        Assert.False(TinyExplorer.CanGoWrong(_sound));
        Assert.Null(OrderingCheck.Find(TinyMachine.Sequence(_sound), []));
    }

    // Every barrier of it: the ISB of the unmapping, for which the next mapping's would do, is also the leaf's.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(9)]
    [InlineData(10)]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(15)]
    [InlineData(16)]
    public void Without_one_barrier_the_sound_program_goes_wrong(int left)
    {
        TinyOp[] program = [.. _sound.Where((_, index) => index != left)];
        Assert.True(TinyExplorer.CanGoWrong(program));
        Assert.NotNull(OrderingCheck.Find(TinyMachine.Sequence(_sound), [left + 1]));
    }

    private static bool Agree(TinyOp[] program) => TinyExplorer.CanGoWrong(program) == OrderingCheck.Find(TinyMachine.Sequence(program), []) is not null;

    private static string Text(TinyOp[] program) => string.Join(", ", program);
}
