using System.Buffers.Binary;
using System.Text;
using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Discovery;

/// <summary>Reads what lies at the virtual addresses of a kernel that was found, through its own tables.</summary>
/// <remarks>Nothing that is read is believed: an address may lead nowhere, and a page may be left out of the source.</remarks>
internal sealed class KernelMemory : IDisposable
{
    private const int Step = PageKinds.PageBytes;

    private readonly MemoryReader _reader;
    private readonly TableWalker _walker;

    /// <summary>Opens a kernel's memory.</summary>
    /// <param name="image">The source.</param>
    /// <param name="kernel">The kernel.</param>
    public KernelMemory(MemoryImage image, FoundKernel kernel)
    {
        _reader = image.OpenReader();
        _walker = new TableWalker(image, TranslationRoot.Of(kernel.Registers, AddressHalf.Upper));
    }

    /// <summary>Where an address leads; null where it is not mapped.</summary>
    public PhysicalAddress? PhysicalOf(VirtualAddress address) => _walker.Walk(address) is { IsMapped: true } walk ? walk.Physical : null;

    /// <summary>Reads bytes.</summary>
    /// <returns>False when not all of them are there.</returns>
    public bool TryRead(VirtualAddress address, Span<byte> room)
    {
        while (!room.IsEmpty)
        {
            int count = Math.Min(room.Length, Step - (int)(address.Value & (Step - 1)));
            if (PhysicalOf(address) is not { } physical || !_reader.TryRead(physical, room[..count]) || (count < room.Length && address.Value > ulong.MaxValue - (ulong)count))
            {
                return false;
            }

            room = room[count..];
            address += (ulong)count;
        }

        return true;
    }

    /// <summary>Reads bytes at a physical address.</summary>
    /// <returns>False when not all of them are there.</returns>
    public bool TryRead(PhysicalAddress address, Span<byte> room) => _reader.TryRead(address, room);

    /// <summary>A word of 64 bits; null when it is not there.</summary>
    public ulong? Word(VirtualAddress address)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        return TryRead(address, bytes) ? BinaryPrimitives.ReadUInt64LittleEndian(bytes) : null;
    }

    /// <summary>A text that ends with a zero, without it; null when it is longer than a limit, or not all of it is there.</summary>
    /// <param name="address">Its first byte.</param>
    /// <param name="most">The longest that is read, in bytes.</param>
    public string? Text(VirtualAddress address, int most)
    {
        byte[] bytes = new byte[most];
        int length = 0;
        while (length < most)
        {
            int count = Math.Min(most - length, Step - (int)((address.Value + (ulong)length) & (Step - 1)));
            Span<byte> piece = bytes.AsSpan(length, count);
            if (!TryRead(address + (ulong)length, piece))
            {
                return null;
            }

            int end = piece.IndexOf((byte)0);
            if (end >= 0)
            {
                return Encoding.Latin1.GetString(bytes, 0, length + end);
            }

            length += count;
        }

        return null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _walker.Dispose();
        _reader.Dispose();
    }
}
