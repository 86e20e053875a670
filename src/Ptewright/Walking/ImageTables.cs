using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.Memory;
using Ptewright.Texts;
using Ptewright.Translation;

namespace Ptewright.Walking;

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
    private readonly NativeBlock _copy;
    private long _visits;

    /// <summary>Reads the tables of one half.</summary>
    /// <param name="image">Where they lie; it must outlive this object.</param>
    /// <param name="root">How they are read.</param>
    /// <param name="geometry">Their shape as built.</param>
    /// <exception cref="InvalidInputException">The root does not lie where tables of that shape have it.</exception>
    public ImageTables(MemoryImage image, TranslationRoot root, in TableGeometry geometry)
    {
        _image = image;
        _pageSize = geometry.PageSize;
        Root = root.Table - geometry.Ttbr1Offset;
        _rootPage = Root.AlignDown(_pageSize);
        RefuseMisplaced(root, geometry);
        _copy = NativeBlock.Reserve(_pageSize, _pageSize);
        if (!image.TryRead(_rootPage, _copy.Span(0, (int)_pageSize)))
        {
            // What is in use of it lies in the same page: RefuseMisplaced looked.
            _ = image.TryRead(root.Table, _copy.Span(root.Table.Value - _rootPage.Value, root.RootEntries * sizeof(ulong)));
        }
    }

    /// <summary>The root as built: before the offset that TTBR1 needs where 64K pages built for 52 bits run with 48.</summary>
    public PhysicalAddress Root { get; }

    /// <summary>The engine's view.</summary>
    public View Memory => new(this);

    /// <summary>Refuses a root that does not lie where tables of a shape have it.</summary>
    /// <param name="root">Where it lies, and what of it is in use.</param>
    /// <param name="geometry">The shape as built.</param>
    /// <exception cref="InvalidInputException">It lies elsewhere.</exception>
    /// <remarks>
    /// Where 64K pages built for 52 bits run with 48, TTBR1_EL1 points into the root, which begins with its page (Linux: <c>offset_ttbr1</c>). From there the readers go through all of the
    /// root as built, and where the level below is folded through all of its page: neither may leave the page.
    /// </remarks>
    public static void RefuseMisplaced(TranslationRoot root, in TableGeometry geometry)
    {
        ulong inPage = root.Table.Value & (geometry.PageSize - 1);
        if (geometry.Ttbr1Offset != 0 && inPage != geometry.Ttbr1Offset)
        {
            throw new InvalidInputException(
                $"TTBR1_EL1 points {inPage} bytes into a page, to 0x{root.Table.Value:x}; in a kernel with {geometry.PageSize >> 10}K pages that is built for {geometry.VirtualAddressBits}-bit "
                + $"addresses and uses {geometry.ActualVirtualAddressBits} bits it points {geometry.Ttbr1Offset} bytes into one. If this one is built for "
                + $"{geometry.ActualVirtualAddressBits}-bit addresses, {InputWords.AddressSize} {geometry.ActualVirtualAddressBits}.");
        }

        if (inPage - geometry.Ttbr1Offset + ((ulong)geometry.RootTableEntries * sizeof(ulong)) > geometry.PageSize)
        {
            throw new InvalidInputException($"The root table at 0x{root.Table.Value:x} does not lie in one page, as kernels have it.");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _copy.Dispose();

    private byte* At(PhysicalAddress address)
    {
        if (address >= _rootPage && address.Value - _rootPage.Value < _pageSize)
        {
            return _copy.Pointer + (address.Value - _rootPage.Value);
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
