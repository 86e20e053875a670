using System.Globalization;
using Ptewright.Addressing;
using Ptewright.Listing;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Cli;

/// <summary>What <c>list</c> writes for people: a line for each range, as it is found.</summary>
/// <param name="terminal">Where to write.</param>
/// <param name="filters">What is chosen.</param>
/// <param name="isListing">Whether a kernel's own listing is read.</param>
internal sealed class ListTable(Terminal terminal, IReadOnlyList<RangeFilter> filters, bool isListing = false) : ListSink(terminal, filters)
{
    private long _written;
    private ulong _bytes;

    /// <summary>An address behind a range: 2^64 has a digit more and does not become 0.</summary>
    public static string EndText(MappedRange range) => range.End.Value == 0 ? "0x10000000000000000" : Numbers.Hex(range.End.Value);

    /// <summary>Where a range leads; null when that is not known.</summary>
    public static string? PhysicalText(MappedRange range) => range.KnowsPhysical ? range.Physical.ToString() : null;

    /// <summary>What a range's leaves are: <c>page</c>, or the size of a block.</summary>
    public static string KindText(TranslationRoot root, int level) => level == 3 ? "page" : $"{Short(1UL << root.Shift(level))} block";

    /// <inheritdoc/>
    public override void Begin(TranslationRoot root)
    {
        base.Begin(root);
        Terminal.Out.WriteLine(
            $"{(root.Half == AddressHalf.Upper ? "TTBR1" : "TTBR0")}: {(isListing ? "the kernel's own listing" : $"root table at {root.Table}")}, {1 << (root.PageShift - 10)}K pages, {root.InputBits}-bit addresses"
            + (root.IsDisabled ? ", walks disabled (EPD)" : string.Empty));
        Terminal.Out.WriteLine("from                 to (not incl.)             size  physical         leaves      EL1  EL0  memory");
    }

    /// <inheritdoc/>
    public override void End() => Terminal.Out.WriteLine(
        $"{Numbers.Of((ulong)_written, "range")}, {Numbers.Bytes(_bytes)}{(_written == Found ? string.Empty : $"; {Numbers.Count((ulong)(Found - _written))} more left out by --filter")}.");

    /// <inheritdoc/>
    protected override void Write(in MappedRange range)
    {
        _written++;
        _bytes += range.Size;
        string size = Numbers.Bytes(range.Size);
        string physical = PhysicalText(range) ?? "-";
        string other = AttributeText.Others(range.Attributes);
        Terminal.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{Numbers.Hex(range.Start.Value),-19}  {EndText(range),-19}  {size,11}  {physical,-15}  {KindText(Root, range.Level),-10}  {AttributeText.Kernel(range.Attributes)}  {AttributeText.User(range.Attributes)}  {AttributeText.Memory(range.Attributes)}{other}"));
    }

    /// <inheritdoc/>
    protected override void Write(TableProblem problem)
    {
    }

    private static string Short(ulong bytes) => bytes switch
    {
        >= 1UL << 40 => $"{bytes >> 40}T",
        >= 1UL << 30 => $"{bytes >> 30}G",
        _ => $"{bytes >> 20}M",
    };
}
