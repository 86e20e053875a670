using Ptewright.Addressing;

namespace Ptewright.Images;

/// <summary>Physical memory that somebody else wrote, and the registers that came with it: a file, a folder, a live guest.</summary>
public abstract unsafe class MemoryImage : IDisposable
{
    /// <summary>What errors call it.</summary>
    public abstract string Name { get; }

    /// <summary>The memory that it has, ascending, without overlaps.</summary>
    public abstract IReadOnlyList<MemorySegment> Segments { get; }

    /// <summary>The registers that it knows.</summary>
    public virtual ImageRegisters Registers { get; } = new();

    /// <summary>What of it is left out, or taken otherwise than it is written: one sentence each.</summary>
    public virtual IReadOnlyList<string> Remarks => [];

    /// <summary>A pointer to memory, good until the image is disposed of.</summary>
    /// <param name="address">The first byte.</param>
    /// <param name="bytes">How many bytes are to be read; at most a page of 64 KiB.</param>
    /// <returns>Null when not all of them are there.</returns>
    /// <exception cref="InvalidInputException">The source cannot be read any more.</exception>
    public abstract byte* Map(PhysicalAddress address, ulong bytes);

    /// <summary>The memory around an entry that can be reached in one go, so that whoever reads much need not ask for each entry.</summary>
    /// <param name="address">A multiple of 8.</param>
    /// <returns>At least the entry; an empty window when it is not there.</returns>
    internal virtual MemoryWindow WindowAt(PhysicalAddress address)
    {
        byte* entry = Map(address, sizeof(ulong));
        return new MemoryWindow(address.Value, entry == null ? 0UL : 1UL, (ulong*)entry);
    }

    /// <summary>Reads memory.</summary>
    /// <param name="address">The first byte.</param>
    /// <param name="destination">Takes the bytes; at most a page of 64 KiB.</param>
    /// <returns>False when not all of them are there.</returns>
    public bool TryRead(PhysicalAddress address, Span<byte> destination)
    {
        byte* source = Map(address, (ulong)destination.Length);
        if (source == null)
        {
            return false;
        }

        new ReadOnlySpan<byte>(source, destination.Length).CopyTo(destination);
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives back what the source holds.</summary>
    /// <param name="disposing">Whether managed objects may still be used.</param>
    protected abstract void Dispose(bool disposing);
}
