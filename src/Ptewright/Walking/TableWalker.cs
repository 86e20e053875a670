using System.Runtime.CompilerServices;
using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.Translation;

namespace Ptewright.Walking;

/// <summary>Translates addresses as a CPU does: one stage of a regime, all granules, sizes and formats.</summary>
/// <remarks>Arm ARM D8.2: the walk; D8.14: which fault, at which level. It has a reader of the memory open (<see cref="MemoryReader"/>), so
/// it is for one thread, and is disposed of.</remarks>
public sealed unsafe partial class TableWalker : IDisposable
{
    /// <summary>The most entries that a walk reads: levels -1 to 3.</summary>
    public const int MostSteps = 5;

    private readonly MemoryImage _memory;
    private readonly MemoryReader _reader;
    private readonly TranslationRoot _root;
    private readonly int _rootLevel;
    private readonly int _entryMask;
    private readonly ulong _beyond;
    private readonly ulong _inheritedMask;

    // The root often lies apart from the tables below it, and every walk begins there: its window is kept beside the reader's last one.
    private MemoryWindow _rootWindow;
    private long _rootAsked;

    // Bit n says whether an entry of level n - 1 may be a block.
    private readonly int _blockLevels;

    /// <summary>Walks one half.</summary>
    /// <param name="memory">Where the tables lie; it must outlive this object.</param>
    /// <param name="root">How they are read.</param>
    /// <exception cref="ObjectDisposedException">The memory is gone.</exception>
    public TableWalker(MemoryImage memory, TranslationRoot root)
    {
        ArgumentNullException.ThrowIfNull(memory);
        ArgumentNullException.ThrowIfNull(root);
        _memory = memory;
        _reader = memory.OpenReader();
        _root = root;
        _rootLevel = root.RootLevel;
        _entryMask = (1 << root.EntryShift) - 1;
        _beyond = root.OutputBits == 64 ? 0 : ~0UL << root.OutputBits;
        _inheritedMask = root.IgnoresTableAttributes ? 0 : root.Regime.InheritedMask;
        for (int level = -1; level < 3; level++)
        {
            _blockLevels |= root.HasBlocks(level) ? 1 << (level + 1) : 0;
        }
    }

    /// <summary>How tables are read.</summary>
    public TranslationRoot Root => _root;

    /// <summary>Translates an address, and says each entry on the way.</summary>
    /// <param name="address">The address.</param>
    /// <param name="steps">Room for <see cref="MostSteps"/> entries.</param>
    /// <param name="count">How many were read.</param>
    public WalkResult Walk(VirtualAddress address, Span<WalkStep> steps, out int count) => Walk<Recorded>(address, steps, out count);

    /// <summary>Translates an address.</summary>
    /// <param name="address">The address.</param>
    public WalkResult Walk(VirtualAddress address) => Walk<Unrecorded>(address, default, out _);

    /// <summary>Lets go of the memory.</summary>
    public void Dispose()
    {
        _rootWindow = default;
        _reader.Dispose();
    }

    private interface IRecord
    {
        static abstract bool On { get; }
    }

    private WalkResult Walk<TRecord>(VirtualAddress address, Span<WalkStep> steps, out int count)
        where TRecord : struct, IRecord
    {
        ObjectDisposedException.ThrowIf(_memory.IsDisposed, _memory);
        count = 0;
        if (_root.IsDisabled || !_root.Covers(address))
        {
            return Fault(WalkFault.Translation, _rootLevel);
        }

        if ((_root.Table.Value & _beyond) != 0)
        {
            return Fault(WalkFault.AddressSize, _rootLevel);
        }

        ulong table = _root.Table.Value;
        ulong inherited = 0;
        int level = _rootLevel;
        int shift = _root.Shift(level);
        ulong index = (address.Value >> shift) & (ulong)(_root.RootEntries - 1);
        PhysicalAddress at = new(table + (index * 8));
        ulong* pointer = InRoot(at, out MemoryPresence presence);
        for (; ;)
        {
            if (pointer == null)
            {
                return Fault(Without(presence), level);
            }

            Descriptor entry = new(*pointer);
            GC.KeepAlive(_reader); // Forgotten by its owner, it could be finalized before the entry is read.
            EntryKind kind = KindOf(entry, level);
            if (TRecord.On)
            {
                steps[count++] = new WalkStep(level, at, (int)index, entry, kind);
            }

            if (kind is EntryKind.Invalid or EntryKind.BadType)
            {
                return Fault(WalkFault.Translation, level);
            }

            ulong output = _root.Format.Decode(entry).Value;
            if ((output & _beyond) != 0)
            {
                return Fault(WalkFault.AddressSize, level);
            }

            if (kind != EntryKind.Table)
            {
                return Leaf(address, entry, level, shift, output, inherited);
            }

            inherited |= entry.Raw & _inheritedMask;
            table = output;
            level++;
            shift -= _root.EntryShift;
            index = (address.Value >> shift) & (ulong)_entryMask;
            at = new PhysicalAddress(table + (index * 8));
            pointer = (ulong*)_reader.Reach(at, sizeof(ulong), out presence);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong* InRoot(PhysicalAddress address, out MemoryPresence presence)
    {
        byte* entry = _reader.Asked < _rootAsked + MemoryReader.WindowsKept ? _rootWindow.At(address, sizeof(ulong)) : null;
        presence = MemoryPresence.Present;
        return entry != null ? (ulong*)entry : AskForRoot(address, out presence);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ulong* AskForRoot(PhysicalAddress address, out MemoryPresence presence)
    {
        _rootWindow = _reader.WindowAt(address, sizeof(ulong));
        _rootAsked = _reader.Asked;
        presence = _rootWindow.Presence;
        return presence == MemoryPresence.Present ? (ulong*)_rootWindow.At(address, sizeof(ulong)) : null;
    }

    private WalkResult Leaf(VirtualAddress address, Descriptor entry, int level, int shift, ulong output, ulong inherited)
    {
        if ((entry.Raw & DescriptorBits.AccessFlag) == 0 && !_root.SetsAccessFlag)
        {
            return Fault(WalkFault.AccessFlag, level);
        }

        ulong inside = (1UL << shift) - 1;
        LeafAttributes attributes = new(_root.Format.AttributesOf(entry), inherited, _root.Format.IsLpa2, _root.Mair) { Regime = _root.Regime };
        return new WalkResult(new PhysicalAddress((output & ~inside) | (address.Value & inside)), WalkFault.None, level, attributes, inside + 1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private EntryKind KindOf(Descriptor entry, int level) => (entry.Raw & DescriptorBits.TypeMask) switch
    {
        DescriptorBits.TypeTable => level == 3 ? EntryKind.Page : EntryKind.Table,
        DescriptorBits.TypeBlock => ((_blockLevels >> (level + 1)) & 1) != 0 ? EntryKind.Block : EntryKind.BadType,
        _ => EntryKind.Invalid,
    };

    private static WalkFault Without(MemoryPresence presence) => presence switch
    {
        MemoryPresence.Excluded => WalkFault.ExcludedMemory,
        MemoryPresence.Lost => WalkFault.LostMemory,
        _ => WalkFault.MissingMemory,
    };

    private static WalkResult Fault(WalkFault fault, int level) => new(default, fault, level, default, 0);

    private readonly struct Recorded : IRecord
    {
        public static bool On => true;
    }

    private readonly struct Unrecorded : IRecord
    {
        public static bool On => false;
    }
}
