using Ptewright.Addressing;
using Ptewright.Memory;

namespace Ptewright.Images;

/// <summary>Pages that one reader of a packed source has unpacked: the last ones that it asked for.</summary>
/// <remarks>They are kept in frames of <see cref="MemoryReader.MostBytes"/> bytes, the most that is asked for at once, so that small pages of a large table lie behind one another. Only what was
/// asked for is unpacked. The frame that was not asked for the longest time is given to another one; there are more of them than windows that must stay good.</remarks>
internal sealed unsafe class UnpackedPages : IDisposable
{
    /// <summary>How many frames there are: 16 MiB, of which only what is used costs memory.</summary>
    public const int Frames = 4 * MemoryReader.WindowsKept;

    private const int FrameShift = 16;
    private const ulong FrameSize = MemoryReader.MostBytes;

    private readonly int _shift;
    private readonly Load _load;
    private readonly NativeBlock _memory = NativeBlock.Reserve(Frames * FrameSize);
    private readonly PageUnpacker _unpacker;
    private readonly Dictionary<ulong, int> _index = [];
    private readonly Frame[] _frames = new Frame[Frames];
    private long _asked;

    /// <summary>Makes room for pages.</summary>
    /// <param name="shift">The base-2 logarithm of a page's size, at most that of a frame.</param>
    /// <param name="load">Loads a page.</param>
    public UnpackedPages(int shift, Load load)
    {
        _shift = shift;
        _load = load;
        _unpacker = new PageUnpacker(1 << shift);
    }

    /// <summary>Loads a page: its number, what unpacks it, room for it.</summary>
    public delegate MemoryPresence Load(ulong page, PageUnpacker unpacker, Span<byte> room);

    /// <summary>A window on memory, as <see cref="MemoryReader"/> asks for it: not across a frame.</summary>
    public MemoryWindow WindowAt(PhysicalAddress address, int bytes)
    {
        int slot = FrameOf(address.Value >> FrameShift);
        ref Frame frame = ref _frames[slot];
        ulong start = (ulong)slot << FrameShift;
        int offset = (int)(address.Value & (FrameSize - 1));
        int first = offset >> _shift;
        int last = (offset + bytes - 1) >> _shift;
        int pages = 1 << (FrameShift - _shift);
        for (int page = first; page <= last; page++)
        {
            if (frame.States[page] == Unknown)
            {
                ulong number = (frame.Number << (FrameShift - _shift)) + (ulong)page;
                frame.States[page] = (byte)(1 + (int)_load(number, _unpacker, _memory.Span(start + ((ulong)page << _shift), 1 << _shift)));
            }

            if (frame.States[page] != IsPresent)
            {
                return MemoryWindow.Without((MemoryPresence)(frame.States[page] - 1));
            }
        }

        // And what lies beside it and was asked for before.
        for (; first > 0 && frame.States[first - 1] == IsPresent; first--)
        {
        }

        for (; last < pages - 1 && frame.States[last + 1] == IsPresent; last++)
        {
        }

        ulong from = (ulong)first << _shift;
        return new MemoryWindow(
            new PhysicalAddress((frame.Number << FrameShift) + from), (ulong)(last + 1 - first) << _shift, _memory.Pointer + start + from);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _memory.Dispose();
        _unpacker.Dispose();
    }

    private const byte Unknown = 0;
    private const byte IsPresent = 1 + (byte)MemoryPresence.Present;

    private int FrameOf(ulong number)
    {
        if (!_index.TryGetValue(number, out int slot))
        {
            slot = _index.Count;
            if (slot == Frames)
            {
                slot = 0;
                for (int i = 1; i < Frames; i++)
                {
                    slot = _frames[i].LastAsked < _frames[slot].LastAsked ? i : slot;
                }

                _ = _index.Remove(_frames[slot].Number);
            }

            _index.Add(number, slot);
            _frames[slot] = new Frame { Number = number };
        }

        _frames[slot].LastAsked = ++_asked;
        return slot;
    }

    [System.Runtime.CompilerServices.InlineArray((int)(FrameSize >> 12))]
    private struct PageStates
    {
        private byte _first;
    }

    private struct Frame
    {
        public ulong Number;
        public long LastAsked;

        // For each page 0, or one more than its presence.
        public PageStates States;
    }
}
