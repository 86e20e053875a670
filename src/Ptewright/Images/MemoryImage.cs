using System.Runtime.CompilerServices;
using Ptewright.Addressing;

namespace Ptewright.Images;

/// <summary>Physical memory that somebody else wrote, and the registers that came with it: a file, a folder, a live guest.</summary>
/// <remarks>What is gone says so: after <see cref="Dispose()"/> whatever reads it, a walker for instance, gets an <see cref="ObjectDisposedException"/>.</remarks>
public abstract unsafe class MemoryImage : IDisposable
{
    private int _disposals;

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

    /// <summary>A pointer to memory, good until the image is disposed of.</summary>
    /// <param name="address">The first byte.</param>
    /// <param name="bytes">How many bytes are to be read; at most a page of 64 KiB.</param>
    /// <returns>Null when not all of them are there.</returns>
    /// <exception cref="InvalidInputException">The source cannot be read any more.</exception>
    /// <exception cref="ObjectDisposedException">The image is gone.</exception>
    public abstract byte* Map(PhysicalAddress address, ulong bytes);

    /// <summary>The memory around entries that can be reached in one go, so that whoever reads much need not ask for each of them.</summary>
    /// <param name="address">The first entry, a multiple of 8.</param>
    /// <param name="entries">How many are needed, at least 1; at most a page of 64 KiB.</param>
    /// <returns>At least these; an empty window when not all of them are there.</returns>
    /// <exception cref="InvalidInputException">The source cannot be read any more.</exception>
    /// <exception cref="ObjectDisposedException">The image is gone.</exception>
    internal virtual MemoryWindow WindowAt(PhysicalAddress address, int entries)
    {
        byte* first = Map(address, (ulong)entries * sizeof(ulong));
        return first == null ? default : new MemoryWindow(address.Value, (ulong)entries, (ulong*)first);
    }

    /// <summary>Entries behind one another, good as long as <see cref="Map"/> says; empty when not all of them are there.</summary>
    /// <param name="address">The first entry.</param>
    /// <param name="count">How many; at most a page of 64 KiB.</param>
    internal ReadOnlySpan<ulong> Entries(PhysicalAddress address, int count)
    {
        byte* first = Map(address, (ulong)count * sizeof(ulong));
        return first == null ? default : new ReadOnlySpan<ulong>(first, count);
    }

    /// <summary>Reads one entry.</summary>
    /// <returns>False when it is not there.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool TryReadEntry(PhysicalAddress address, out ulong entry)
    {
        byte* first = Map(address, sizeof(ulong));
        entry = first == null ? 0 : *(ulong*)first;
        return first != null;
    }

    /// <summary>Keeps the memory while pointers to it are in use, even if the image is disposed of meanwhile; once for each <see cref="LetGo"/>.</summary>
    /// <exception cref="ObjectDisposedException">The image is gone.</exception>
    internal virtual void Hold() => ObjectDisposedException.ThrowIf(IsDisposed, this);

    /// <summary>Undoes <see cref="Hold"/>.</summary>
    internal virtual void LetGo()
    {
    }

    /// <summary>Reads memory.</summary>
    /// <param name="address">The first byte.</param>
    /// <param name="destination">Takes the bytes; at most a page of 64 KiB.</param>
    /// <returns>False when not all of them are there.</returns>
    /// <exception cref="InvalidInputException">The source cannot be read any more.</exception>
    /// <exception cref="ObjectDisposedException">The image is gone.</exception>
    public bool TryRead(PhysicalAddress address, Span<byte> destination)
    {
        byte* source = Map(address, (ulong)destination.Length);
        if (source == null)
        {
            return false;
        }

        new ReadOnlySpan<byte>(source, destination.Length).CopyTo(destination);
        GC.KeepAlive(this);
        return true;
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

    /// <summary>Gives back what the source holds; called once.</summary>
    /// <param name="disposing">Whether managed objects may still be used.</param>
    protected abstract void Dispose(bool disposing);
}
