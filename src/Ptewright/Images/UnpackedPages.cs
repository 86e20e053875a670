using Ptewright.Addressing;

namespace Ptewright.Images;

/// <summary>Pages that one reader of a packed source has unpacked: the last ones that it asked for.</summary>
/// <remarks>They are kept in frames as large as the most that is asked for at once, so that small pages of a large table lie behind one another. Only what was asked for is unpacked.</remarks>
internal sealed unsafe class UnpackedPages : IDisposable
{
    private const int FrameShift = 16;

    private readonly int _shift;
    private readonly Load _load;
    private readonly FrameCache _cache = new();
    private readonly PageUnpacker _unpacker;

    // For each page of a frame 0, or one more than its presence.
    private readonly PageStates[] _states = new PageStates[FrameCache.Frames];

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
        ulong number = address.Value >> FrameShift;
        int frame = FrameOf(number);
        ref PageStates states = ref _states[frame];
        int offset = (int)(address.Value & (FrameCache.FrameSize - 1));
        int first = offset >> _shift;
        int last = (offset + bytes - 1) >> _shift;
        int pages = 1 << (FrameShift - _shift);
        for (int page = first; page <= last; page++)
        {
            if (states[page] == Unknown)
            {
                ulong loaded = (number << (FrameShift - _shift)) + (ulong)page;
                states[page] = (byte)(1 + (int)_load(loaded, _unpacker, _cache.Span(frame, page << _shift, 1 << _shift)));
            }

            if (states[page] != IsPresent)
            {
                return MemoryWindow.Without((MemoryPresence)(states[page] - 1));
            }
        }

        // And what lies beside it and was asked for before.
        for (; first > 0 && states[first - 1] == IsPresent; first--)
        {
        }

        for (; last < pages - 1 && states[last + 1] == IsPresent; last++)
        {
        }

        int from = first << _shift;
        return new MemoryWindow(new PhysicalAddress((number << FrameShift) + (ulong)from), (ulong)(last + 1 - first) << _shift, _cache.At(frame, from));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _cache.Dispose();
        _unpacker.Dispose();
    }

    private const byte Unknown = 0;
    private const byte IsPresent = 1 + (byte)MemoryPresence.Present;

    private int FrameOf(ulong number)
    {
        if (!_cache.TryFind(number, out int frame))
        {
            frame = _cache.Take();
            _states[frame] = default;
            _cache.Keep(frame, number);
        }

        return frame;
    }

    [System.Runtime.CompilerServices.InlineArray(FrameCache.FrameSize >> 12)]
    private struct PageStates
    {
        private byte _first;
    }
}
