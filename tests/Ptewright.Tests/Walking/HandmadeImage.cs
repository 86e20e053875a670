using Ptewright.Addressing;
using Ptewright.Images;

namespace Ptewright.Tests.Walking;

/// <summary>Physical memory of some pages, whose entries a test writes one by one.</summary>
/// <param name="start">The first byte.</param>
/// <param name="bytes">How many bytes.</param>
internal sealed unsafe class HandmadeImage(ulong start, int bytes) : MemoryImage
{
    private readonly ulong[] _entries = GC.AllocateArray<ulong>(bytes / 8, pinned: true);

    public override string Name => "handmade";

    public override IReadOnlyList<MemorySegment> Segments => [new(new PhysicalAddress(start), (ulong)bytes)];

    /// <summary>An entry.</summary>
    /// <param name="address">Where it lies.</param>
    public ulong this[ulong address]
    {
        get => _entries[(address - start) / 8];
        set => _entries[(address - start) / 8] = value;
    }

    /// <summary>An entry, to be changed in place.</summary>
    /// <param name="address">Where it lies.</param>
    public ref ulong At(ulong address) => ref _entries[(address - start) / 8];

    public override MemoryReader OpenReader() => new((address, count) =>
    {
        // No more than is asked for.
        fixed (ulong* entries = _entries)
        {
            MemoryWindow all = new(new PhysicalAddress(start), (ulong)bytes, (byte*)entries);
            return all.At(address, (ulong)count) is var first && first == null ? default : new MemoryWindow(address, (ulong)count, first);
        }
    });

    protected override void Dispose(bool disposing)
    {
    }
}
