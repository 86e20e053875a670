using System.Runtime.InteropServices;
using Ptewright.Addressing;
using Ptewright.Memory;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Images;

/// <summary>A source of memory as the engine's readers want it: every table is a whole page, the root's page is there whatever the source has, and reading ends.</summary>
/// <remarks>
/// The engine finds a folded root by going back to the beginning of its page. A source need not have all of that page, nor keep it aligned, so that one page is copied.
/// Any other table that the source lacks is a null pointer, and so is every table after <see cref="TableScanner.UsualVisits"/> of them.
/// </remarks>
internal sealed unsafe class ImageTables : IDisposable
{
    private readonly MemoryImage _image;
    private readonly ulong _pageSize;
    private readonly PhysicalAddress _rootPage;
    private byte* _copy;
    private long _visits;

    /// <summary>Reads the tables of one half.</summary>
    /// <param name="image">Where they lie; it must outlive this object.</param>
    /// <param name="root">How they are read.</param>
    /// <param name="geometry">Their shape as built.</param>
    public ImageTables(MemoryImage image, TranslationRoot root, in TableGeometry geometry)
    {
        _image = image;
        _pageSize = geometry.PageSize;
        Root = root.Table - geometry.Ttbr1Offset;
        _rootPage = Root.AlignDown(_pageSize);
        _copy = (byte*)NativeMemory.AlignedAlloc((nuint)_pageSize, (nuint)_pageSize);
        new Span<byte>(_copy, (int)_pageSize).Clear();
        if (!image.TryRead(_rootPage, new Span<byte>(_copy, (int)_pageSize)))
        {
            int offset = (int)(root.Table.Value - _rootPage.Value);
            _ = image.TryRead(root.Table, new Span<byte>(_copy + offset, root.RootEntries * 8));
        }
    }

    /// <summary>The root as built: before the offset that TTBR1 needs where 64K pages built for 52 bits run with 48.</summary>
    public PhysicalAddress Root { get; }

    /// <summary>The engine's view.</summary>
    public View Memory => new(this);

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.AlignedFree(_copy);
        _copy = null;
    }

    private byte* At(PhysicalAddress address)
    {
        if (address >= _rootPage && address.Value - _rootPage.Value < _pageSize)
        {
            return _copy + (address.Value - _rootPage.Value);
        }

        return ++_visits <= TableScanner.UsualVisits ? _image.Map(address, _pageSize) : null;
    }

    /// <summary>The engine's view of a source.</summary>
    internal readonly struct View(ImageTables tables) : IPhysicalMemory
    {
        /// <inheritdoc/>
        public void* At(PhysicalAddress address) => tables.At(address);

        /// <inheritdoc/>
        public void* Through(VirtualAddress window, PhysicalAddress address) => tables.At(address);
    }
}
