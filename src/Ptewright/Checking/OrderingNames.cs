using Ptewright.Cpu;
using Ptewright.Simulation;
using Ptewright.Translation;

namespace Ptewright.Checking;

/// <summary>Says for each barrier and invalidation of a sequence which line of a kernel it stands for.</summary>
/// <remarks>The engine asks a CPU for instructions, not for functions; but each function issues its instructions right behind the store that it makes.</remarks>
internal sealed class OrderingNames
{
    private const string Installed = "temporary map installed";

    private readonly OrderingSequence _sequence;
    private readonly StrategyOptions _strategy;
    private readonly string[] _functions;
    private readonly bool _late;

    /// <summary>Names the events of a sequence.</summary>
    /// <param name="sequence">The sequence.</param>
    /// <param name="strategy">How tables are written.</param>
    /// <param name="late">Whether a running kernel writes them.</param>
    public OrderingNames(OrderingSequence sequence, StrategyOptions strategy, bool late)
    {
        (_sequence, _strategy, _late) = (sequence, strategy, late);
        _functions = new string[sequence.Count + 1];
        string current = string.Empty;
        bool temporary = !late && strategy.Reach == Reach.Direct;
        for (int i = 1; i <= sequence.Count; i++)
        {
            current = NameAt(i, current);
            temporary &= sequence[i].Kind != OrderingKind.SetTtbr0 && current != Installed;
            _functions[i] = temporary ? $"temporary map: {current}" : current;
        }
    }

    /// <summary>The function that event <paramref name="number"/> belongs to.</summary>
    public string Function(int number) => _functions[number];

    /// <summary>Function and instruction.</summary>
    public string Full(int number) => _sequence[number].IsNextCaller ? "the next caller's __set_fixmap" : $"{_functions[number]}: {_sequence[number].Instruction}";

    private string NameAt(int number, string current)
    {
        OrderingEvent item = _sequence[number];
        OrderingKind kind = item.Kind;
        switch (kind)
        {
            case OrderingKind.Store when item.Page == _sequence.Setting.SlotTable:
                return item.Value != 0 ? "__set_fixmap" : "clear_fixmap";
            case OrderingKind.Unmapped:
                return IsLazy(item) ? "lazy flush of 16 slots" : "clear_fixmap";
            case OrderingKind.Store when item.Value == 0:
                return ClearName(item);
            case OrderingKind.TlbiPage or OrderingKind.DsbIshst when Next(number, OrderingKind.TlbiPage):
                return "__flush_tlb_kernel_pgtable";
            case OrderingKind.TlbiLast or OrderingKind.TlbiAll or OrderingKind.DsbIshst
                when !IsWindow(current) && !Premapped && (Next(number, OrderingKind.TlbiLast) || Next(number, OrderingKind.TlbiAll)):
                return "flush_tlb_kernel_range";
            case OrderingKind.Store:
                return StoreName(item);
            case OrderingKind.Clear:
                return _strategy.Zeroing == Zeroing.OnPopulation ? "init_clear_pgtable" : _late ? "__pgd_pgtable_alloc" : "early_pgtable_alloc";
            case OrderingKind.Mapped or OrderingKind.Access:
                return kind == OrderingKind.Mapped && item.Slot == TableSlot.None ? current : "walk";
            case OrderingKind.SetTtbr0 when Premapped:
                return item.Page != 0 ? Installed : "temporary map removed";
            case OrderingKind.SetTtbr0:
                return item.Page != 0 ? "__cpu_install_idmap" : "cpu_set_reserved_ttbr0";
            case OrderingKind.SetTtbr1:
                return "idmap_cpu_replace_ttbr1";
            case OrderingKind.DsbIshst when number < _sequence.Count && _sequence[number + 1].Kind == OrderingKind.SetTtbr0:
                return Installed;
            case OrderingKind.DsbNshst:
                return "local_flush_tlb_all";
            case OrderingKind.Isb when current is "local_flush_tlb_all" && _sequence[number - 1].Kind == OrderingKind.Isb:
                return "cpu_set_tcr_t0sz";
            case OrderingKind.Isb when current is "cpu_set_reserved_ttbr0" && _sequence[number - 1].Kind == OrderingKind.Isb:
                return "__cpu_install_idmap";
            case OrderingKind.Return:
                return "caller";
            default:
                return current;
        }
    }

    private bool Premapped => !_late && _strategy.Reach == Reach.Direct;

    private bool IsLazy(OrderingEvent item) => _strategy.Closing == Closing.Lazy && item.Slot == TableSlot.Pte;

    // Whether this event or the next one is an invalidation of a kind.
    private bool Next(int number, OrderingKind kind) =>
        _sequence[number].Kind == kind || (number < _sequence.Count && _sequence[number + 1].Kind == kind);

    private static bool IsWindow(string function) => function is "clear_fixmap" or "lazy flush of 16 slots";

    private static string ClearName(OrderingEvent item) => item.Level switch
    {
        3 => "pte_clear",
        2 => "pmd_clear",
        1 => "pud_clear",
        0 => "p4d_clear",
        _ => "pgd_clear",
    };

    private string StoreName(OrderingEvent item)
    {
        string what = new Descriptor(item.Value).IsBlock ? "block" : "table";
        return item.Level switch
        {
            3 => _strategy.Synchronisation == Synchronisation.EachEntry ? "set_pte" : "end of a visit of a PTE table",
            2 => $"set_pmd ({what})",
            1 => $"set_pud ({what})",
            0 => $"set_p4d ({what})",
            _ => $"set_pgd ({what})",
        };
    }
}
