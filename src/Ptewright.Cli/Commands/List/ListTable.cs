using System.Globalization;
using Ptewright.Cli.Output;
using Ptewright.Listing;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Cli.Commands.List;

/// <summary>What <c>list</c> writes for people: a line for each range, as it is found.</summary>
/// <param name="terminal">Where to write.</param>
/// <param name="filters">What is chosen.</param>
/// <param name="isListing">Whether a kernel's own listing is read.</param>
internal sealed class ListTable(Terminal terminal, IReadOnlyList<RangeFilter> filters, bool isListing = false) : ListSink(terminal, filters)
{
    private ulong _bytes;

    /// <inheritdoc/>
    public override void Begin(TranslationRoot root, string source)
    {
        base.Begin(root, source);
        Terminal.Out.WriteLine(
            $"{(root.Half == AddressHalf.Upper ? "TTBR1" : "TTBR0")}: {(isListing ? "the kernel's own listing" : $"root table at {root.Table}")}, {1 << (root.PageShift - 10)}K pages, {root.InputBits}-bit addresses"
            + (root.IsDisabled ? ", walks disabled (EPD)" : string.Empty));
        Terminal.Out.WriteLine("from                 to (not incl.)             size  physical         leaves      EL1  EL0  memory");
    }

    /// <inheritdoc/>
    public override void End() => Terminal.Out.WriteLine(
        $"{Numbers.Of((ulong)Chosen, "range")}, {Numbers.Bytes(_bytes)}{(Chosen == Found ? string.Empty : $"; {Numbers.Count((ulong)(Found - Chosen))} more left out by --filter")}.");

    /// <inheritdoc/>
    protected override void Write(in MappedRange range)
    {
        _bytes += range.Size;
        string size = Numbers.Bytes(range.Size);
        string physical = RangeText.PhysicalText(range) ?? "-";
        string other = AttributeText.Others(range.Attributes);
        Terminal.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{Numbers.Hex(range.Start.Value),-19}  {RangeText.EndText(range),-19}  {size,11}  {physical,-15}  {RangeText.KindText(Root, range.Level),-10}  {AttributeText.Kernel(range.Attributes)}  {AttributeText.User(range.Attributes)}  {AttributeText.Memory(range.Attributes)}{other}"));
    }
}
