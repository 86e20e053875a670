using Ptewright.Checking;
using Ptewright.Translation;

namespace Ptewright.Tests.Checking;

/// <summary>What can happen in a <see cref="TinyMachine"/>'s program.</summary>
internal enum TinyOp
{
    MapA,
    MapB,
    Unmap,
    UseA,
    UseB,
    Zero,
    Link,
    Unlink,
    LeafX,
    LeafY,
    Return,
    DsbIshst,
    DsbIsh,
    Isb,
    TlbiSlot,
    TlbiLeaf,
    TlbiAll,
}

/// <summary>A machine with one window, one leaf and one new table, for programs short enough to try every behaviour.</summary>
/// <remarks>39-bit addresses, so three levels. Root[0] leads to the leaf's tables, root[5] may lead to the new table, and root[511] to the window's slot.</remarks>
internal static class TinyMachine
{
    public const ulong PageA = 0xa000;
    public const ulong PageB = 0xb000;
    public const ulong PageX = 0x10_0000;
    public const ulong PageY = 0x20_0000;

    private const ulong Root = 0x1000;
    private const ulong NewTable = 0x7000;
    private const ulong SlotTable = 0x3000;
    private const ulong LeafTable = 0x5000;
    private const ulong Slot = 0xffff_ffff_ffff_f000;
    private const ulong Leaf = 0xffff_ff80_0000_0000;
    private const ulong Poison = 0x0000_dead_beef_f703;

    /// <summary>The program as the analysis takes it.</summary>
    public static OrderingSequence Sequence(IEnumerable<TinyOp> program)
    {
        TableGeometry geometry = Shapes.ThreeLevels;
        OrderingSetting setting = new(
            geometry, OutputAddressFormat.Bits48(GranuleSize.Size4K), null, Root, 0, Root, SlotTable, [Root], HasOtherCpus: false, ReadPage);
        return new OrderingSequence(setting, [.. program.Select(Event)]);
    }

    private static OrderingEvent Event(TinyOp op) => op switch
    {
        TinyOp.MapA => StoreSlot(PageA | 3),
        TinyOp.MapB => StoreSlot(PageB | 3),
        TinyOp.Unmap => StoreSlot(0),
        TinyOp.UseA => new(OrderingKind.Access) { Page = PageA, Address = Slot },
        TinyOp.UseB => new(OrderingKind.Access) { Page = PageB, Address = Slot },
        TinyOp.Zero => new(OrderingKind.Clear) { Page = NewTable, Count = 512, Level = 2 },
        TinyOp.Link => new(OrderingKind.Store) { Page = Root, Index = 5, Level = 1, Value = NewTable | 3 },
        TinyOp.Unlink => new(OrderingKind.Store) { Page = Root, Index = 5, Level = 1 },
        TinyOp.LeafX => new(OrderingKind.Store) { Page = LeafTable, Level = 3, Value = PageX | 3 },
        TinyOp.LeafY => new(OrderingKind.Store) { Page = LeafTable, Level = 3, Value = PageY | 3 },
        TinyOp.Return => new(OrderingKind.Return),
        TinyOp.DsbIshst => new(OrderingKind.DsbIshst),
        TinyOp.DsbIsh => new(OrderingKind.DsbIsh),
        TinyOp.Isb => new(OrderingKind.Isb),
        TinyOp.TlbiSlot => new(OrderingKind.TlbiLast) { Address = Slot },
        TinyOp.TlbiLeaf => new(OrderingKind.TlbiLast) { Address = Leaf },
        _ => new(OrderingKind.TlbiAll),
    };

    private static OrderingEvent StoreSlot(ulong value) => new(OrderingKind.Store) { Page = SlotTable, Index = 511, Level = 3, Value = value };

    private static ulong[] ReadPage(ulong page)
    {
        ulong[] entries = new ulong[512];
        switch (page)
        {
            case Root:
                (entries[0], entries[511]) = (0x4003, 0x2003);
                break;
            case 0x2000:
                entries[511] = SlotTable | 3;
                break;
            case 0x4000:
                entries[0] = LeafTable | 3;
                break;
            case NewTable:
                Array.Fill(entries, Poison);
                break;
            default:
                break;
        }

        return entries;
    }
}
