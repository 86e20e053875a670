using System.Runtime.CompilerServices;
using Ptewright.Addressing;

namespace Ptewright.Images;

/// <summary>Reads a <see cref="MemoryImage"/> through windows; for one thread.</summary>
/// <remarks>
/// <para><b>How long a window is good.</b> Until <see cref="WindowsKept"/> later ones were asked of the same reader, or the reader is disposed of; not longer. So a source may keep few pages
/// and give their room to others: compressed dumps are read that way. Whoever needs an older window asks again.</para>
/// <para><b>Disposal.</b> An open reader keeps the memory that its windows show, even when the image is disposed of meanwhile; memory that was not asked for yet may then be refused with an
/// <see cref="ObjectDisposedException"/>. A reader that is forgotten lets go in its finalizer.</para>
/// <para><b>Threads.</b> Several threads may have a reader of one image each; one reader is not for two of them at once.</para>
/// </remarks>
public sealed unsafe class MemoryReader : IDisposable
{
    /// <summary>So many windows are good at the same time: the last one, and those before it.</summary>
    public const int WindowsKept = 64;

    /// <summary>The most that is asked for at once, and what no window that is asked for lies across a multiple of: the largest table.</summary>
    public const int MostBytes = 64 << 10;

    private readonly Func<PhysicalAddress, int, MemoryWindow> _find;
    private readonly Action? _close;
    private MemoryWindow _last;
    private int _disposals;

    /// <summary>A reader, as a source makes it for whoever asks for one.</summary>
    /// <param name="find">Finds memory: at least so many bytes from an address on, and as much around them as can be had for nothing, so that whoever reads much need not ask often; or
    /// says why not all of them are there. At most <see cref="MostBytes"/> are asked for, never across a multiple of as many. Called by one thread at a time, but for each reader by
    /// another one.</param>
    /// <param name="close">Lets go of what the reader keeps; called once, perhaps by a finalizer.</param>
    public MemoryReader(Func<PhysicalAddress, int, MemoryWindow> find, Action? close = null)
    {
        ArgumentNullException.ThrowIfNull(find);
        _find = find;
        _close = close;
        if (close is null)
        {
            GC.SuppressFinalize(this);
        }
    }

    /// <summary>A forgotten reader.</summary>
    ~MemoryReader() => Close();

    /// <summary>How many windows were asked for: one that was the nth is good while this is less than n + <see cref="WindowsKept"/>.</summary>
    internal long Asked { get; private set; }

    /// <summary>A window on memory.</summary>
    /// <param name="address">The first byte.</param>
    /// <param name="bytes">How many are needed, at least 1; at most <see cref="MostBytes"/>, and not across a multiple of as many.</param>
    /// <returns>At least these; or, where not all of them are there, an empty one that says why. Across a multiple of <see cref="MostBytes"/> there is none.</returns>
    /// <exception cref="InvalidInputException">The source cannot be read any more.</exception>
    /// <exception cref="InvalidOperationException">The source does not keep to what it must.</exception>
    /// <exception cref="ObjectDisposedException">The image or this reader is gone.</exception>
    public MemoryWindow WindowAt(PhysicalAddress address, int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, 1);
        ObjectDisposedException.ThrowIf(_disposals != 0, this);
        if (bytes > MostBytes - (int)(address.Value & (MostBytes - 1)))
        {
            return default;
        }

        Asked++;
        _last = _find(address, bytes);
        return _last.Presence != MemoryPresence.Present || _last.At(address, (ulong)bytes) != null ? _last
            : throw new InvalidOperationException("The source gave a window that does not have what was asked for.");
    }

    /// <summary>Reads memory.</summary>
    /// <param name="address">The first byte.</param>
    /// <param name="destination">Takes the bytes.</param>
    /// <returns>False when not all of them are there.</returns>
    /// <exception cref="InvalidInputException">The source cannot be read any more.</exception>
    /// <exception cref="ObjectDisposedException">The image or this reader is gone.</exception>
    public bool TryRead(PhysicalAddress address, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            int count = Math.Min(destination.Length, MostBytes - (int)(address.Value & (MostBytes - 1)));
            byte* source = Reach(address, count, out _);
            if (source == null || (count < destination.Length && address.Value > ulong.MaxValue - (ulong)count))
            {
                return false;
            }

            new ReadOnlySpan<byte>(source, count).CopyTo(destination);
            destination = destination[count..];
            address += (ulong)count;
        }

        GC.KeepAlive(this);
        return true;
    }

    /// <summary>Lets go of the memory; a second time nothing happens.</summary>
    public void Dispose()
    {
        Close();
        GC.SuppressFinalize(this);
    }

    /// <summary>A pointer to memory, as good as the last window; null when not all of it is there.</summary>
    /// <param name="address">The first byte.</param>
    /// <param name="bytes">How many, at least 1.</param>
    /// <param name="presence">Whether it is there, and if not, why.</param>
    /// <remarks>Nearly all tables lie behind one another, so nearly always the last window has the next one.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal byte* Reach(PhysicalAddress address, int bytes, out MemoryPresence presence)
    {
        byte* first = _last.At(address, (ulong)bytes);
        presence = MemoryPresence.Present;
        return first != null ? first : Ask(address, bytes, out presence);
    }

    /// <summary>The same without asking: null when the last window does not have it.</summary>
    internal byte* Glance(PhysicalAddress address, ulong bytes) => _last.At(address, bytes);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private byte* Ask(PhysicalAddress address, int bytes, out MemoryPresence presence)
    {
        MemoryWindow found = WindowAt(address, bytes);
        presence = found.Presence;
        return found.At(address, (ulong)bytes);
    }

    private void Close()
    {
        if (Interlocked.Exchange(ref _disposals, 1) == 0)
        {
            _last = default;
            _close?.Invoke();
        }
    }
}
