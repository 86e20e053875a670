using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.Tests.Images;
using Ptewright.Verifying;

namespace Ptewright.Tests.Verifying;

/// <summary>Another image with some entries changed, as a mistake or an intruder would.</summary>
/// <param name="inner">The image; it stays the caller's.</param>
internal sealed unsafe class EditedImage(MemoryImage inner) : MemoryImage
{
    // The largest page: every table lies in one.
    private const ulong PageSize = 64 << 10;
    private readonly Dictionary<ulong, byte[]> _pages = [];
    private readonly HashSet<ulong> _added = [];

    public override string Name => inner.Name;

    public override IReadOnlyList<MemorySegment> Segments => inner.Segments;

    public override ImageRegisters Registers => inner.Registers;

    /// <summary>An entry as it is now. Where the image has nothing, setting one adds 64 KiB of zeroes.</summary>
    public ulong this[PhysicalAddress address]
    {
        get => this.Word(address.Value)!.Value;
        set
        {
            _ = inner.Word(address.Value) is null && _added.Add(address.Value & ~(PageSize - 1));
            BitConverter.TryWriteBytes(Copy(address).AsSpan((int)(address.Value & (PageSize - 1))), value);
        }
    }

    /// <summary>The bits of an entry that may be inverted, each alone, without anything becoming unexplained; it is as before afterwards.</summary>
    public List<int> UnseenBits(PhysicalAddress entry, Func<MapVerification> verify)
    {
        ulong raw = this[entry];
        List<int> unseen = [];
        for (int bit = 0; bit < 64; bit++)
        {
            this[entry] = raw ^ (1UL << bit);
            if (verify().Unexplained == 0)
            {
                unseen.Add(bit);
            }
        }

        this[entry] = raw;
        return unseen;
    }

    // Windows show the copy from the beginning, so that a change is seen in those that were given before.
    public override MemoryReader OpenReader()
    {
        MemoryReader reader = inner.OpenReader();
        return new MemoryReader(
            (address, bytes) =>
            {
                MemoryWindow original = reader.WindowAt(address, bytes);
                if (original.Presence != MemoryPresence.Present && !_added.Contains(address.Value & ~(PageSize - 1)))
                {
                    return original;
                }

                fixed (byte* start = Copy(address))
                {
                    return new MemoryWindow(address, (ulong)bytes, start + (address.Value & (PageSize - 1)));
                }
            },
            reader.Dispose);
    }

    private byte[] Copy(PhysicalAddress address)
    {
        ulong page = address.Value & ~(PageSize - 1);
        if (!_pages.TryGetValue(page, out byte[]? copy))
        {
            copy = GC.AllocateArray<byte>((int)PageSize, pinned: true);
            for (ulong offset = 0; offset < PageSize; offset += 4096)
            {
                _ = inner.TryRead(new PhysicalAddress(page + offset), copy.AsSpan((int)offset, 4096));
            }

            _pages.Add(page, copy);
        }

        return copy;
    }

    protected override void Dispose(bool disposing)
    {
    }
}
