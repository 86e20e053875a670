using Ptewright.Addressing;
using Ptewright.Images;

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
        get => *(ulong*)Map(address, 8);
        set
        {
            ulong page = address.Value & ~(PageSize - 1);
            if (!_pages.TryGetValue(page, out byte[]? copy))
            {
                _ = inner.Map(address, 8) == null && _added.Add(page);
                copy = GC.AllocateArray<byte>((int)PageSize, pinned: true);
                for (ulong offset = 0; offset < PageSize; offset += 4096)
                {
                    _ = inner.TryRead(new PhysicalAddress(page + offset), copy.AsSpan((int)offset, 4096));
                }

                _pages.Add(page, copy);
            }

            BitConverter.TryWriteBytes(copy.AsSpan((int)(address.Value - page)), value);
        }
    }

    public override byte* Map(PhysicalAddress address, ulong bytes)
    {
        ulong page = address.Value & ~(PageSize - 1);
        if (_pages.TryGetValue(page, out byte[]? copy) && (_added.Contains(page) || inner.Map(address, bytes) != null))
        {
            fixed (byte* start = copy)
            {
                return start + (address.Value - page);
            }
        }

        return inner.Map(address, bytes);
    }

    protected override void Dispose(bool disposing)
    {
    }
}
