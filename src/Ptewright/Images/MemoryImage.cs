using Ptewright.Addressing;

namespace Ptewright.Images;

/// <summary>Physical memory that somebody else wrote, and the registers that came with it: a file, a folder, a live guest.</summary>
/// <remarks>
/// <para>A source says what it is called, which memory it has, and makes readers (<see cref="OpenReader"/>): that is all it needs for everything here to read it. Several threads may ask for
/// readers at once. What a reader's windows promise, <see cref="MemoryReader"/> says: less than that a pointer is good for ever, so that a source may unpack and forget pages.</para>
/// <para>What is gone says so: after <see cref="Dispose()"/> whatever reads it, a walker for instance, gets an <see cref="ObjectDisposedException"/>; only readers that are open go on with what
/// they have.</para>
/// </remarks>
public abstract class MemoryImage : IDisposable
{
    private int _disposals;

    // For those who read a little and often: opening a reader takes longer than that.
    private MemoryReader? _idle;

    /// <summary>What errors call it.</summary>
    public abstract string Name { get; }

    /// <summary>The memory that it has, ascending, without overlaps.</summary>
    public abstract IReadOnlyList<MemorySegment> Segments { get; }

    /// <summary>The registers that it knows.</summary>
    public virtual ImageRegisters Registers { get; } = new();

    /// <summary>Whether it was disposed of.</summary>
    protected bool IsDisposed => Volatile.Read(ref _disposals) != 0;

    /// <summary>What of it is left out, or taken otherwise than it is written: one sentence each.</summary>
    public virtual IReadOnlyList<string> Remarks => [];

    /// <summary>A reader for one thread, which keeps the memory as long as it is open.</summary>
    /// <exception cref="ObjectDisposedException">The image is gone.</exception>
    public abstract MemoryReader OpenReader();

    /// <summary>Reads memory.</summary>
    /// <param name="address">The first byte.</param>
    /// <param name="destination">Takes the bytes.</param>
    /// <returns>False when not all of them are there.</returns>
    /// <exception cref="InvalidInputException">The source cannot be read any more.</exception>
    /// <exception cref="ObjectDisposedException">The image is gone.</exception>
    public bool TryRead(PhysicalAddress address, Span<byte> destination)
    {
        MemoryReader reader = TakeReader();
        try
        {
            return reader.TryRead(address, destination);
        }
        finally
        {
            GiveBack(reader);
        }
    }

    /// <summary>Gives back what the source holds; a second time nothing happens.</summary>
#pragma warning disable CA1063 // Once is what the rule does not know: no source need care for it.
    public void Dispose()
#pragma warning restore CA1063
    {
        if (Interlocked.Exchange(ref _disposals, 1) == 0)
        {
            Interlocked.Exchange(ref _idle, null)?.Dispose();
            Dispose(disposing: true);
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>A reader for as long as one call takes: the one that is idle, or a new one.</summary>
    /// <exception cref="ObjectDisposedException">The image is gone.</exception>
    internal MemoryReader TakeReader() => Interlocked.Exchange(ref _idle, null) ?? OpenReader();

    /// <summary>Gives a reader back that was taken.</summary>
    internal void GiveBack(MemoryReader reader)
    {
        MemoryReader? left = Interlocked.CompareExchange(ref _idle, reader, null) is null ? null : reader;
        if (IsDisposed)
        {
            Interlocked.Exchange(ref _idle, null)?.Dispose();
        }

        left?.Dispose();
    }

    /// <summary>Gives back what the source holds, but for what open readers keep; called once.</summary>
    /// <param name="disposing">Whether managed objects may still be used.</param>
    protected abstract void Dispose(bool disposing);
}
