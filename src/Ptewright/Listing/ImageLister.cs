using Ptewright.Access;
using Ptewright.Images;
using Ptewright.Kernels;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Listing;

/// <summary>Lists tables that somebody else built in the text of the kernel that built them.</summary>
public static class ImageLister
{
    /// <summary>Lists the kernel's half, byte for byte as that kernel's <c>/sys/kernel/debug/kernel_page_tables</c> shows it.</summary>
    /// <param name="output">Where the text goes; lines end with a line feed.</param>
    /// <param name="image">Where the tables lie.</param>
    /// <param name="root">How the upper half is read.</param>
    /// <param name="profile">The kernel that built them.</param>
    /// <param name="builtBits">The size of virtual addresses that it was built for, if it is known; see <see cref="KernelProfile.ListingGeometry"/>.</param>
    /// <remarks>A table that the source lacks is a hole, and so is one that leads back to itself: what is wrong with tables, a <see cref="TableScanner"/> says.</remarks>
    /// <exception cref="ArgumentException"><paramref name="root"/> is the lower half, which kernels do not list.</exception>
    /// <exception cref="InvalidInputException">That kernel makes no tables of this shape.</exception>
    public static void List(TextWriter output, MemoryImage image, TranslationRoot root, KernelProfile profile, int? builtBits = null)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(root);
        ArgumentNullException.ThrowIfNull(profile);
        if (root.Half != AddressHalf.Upper)
        {
            throw new ArgumentException("Kernels list their own half only.", nameof(root));
        }

        TableGeometry geometry = profile.ListingGeometry(root.Granule, root.InputBits, builtBits);
        using ImageTables tables = new(image, root, geometry);
        TableTree<ImageTables.View> tree = new(tables.Memory, geometry, root.Format);
        PtdumpLister.List(output, tree, tables.Root, profile.Listing, profile.ListingFixmap(geometry));
    }
}
