namespace Ptewright.Tests.Checking;

/// <summary>Tries every behaviour of a short program, step by step: when each store becomes visible, when a walker reads, what it keeps.</summary>
/// <remarks>It shares nothing with the analysis but the program: states are explored one after another until none is new.</remarks>
internal sealed class TinyExplorer
{
    private static readonly TinyOp[] _between =
    [
        TinyOp.DsbIshst, TinyOp.DsbIsh, TinyOp.Isb, TinyOp.TlbiSlot, TinyOp.TlbiLeaf, TinyOp.TlbiAll, TinyOp.MapA, TinyOp.MapB, TinyOp.Unmap,
    ];

    private readonly TinyOp[] _program;
    private readonly ulong[] _slot;
    private readonly ulong[] _leaf;
    private readonly ulong[] _link;
    private readonly ulong[] _zero;

    private TinyExplorer(TinyOp[] program)
    {
        _program = program;
        _slot = [0, .. Values(TinyOp.MapA, TinyOp.MapB, TinyOp.Unmap)];
        _leaf = [0, .. Values(TinyOp.LeafX, TinyOp.LeafY)];
        _link = [0, .. Values(TinyOp.Link, TinyOp.Unlink)];
        _zero = [0, .. Values(TinyOp.Zero)];
    }

    /// <summary>Whether some behaviour of the program goes wrong.</summary>
    public static bool CanGoWrong(TinyOp[] program)
    {
        TinyExplorer explorer = new(program);
        HashSet<State> seen = [];
        Stack<State> open = new();
        open.Push(default);
        while (open.TryPop(out State state))
        {
            if (!seen.Add(state))
            {
                continue;
            }

            if (explorer.IsWrong(state))
            {
                return true;
            }

            foreach (State next in explorer.Successors(state))
            {
                open.Push(next);
            }
        }

        return false;
    }

    // A walker may follow the link, as it is seen or as it was kept, into a table whose zeroes are not seen. An access that is next may find what was
    // translated since the last ISB, what a TLB has, or what a walk finds.
    private bool IsWrong(State state)
    {
        if ((_link[state.Link] != 0 || state.HasLink || state.LosesLink) && state.Zero == 0)
        {
            return true;
        }

        if (state.At == _program.Length)
        {
            return false;
        }

        if (IsFree(state.At) && (_link[state.Link] != 0 || state.HasLink || state.LosesLink))
        {
            return true;
        }

        Half slot = state.Slot.Found(_slot);
        Half leaf = state.Leaf.Found(_leaf);
        return _program[state.At] switch
        {
            TinyOp.UseA => !slot.IsOnly(1),
            TinyOp.UseB => !slot.IsOnly(2),
            TinyOp.Return when LastLeaf(state.At) is > 0 and ulong value => !leaf.IsOnly(value),
            _ => false,
        };
    }

    private IEnumerable<State> Successors(State state)
    {
        int at = state.At;

        // Memory: the next store of a place becomes visible.
        if (state.Slot.Seen < Issued(at, TinyOp.MapA, TinyOp.MapB, TinyOp.Unmap))
        {
            yield return state with { Slot = state.Slot with { Seen = state.Slot.Seen + 1 } };
        }

        if (state.Leaf.Seen < Issued(at, TinyOp.LeafX, TinyOp.LeafY))
        {
            yield return state with { Leaf = state.Leaf with { Seen = state.Leaf.Seen + 1 } };
        }

        if (state.Link < Issued(at, TinyOp.Link, TinyOp.Unlink))
        {
            yield return state with { Link = state.Link + 1 };
        }

        if (state.Zero < Issued(at, TinyOp.Zero))
        {
            yield return state with { Zero = state.Zero + 1 };
        }

        // A walker: reads, keeps what is valid; or an access ahead takes what a walk or a TLB gives.
        yield return state with { Slot = state.Slot.Walk(_slot) };
        yield return state with { Leaf = state.Leaf.Walk(_leaf) };
        yield return state with { HasLink = state.HasLink || _link[state.Link] != 0 };

        if (at < _program.Length)
        {
            yield return Execute(state) with { At = at + 1 };
        }
    }

    private State Execute(State state)
    {
        switch (_program[state.At])
        {
            case TinyOp.DsbIshst or TinyOp.DsbIsh:
                state = state with
                {
                    Slot = state.Slot with { Seen = Issued(state.At, TinyOp.MapA, TinyOp.MapB, TinyOp.Unmap) },
                    Leaf = state.Leaf with { Seen = Issued(state.At, TinyOp.LeafX, TinyOp.LeafY) },
                    Link = Issued(state.At, TinyOp.Link, TinyOp.Unlink),
                    Zero = Issued(state.At, TinyOp.Zero),
                };
                return _program[state.At] == TinyOp.DsbIshst
                    ? state
                    : state with { Slot = state.Slot with { Leaving = 0 }, Leaf = state.Leaf with { Leaving = 0 }, LosesLink = false };
            case TinyOp.Isb:
                return state with { Slot = state.Slot with { Ahead = 0 }, Leaf = state.Leaf with { Ahead = 0 } };
            case TinyOp.TlbiSlot:
                return state with { Slot = state.Slot.Invalidate() };
            case TinyOp.TlbiLeaf:
                return state with { Leaf = state.Leaf.Invalidate() };
            case TinyOp.TlbiAll:
                return state with
                {
                    Slot = state.Slot.Invalidate(), Leaf = state.Leaf.Invalidate(), LosesLink = state.LosesLink || state.HasLink, HasLink = false,
                };
            default:
                return state;
        }
    }

    // Whether the table is somebody else's by now: it was unlinked, and only barriers, invalidations and the window's entry came since.
    private bool IsFree(int at)
    {
        int last = Array.FindLastIndex(_program, at, at + 1, op => !_between.Contains(op));
        return last == at && at > 0 && Array.FindLastIndex(_program, at - 1, at, op => !_between.Contains(op)) is >= 0 and int before
            && _program[before] == TinyOp.Unlink;
    }

    private ulong LastLeaf(int at)
    {
        for (int i = at - 1; i >= 0 && _program[i] != TinyOp.Return; i--)
        {
            if (_program[i] is TinyOp.LeafX or TinyOp.LeafY)
            {
                return _program[i] == TinyOp.LeafX ? 1UL : 2;
            }
        }

        return 0;
    }

    private IEnumerable<ulong> Values(params TinyOp[] stores) =>
        _program.Where(stores.Contains).Select(ValueOf);

    private static ulong ValueOf(TinyOp op) => op switch
    {
        TinyOp.Unmap or TinyOp.Unlink => 0,
        TinyOp.MapB or TinyOp.LeafY => 2,
        _ => 1,
    };

    private int Issued(int at, params TinyOp[] stores) => _program.Take(at).Count(stores.Contains);

    /// <summary>One address: which store is seen, and sets of what it may be translated to (bit 0 a fault, bits 1 and 2 the two pages).</summary>
    private readonly record struct Half(int Seen, int Kept, int Leaving, int Ahead)
    {
        public Half Walk(ulong[] values)
        {
            int found = 1 << (int)values[Seen];
            return this with { Kept = Kept | (found & ~1), Ahead = Ahead | found | Kept | Leaving };
        }

        public Half Invalidate() => this with { Leaving = Leaving | Kept, Kept = 0 };

        public Half Found(ulong[] values) => this with { Ahead = Ahead | Kept | Leaving | (1 << (int)values[Seen]) };

        public bool IsOnly(ulong page) => Ahead == 1 << (int)page;
    }

    private readonly record struct State(int At, Half Slot, Half Leaf, int Link, int Zero, bool HasLink, bool LosesLink);
}
