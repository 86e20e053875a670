using CsCheck;
using Ptewright.Explaining;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Tests.Explaining;

/// <summary>Walks at random through kernels of every build, printed as those print them, are read at the levels where they were.</summary>
public sealed class PrintedWalkTests
{
    private enum Ending
    {
        Nothing,
        Invalid,
        Page,
        Block,
    }

    private static readonly Gen<(PrintedKernel Kernel, int Depth, Ending Ending, ulong Seed, ulong Unrelated)> _cases = Gen.Select(
        Gen.Int[0, PrintedKernel.All.Length - 1].Select(i => PrintedKernel.All[i]), Gen.Int[0, 4], Gen.Int[0, 3].Select(i => (Ending)i), Gen.ULong, Gen.OneOf(Gen.Const(0UL), Gen.ULong));

    [Fact]
    public void Every_entry_is_at_its_true_level() => _cases.Sample(item =>
    {
        (PrintedKernel kernel, int depth, Ending ending, ulong seed, ulong unrelated) = item;
        (List<ulong> entries, EntryKind end) = Make(kernel, depth, ending, seed);

        // By chance the entry beside the walk may be the root's.
        if (unrelated == entries[0])
        {
            return;
        }

        ulong address = 0xffff_0000_0000_0000 | (seed & 0x7fff_ffff_ffff);
        Oops oops = Assert.Single(OopsFile.Parse($"{kernel.Tables}\n{kernel.Print(address, entries, unrelated)}\n", "input"));
        PrintedWalk walk = PrintedWalk.Of(oops.Entries, oops.Tables!.Granule, oops.Tables.AddressBits, oops.TablesAddress!.Value);

        Assert.Equal(entries.Select((entry, i) => (kernel.RootLevel + i, entry)), walk.Walked.Select(step => (step.Level!.Value, step.Entry.Raw)));
        Assert.Equal(end, walk.End!.Kind);
        Assert.Equal(kernel.RootLevel + entries.Count - 1, walk.End.Level);
        Assert.Equal(end is EntryKind.Page or EntryKind.Block, walk.Leaf is not null);
        Assert.All(walk.Steps.Where(step => step.Role == PrintedRole.Unrelated), step => Assert.Equal(unrelated, step.Entry.Raw));
    });

    [Fact]
    public void Kernels_that_print_no_p4d_are_read_as_well() => _cases.Where(item => item.Kernel.BuiltBits < 52).Sample(item =>
    {
        (List<ulong> entries, EntryKind end) = Make(item.Kernel, item.Depth, item.Ending, item.Seed);
        Oops oops = Assert.Single(OopsFile.Parse($"{item.Kernel.Tables}\n{item.Kernel.Print(0xffff_8000_0000_0000, entries, 0, hasP4d: false)}\n", "input"));
        PrintedWalk walk = PrintedWalk.Of(oops.Entries, oops.Tables!.Granule, oops.Tables.AddressBits, oops.TablesAddress!.Value);

        Assert.Equal(entries.Select((entry, i) => (item.Kernel.RootLevel + i, entry)), walk.Walked.Select(step => (step.Level!.Value, step.Entry.Raw)));
        Assert.Equal(end, walk.End!.Kind);
    });

    [Theory]
    [InlineData(GranuleSize.Size4K, 48, 2, 0x0068000044a00701UL, 0xffff00000a2d5010UL, 0x44ad5010UL)]
    [InlineData(GranuleSize.Size4K, 48, 1, 0x0068000040000701UL, 0xffff00000a2d5010UL, 0x4a2d5010UL)]
    [InlineData(GranuleSize.Size16K, 47, 2, 0x0068000042000701UL, 0xffff80000a2d5010UL, 0x42000000UL + 0x2d5010)]
    [InlineData(GranuleSize.Size64K, 52, 3, 0x0068000042e8b703UL, 0xfff0000000010070UL, 0xb000042e80070UL)]
    [InlineData(GranuleSize.Size4K, 52, 3, 0x0068000042e80403UL | (1UL << 9), 0xfff0000000000070UL, 0x8000042e80070UL)]
    public void A_leaf_leads_to_its_memory(GranuleSize granule, int bits, int level, ulong leaf, ulong address, ulong physical)
    {
        TableName[] names = [TableName.Pgd, TableName.P4d, TableName.Pud, TableName.Pmd, TableName.Pte];
        PrintedEntry[] entries = [.. names.Where(name => (int)name <= level).Select(name => new PrintedEntry(name, new Descriptor((int)name == level ? leaf : 0x41000003)))];

        Assert.Equal(physical, PrintedWalk.Of(entries, granule, bits, new(address)).Physical!.Value.Value);
    }

    private static (List<ulong> Entries, EntryKind End) Make(PrintedKernel kernel, int depth, Ending ending, ulong seed)
    {
        int last = Math.Max(kernel.RootLevel, 3 - depth);
        bool isBlock = ending == Ending.Block && (last == 2 || (last == 1 && kernel.Granule == GranuleSize.Size4K));
        Ending how = ending switch
        {
            Ending.Page => Ending.Page,
            Ending.Block when isBlock => Ending.Block,
            Ending.Block => Ending.Nothing,
            _ => ending,
        };
        last = how == Ending.Page ? 3 : last;
        List<ulong> entries = [];
        for (int level = kernel.RootLevel; level < last; level++)
        {
            entries.Add(0x1000_0000_0000_0003 | ((seed * (ulong)(level + 3)) & 0xffff_0000));
        }

        entries.Add(how switch { Ending.Nothing => 0, Ending.Invalid => 0x00e8_0000_4000_0700, Ending.Page => 0x0068_0000_4000_0703 | (seed & 0xf_ffff_0000), _ => 0x0068_0000_4000_0701 });
        return (entries, how switch { Ending.Page => EntryKind.Page, Ending.Block => EntryKind.Block, _ => EntryKind.Invalid });
    }
}
