using Ptewright.Memory;

namespace Ptewright.Images;

/// <summary>Frames of <see cref="MemoryReader.MostBytes"/> bytes for what one reader of a packed source has unpacked: the last ones that it asked for.</summary>
/// <remarks>The frame that was not asked for the longest time is given to another one; there are more of them than windows that must stay good (<see cref="MemoryReader"/>).</remarks>
internal sealed unsafe class FrameCache : IDisposable
{
    /// <summary>How many frames there are: 16 MiB, of which only what is used costs memory, in huge pages where there are some: a table is unpacked sooner than the system finds room for it page by page.</summary>
    public const int Frames = 4 * MemoryReader.WindowsKept;

    /// <summary>The size of a frame in bytes.</summary>
    public const int FrameSize = MemoryReader.MostBytes;

    private readonly NativeBlock _memory = NativeBlock.Take((ulong)Frames * FrameSize);
    private readonly Dictionary<ulong, int> _frameOf = [];
    private readonly (ulong Number, long LastAsked)[] _frames = new (ulong, long)[Frames];
    private long _asked;

    /// <summary>The frame that holds a part of memory, which counts as asked for.</summary>
    /// <param name="number">The part's address in frames.</param>
    /// <param name="frame">The frame.</param>
    /// <returns>False when none does.</returns>
    public bool TryFind(ulong number, out int frame)
    {
        bool found = _frameOf.TryGetValue(number, out frame);
        if (found)
        {
            _frames[frame].LastAsked = ++_asked;
        }

        return found;
    }

    /// <summary>A frame for another part: one that is free, or else the one that was not asked for the longest time. It holds nothing until <see cref="Keep"/>.</summary>
    public int Take()
    {
        int oldest = 0;
        for (int i = 1; i < Frames && _frames[oldest].LastAsked != 0; i++)
        {
            oldest = _frames[i].LastAsked < _frames[oldest].LastAsked ? i : oldest;
        }

        if (_frames[oldest].LastAsked != 0)
        {
            _ = _frameOf.Remove(_frames[oldest].Number);
            _frames[oldest] = default;
        }

        return oldest;
    }

    /// <summary>Says what a frame holds that was taken.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="number">The part's address in frames.</param>
    public void Keep(int frame, ulong number)
    {
        _frameOf.Add(number, frame);
        _frames[frame] = (number, ++_asked);
    }

    /// <summary>A part of a frame.</summary>
    public Span<byte> Span(int frame, int offset, int bytes) => _memory.Span(((ulong)frame * FrameSize) + (ulong)offset, bytes);

    /// <summary>A pointer into a frame, good as long as the frame is kept.</summary>
    public byte* At(int frame, int offset) => _memory.Pointer + ((long)frame * FrameSize) + offset;

    /// <inheritdoc/>
    public void Dispose() => _memory.Dispose();
}
