using Ptewright.Addressing;
using Ptewright.Decoding;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Explaining;

/// <summary>The walk that a kernel's printed entries show: each at its true level, where it ends, and what the leaf allows.</summary>
/// <remarks>
/// <para>A kernel prints five names, whatever it has. The tables that its build lacks are the next lower one's under another name, so an entry is printed twice or thrice; where a level is folded at
/// run time, the name before it shows an entry of the root that does not belong to the address. In every case the last name that is not below the CPU's root level stands for the root.</para>
/// <para>Linux: <c>show_pte</c>; <c>asm-generic/pgtable-nop4d.h</c>, <c>-nopud.h</c>, <c>-nopmd.h</c>; <c>p4d_offset</c>, <c>pud_offset</c> with <c>pgtable_l5_enabled</c> and
/// <c>pgtable_l4_enabled</c> from v6.9 on.</para>
/// </remarks>
public sealed record PrintedWalk
{
    private PrintedWalk(TableShape shape, OutputAddressFormat format, VirtualAddress address)
    {
        Shape = shape;
        Format = format;
        Address = address;
    }

    /// <summary>The shape of the tables as the CPU sees them.</summary>
    public TableShape Shape { get; }

    /// <summary>Where descriptors keep their address.</summary>
    public OutputAddressFormat Format { get; }

    /// <summary>The address.</summary>
    public VirtualAddress Address { get; }

    /// <summary>All printed entries, in order.</summary>
    public IReadOnlyList<PrintedStep> Steps { get; private init; } = [];

    /// <summary>The entries that the CPU reads, from the root's on.</summary>
    public IEnumerable<PrintedStep> Walked => Steps.Where(step => step.Role == PrintedRole.Walked);

    /// <summary>The last entry; null when none is of the walk.</summary>
    public PrintedStep? End { get; private init; }

    /// <summary>The leaf, if the walk reaches one.</summary>
    public PrintedStep? Leaf => End is { Kind: EntryKind.Page or EntryKind.Block } leaf ? leaf : null;

    /// <summary>Whether the walk ends at an entry that leads nowhere.</summary>
    public bool EndsInNothing => End is { Kind: EntryKind.Invalid or EntryKind.BadType };

    /// <summary>What the leaf allows, with the restrictions of the tables; null without a leaf. By direct permissions, which for all leaves of Linux's kernel agree with indirect ones.</summary>
    public LeafAttributes? Attributes { get; private init; }

    /// <summary>Where the address leads; null without a leaf.</summary>
    public PhysicalAddress? Physical { get; private init; }

    /// <summary>Reads printed entries.</summary>
    /// <param name="entries">The entries in their order.</param>
    /// <param name="granule">The granule.</param>
    /// <param name="addressBits">The size of virtual addresses in use, in bits.</param>
    /// <param name="address">The address.</param>
    /// <param name="mair">MAIR_EL1, which says what memory a leaf leads to; null where it is not known.</param>
    public static PrintedWalk Of(IReadOnlyList<PrintedEntry> entries, GranuleSize granule, int addressBits, VirtualAddress address, ulong? mair = null)
    {
        ArgumentNullException.ThrowIfNull(entries);
        TableShape shape = new(granule, addressBits);
        OutputAddressFormat format = addressBits == 52 ? OutputAddressFormat.Bits52(granule) : OutputAddressFormat.Bits48(granule);
        int root = entries.Count == 0 ? 0 : LastAbove(entries, shape.RootLevel);
        List<PrintedStep> steps = [];
        ulong inherited = 0;
        bool isOver = false;
        PrintedStep? end = null;
        for (int i = 0; i < entries.Count; i++)
        {
            TableName name = entries[i].Name;
            Descriptor entry = entries[i].Entry;
            if (i < root)
            {
                bool isSame = entry == entries[root].Entry;
                EntryKind what = isSame ? DescriptorLayouts.KindOf(entry, shape.RootLevel, granule, format) : EntryKind.Invalid;
                steps.Add(new PrintedStep(name, null, entry, what, isSame ? PrintedRole.Repeated : PrintedRole.Unrelated));
                continue;
            }

            int level = i == root ? shape.RootLevel : (int)name;
            EntryKind kind = DescriptorLayouts.KindOf(entry, level, granule, format);

            // Behind the end of a walk a kernel prints nothing; what is given by hand may have more.
            steps.Add(new PrintedStep(name, isOver ? null : level, entry, kind, isOver ? PrintedRole.Unrelated : PrintedRole.Walked));
            end = isOver ? end : steps[^1];
            inherited |= !isOver && kind == EntryKind.Table ? entry.Raw & TranslationRegime.El1.InheritedMask : 0;
            isOver |= kind != EntryKind.Table;
        }

        PrintedWalk walk = new(shape, format, address) { Steps = steps, End = end };
        return walk.Leaf is { Level: { } at } leaf
            ? walk with
            {
                Attributes = new LeafAttributes(format.AttributesOf(leaf.Entry), inherited, format.IsLpa2, mair),
                Physical = PhysicalOf(shape, format, leaf.Entry, at, address),
            }
            : walk;
    }

    private static PhysicalAddress PhysicalOf(TableShape shape, OutputAddressFormat format, Descriptor leaf, int level, VirtualAddress address)
    {
        ulong inside = (1UL << shape.Shift(level)) - 1;
        return new PhysicalAddress((format.Decode(leaf).Value & ~inside) | (address.Value & inside));
    }

    private static int LastAbove(IReadOnlyList<PrintedEntry> entries, int rootLevel)
    {
        int last = 0;
        for (int i = 1; i < entries.Count && (int)entries[i].Name <= rootLevel; i++)
        {
            last = i;
        }

        return last;
    }
}
