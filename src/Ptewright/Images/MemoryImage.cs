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
    private static readonly ImageRegisters _noRegisters = new();
    private int _disposals;

    /// <summary>What errors call it.</summary>
    public abstract string Name { get; }

    /// <summary>The memory that it has, ascending, without overlaps.</summary>
    public abstract IReadOnlyList<MemorySegment> Segments { get; }

    /// <summary>What the kernel said of itself, if the source has a VMCOREINFO note.</summary>
    public virtual VmCoreInfo? CoreInfo => null;

    /// <summary>The registers that it knows.</summary>
    public virtual ImageRegisters Registers => CoreInfo?.ToRegisters() ?? _noRegisters;

    /// <summary>Whether it was disposed of.</summary>
    protected internal bool IsDisposed => Volatile.Read(ref _disposals) != 0;

    /// <summary>What of it is left out, or taken otherwise than it is written: one sentence each.</summary>
    public virtual IReadOnlyList<string> Remarks => [];

    /// <summary>Whether memory was left out of it because it was nothing but zeros. Then a table in memory that is <see cref="MemoryPresence.Excluded"/> is probably an empty one: tables are
    /// seldom left out for another reason.</summary>
    public virtual bool LeavesOutZeros => false;

    /// <summary>A reader for one thread, which keeps the memory as long as it is open.</summary>
    /// <exception cref="ObjectDisposedException">The image is gone.</exception>
    public abstract MemoryReader OpenReader();

    /// <summary>A reader for one who goes through all of the memory once: what it was shown need not be kept for others.</summary>
    /// <exception cref="ObjectDisposedException">The image is gone.</exception>
    internal virtual MemoryReader OpenSweep() => OpenReader();

    /// <summary>The first address from one on whose memory may be something else than zeros that nobody wrote: the address itself where that is not known without reading.</summary>
    /// <param name="address">An address in a segment.</param>
    internal virtual PhysicalAddress NextWritten(PhysicalAddress address) => address;

    /// <summary>The first address from one on whose memory the source may have: the address itself where that is not known without reading. What lies before it is no hole that reads as zeros.</summary>
    /// <param name="address">An address in a segment.</param>
    internal virtual PhysicalAddress NextPresent(PhysicalAddress address) => address;

    /// <summary>The memory that it has not, as far as that is known without reading what it has: what lies between its segments, and what of them was left out or is lost.</summary>
    /// <param name="stop">Ends the work.</param>
    /// <returns>A list for each reason that there is.</returns>
    /// <exception cref="InvalidInputException">The source cannot be read any more.</exception>
    internal virtual IReadOnlyList<MissingMemory> FindMissing(CancellationToken stop)
    {
        MemoryGaps gaps = new();
        gaps.Complete(Segments);
        return gaps.ByKind();
    }

    /// <summary>Reads memory; whoever reads more than once opens a reader.</summary>
    /// <param name="address">The first byte.</param>
    /// <param name="destination">Takes the bytes.</param>
    /// <returns>False when not all of them are there.</returns>
    /// <exception cref="InvalidInputException">The source cannot be read any more.</exception>
    /// <exception cref="ObjectDisposedException">The image is gone.</exception>
    public bool TryRead(PhysicalAddress address, Span<byte> destination)
    {
        using MemoryReader reader = OpenReader();
        return reader.TryRead(address, destination);
    }

    /// <summary>Gives back what the source holds; a second time nothing happens.</summary>
#pragma warning disable CA1063 // Once is what the rule does not know: no source need care for it.
    public void Dispose()
#pragma warning restore CA1063
    {
        if (Interlocked.Exchange(ref _disposals, 1) == 0)
        {
            Dispose(disposing: true);
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>Gives back what the source holds, but for what open readers keep; called once.</summary>
    /// <param name="disposing">Whether managed objects may still be used.</param>
    protected abstract void Dispose(bool disposing);
}
