using Ptewright.Addressing;
using Ptewright.Translation;

namespace Ptewright.Cpu;

/// <summary>Which invalidations forget the pages of a range where the CPU has FEAT_TLBIRANGE: at most one by range for each SCALE, and single ones where no range fits.</summary>
/// <remarks>
/// The largest SCALE first, so that the base stays aligned when it counts 64 KiB (TCR_EL1.DS = 1): a range begins at a multiple of 64 KiB then, and pages before that go one by one.
/// An odd page is left for the end. Linux: <c>__flush_tlb_range_op</c>.
/// </remarks>
public struct TlbiRangeSteps
{
    private const ulong Lpa2Unit = 64 << 10;

    private readonly int _pageShift;
    private readonly bool _lpa2;
    private VirtualAddress _at;
    private ulong _pages;
    private int _scale;

    /// <summary>Begins at the start of a range.</summary>
    /// <param name="start">The first byte, page-aligned.</param>
    /// <param name="pages">How many pages, at most <see cref="TlbiOperand.MostRangePages"/>.</param>
    /// <param name="granule">The page size.</param>
    /// <param name="lpa2">Whether TCR_EL1.DS = 1.</param>
    public TlbiRangeSteps(VirtualAddress start, ulong pages, GranuleSize granule, bool lpa2)
    {
        _pageShift = (int)granule;
        _lpa2 = lpa2;
        _at = start;
        _pages = pages;
        _scale = TlbiOperand.LargestScale;
    }

    /// <summary>The next invalidation.</summary>
    /// <param name="from">Its first page.</param>
    /// <param name="pages">How many pages: 1 is one by address, more are one by range, <see cref="TlbiOperand.ForRange"/>.</param>
    /// <returns>False when there is none left, or when <see cref="TlbiOperand.MostRangePages"/> are used up.</returns>
    public bool Next(out VirtualAddress from, out int pages)
    {
        from = _at;
        pages = 0;
        while (_pages > 0 && pages == 0)
        {
            if (_pages == 1 || (_lpa2 && (_at.Value & (Lpa2Unit - 1)) != 0))
            {
                pages = 1;
            }
            else if (_scale >= 0)
            {
                pages = (int)TlbiOperand.RangeAt(_pages, _scale);
                _scale--;
            }
            else
            {
                return false;
            }
        }

        _at += (ulong)pages << _pageShift;
        _pages -= (ulong)pages;
        return pages > 0;
    }
}
