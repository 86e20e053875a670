using System.Globalization;
using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.Translation;

namespace Ptewright.Decoding;

/// <summary>The ways to forget a range of addresses: page by page, by range, by ASID, everything; how many instructions each takes, and which one Linux takes.</summary>
/// <remarks>Arm ARM C5.5; Linux <c>arch/arm64/include/asm/tlbflush.h</c>: <c>__flush_tlb_range</c>, <c>flush_tlb_kernel_range</c>, <c>__flush_tlb_range_limit_excess</c>.</remarks>
public sealed class TlbiPlan
{
    private TlbiPlan(TlbiOperation operation, ulong from, ulong pages, GranuleSize granule, bool isLpa2, int asid)
    {
        Operation = operation.ForRange(false);
        From = from;
        Pages = pages;
        Granule = granule;
        IsLpa2 = isLpa2;
        ulong top = (ulong)asid << 48;
        First = top | Place(from);
        Last = top | Place(unchecked(from + ((pages - 1) << (int)granule)));
        Ranges = Steps(top);
        OfAsid = Operation is { Target: TlbiTarget.Address, Level: 1, IsOfAllAsids: false } ? Operation.Sibling("ASIDE1") : null;
        OfEverything = Operation.Sibling(Operation switch
        {
            { Target: TlbiTarget.IntermediateAddress } => "VMALLS12E1",
            { Level: 1 } => "VMALLE1",
            { Level: 2 } => "ALLE2",
            _ => "ALLE3",
        });
        Linux = [.. Choices()];
    }

    /// <summary>The instruction for one page.</summary>
    public TlbiOperation Operation { get; }

    /// <summary>The first address.</summary>
    public ulong From { get; }

    /// <summary>How many pages: as many instructions by address.</summary>
    public ulong Pages { get; }

    /// <summary>The page size.</summary>
    public GranuleSize Granule { get; }

    /// <summary>Whether TCR_ELx.DS is 1.</summary>
    public bool IsLpa2 { get; }

    /// <summary>The operand of the first page.</summary>
    public ulong First { get; }

    /// <summary>The operand of the last page.</summary>
    public ulong Last { get; }

    /// <summary>The instructions with FEAT_TLBIRANGE; empty where the range has more pages than they can cover, <see cref="TlbiOperand.MostRangePages"/>.</summary>
    public IReadOnlyList<TlbiStep> Ranges { get; }

    /// <summary>The instruction that forgets a whole ASID; null where there is none.</summary>
    public TlbiOperation? OfAsid { get; }

    /// <summary>The instruction that forgets the whole regime.</summary>
    public TlbiOperation OfEverything { get; }

    /// <summary>What Linux does; empty where it has no rule for this instruction.</summary>
    public IReadOnlyList<TlbiChoice> Linux { get; }

    /// <summary>Makes the plan.</summary>
    /// <param name="operation">An instruction by address or by range.</param>
    /// <param name="from">The first address; it is rounded down to a page.</param>
    /// <param name="to">Where the range ends; it is rounded up to a page. 0 is 2^64.</param>
    /// <param name="granule">The page size.</param>
    /// <param name="isLpa2">Whether TCR_ELx.DS (of stage 2 VTCR_EL2.DS) is 1.</param>
    /// <param name="asid">The ASID, 0 to 65535.</param>
    /// <exception cref="InvalidInputException">The instruction has no address, an ASID makes no sense, or the range is empty.</exception>
    public static TlbiPlan Create(TlbiOperation operation, ulong from, ulong to, GranuleSize granule, bool isLpa2, int asid = 0)
    {
        ArgumentNullException.ThrowIfNull(operation);
        if (operation.Target is TlbiTarget.Everything or TlbiTarget.Asid)
        {
            throw new InvalidInputException($"TLBI {operation.Name} has no address, so there is no plan for a range; take one such as VALE1IS.");
        }

        bool hasAsid = operation.Target == TlbiTarget.Address && !operation.IsOfAllAsids && operation.Level < 3;
        if (asid is < 0 or > ushort.MaxValue || (asid != 0 && !hasAsid))
        {
            throw new InvalidInputException(hasAsid ? Invariant($"There is no ASID {asid}; there are 0 to 65535.") : $"TLBI {operation.Name} has no ASID.");
        }

        ulong size = 1UL << (int)granule;
        ulong start = from & ~(size - 1);
        ulong last = unchecked(to - 1);
        int bits = operation.Target == TlbiTarget.IntermediateAddress ? 52 : 64;
        if (last < from || (bits < 64 && last >> bits != 0))
        {
            throw new InvalidInputException(last < from ? Invariant($"The range 0x{from:x} to 0x{to:x} is empty.") : "An intermediate physical address has at most 52 bits.");
        }

        if (operation.Target == TlbiTarget.Address && (from ^ last) >> 55 != 0)
        {
            throw new InvalidInputException(Invariant($"The range 0x{from:x} to 0x{to:x} lies in both halves of the addresses, or in the hole between them."));
        }

        return new TlbiPlan(operation, start, ((last - start) >> (int)granule) + 1, granule, isLpa2, asid);
    }

    private ulong Place(ulong address) => Operation.Target == TlbiTarget.IntermediateAddress ? address >> 12 : TlbiOperand.ForPage(new VirtualAddress(address));

    private List<TlbiStep> Steps(ulong top)
    {
        List<TlbiStep> steps = [];
        if (Pages > TlbiOperand.MostRangePages)
        {
            return steps;
        }

        TlbiOperation range = Operation.ForRange(true);
        TlbiRangeSteps next = new(new VirtualAddress(From), Pages, Granule, IsLpa2);
        while (next.Next(out VirtualAddress at, out int pages))
        {
            steps.Add(pages == 1
                ? new TlbiStep(Operation, top | Place(at.Value), at.Value, 1)
                : new TlbiStep(range, top | TlbiOperand.ForRange(at, pages, Granule, IsLpa2), at.Value, (ulong)pages));
        }

        return steps;
    }

    // MAX_DVM_OPS, in older versions MAX_TLBI_OPS: as many pages as a table has entries. For the first versions with ranges, exactly 2^21 pages were too many already.
    private IEnumerable<TlbiChoice> Choices()
    {
        ulong most = 1UL << ((int)Granule - 3);
        if (Operation is not { Target: TlbiTarget.Address, Level: 1, Reach: TlbiReach.InnerShareable, LeavesXs: false })
        {
            yield break;
        }

        if (Operation.IsOfAllAsids)
        {
            if (!Operation.IsLastLevel)
            {
                yield break;
            }

            yield return Choice("a kernel's addresses, until 6.12", Pages > most, Invariant($"more than {most:N0} pages"), OfEverything, null);
            yield return Choice("a kernel's addresses, 6.13 on, without FEAT_TLBIRANGE", Pages >= most, Invariant($"{most:N0} pages or more"), OfEverything, null);
            yield return Choice("a kernel's addresses, 6.13 on, with FEAT_TLBIRANGE", Ranges.Count == 0, Invariant($"more than {TlbiOperand.MostRangePages:N0} pages"), OfEverything, Ranges);
        }
        else
        {
            yield return Choice("a program's addresses, without FEAT_TLBIRANGE", Pages >= most, Invariant($"{most:N0} pages or more"), OfAsid!, null);
            yield return Choice("a program's addresses, with FEAT_TLBIRANGE", Ranges.Count == 0, Invariant($"more than {TlbiOperand.MostRangePages:N0} pages"), OfAsid!, Ranges);
        }
    }

    private TlbiChoice Choice(string when, bool isTooMuch, string limit, TlbiOperation instead, IReadOnlyList<TlbiStep>? ranges) => isTooMuch
        ? new TlbiChoice(when, 1, instead, $"{limit}")
        : new TlbiChoice(when, (ulong?)ranges?.Count ?? Pages, ranges is not null && ranges.Any(step => step.Operation.IsRange) ? Operation.ForRange(true) : Operation, null);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>One instruction of a plan.</summary>
/// <param name="Operation">The instruction.</param>
/// <param name="Operand">Its operand.</param>
/// <param name="From">The first address.</param>
/// <param name="Pages">How many pages it is for.</param>
public sealed record TlbiStep(TlbiOperation Operation, ulong Operand, ulong From, ulong Pages);

/// <summary>What Linux does.</summary>
/// <param name="When">For which addresses, in which versions, on which CPUs.</param>
/// <param name="Count">How many instructions.</param>
/// <param name="Operation">Which; where single pages are left over beside ranges, that of the ranges.</param>
/// <param name="Limit">The limit that made it forget more than it had to; null where none did.</param>
public sealed record TlbiChoice(string When, ulong Count, TlbiOperation Operation, string? Limit);
