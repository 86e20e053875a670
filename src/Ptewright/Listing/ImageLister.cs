using Ptewright.Access;
using Ptewright.Images;
using Ptewright.Kernels.Configuration;
using Ptewright.Kernels.Versions;
using Ptewright.Texts;
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
    /// <param name="builtBits">The size of virtual addresses that it was built for, if it is known; otherwise <paramref name="config"/> or <see cref="GeometryOf"/> says.</param>
    /// <param name="config">Its configuration, which decides how many slots the fixmap has; null for a distribution's of that version.</param>
    /// <param name="progress">Told how far it is; may be null.</param>
    /// <param name="stop">Ends the work, with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>Whether the place at which the fixmap begins shows, the only one that depends on <paramref name="config"/>: it does where there is a table with its first page.</returns>
    /// <remarks>A table that the source lacks is a hole, and so is one that leads back to itself: what is wrong with tables, a <see cref="TableScanner"/> says.</remarks>
    /// <exception cref="ArgumentException"><paramref name="root"/> is the lower half, which kernels do not list.</exception>
    /// <exception cref="InvalidInputException">That kernel makes no tables of this shape, or has their root elsewhere; or the source cannot be read any more.</exception>
    public static bool List(
        TextWriter output,
        MemoryImage image,
        TranslationRoot root,
        KernelProfile profile,
        int? builtBits = null,
        KernelConfig? config = null,
        IProgress<WorkProgress>? progress = null,
        CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(root);
        ArgumentNullException.ThrowIfNull(profile);
        builtBits ??= config?.VaBits;
        return List(output, image, root, profile, builtBits, config is null ? null : profile.Facts.Regions.Fixmap.PermanentSlots(GeometryOf(root, profile, builtBits), config), progress, stop);
    }

    /// <summary>The same for a kernel of which it is known how many of its fixmap slots are permanent.</summary>
    internal static bool List(
        TextWriter output,
        MemoryImage image,
        TranslationRoot root,
        KernelProfile profile,
        int? builtBits,
        int? permanentSlots,
        IProgress<WorkProgress>? progress = null,
        CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (root.Half != AddressHalf.Upper)
        {
            throw new ArgumentException("Kernels list their own half only.", nameof(root));
        }

        TableGeometry geometry = GeometryOf(root, profile, builtBits);
        TranslationRoot built = BuiltTables.RootOf(geometry, root.Format, root.Table - geometry.Ttbr1Offset);
        return PtdumpLister.List(output, image, built, geometry, profile, permanentSlots, root with { OutputBits = built.OutputBits, IsDisabled = false }, new WorkWatch(progress, stop));
    }

    /// <summary>The shape of the tables as that kernel built them, of which the registers show only what is in use.</summary>
    /// <param name="root">How the upper half is read.</param>
    /// <param name="profile">The kernel that built them.</param>
    /// <param name="builtBits">The size of virtual addresses that it was built for, if it is known. Otherwise <see cref="KernelProfile.ListingGeometry"/> says, unless the root lies where that
    /// kernel would not have it: then what is in use is what was built.</param>
    /// <exception cref="InvalidInputException">That kernel makes no tables of this shape, or has their root elsewhere.</exception>
    public static TableGeometry GeometryOf(TranslationRoot root, KernelProfile profile, int? builtBits = null)
    {
        ArgumentNullException.ThrowIfNull(root);
        ArgumentNullException.ThrowIfNull(profile);
        TableGeometry geometry = profile.ListingGeometry(root.Granule, root.InputBits, builtBits);
        if (builtBits is null && geometry.Ttbr1Offset != (root.Table.Value & (geometry.PageSize - 1)) && geometry.Ttbr1Offset != 0)
        {
            geometry = profile.ListingGeometry(root.Granule, root.InputBits, root.InputBits);
        }

        RefuseMisplaced(root, geometry);
        return geometry;
    }

    /// <summary>Refuses a root that does not lie where tables of a shape have it.</summary>
    /// <param name="root">Where it lies, and what of it is in use.</param>
    /// <param name="geometry">The shape as built.</param>
    /// <exception cref="InvalidInputException">It lies elsewhere.</exception>
    /// <remarks>Where 64K pages built for 52 bits run with 48, TTBR1_EL1 points into the root, which begins with its page (Linux: <c>offset_ttbr1</c>).</remarks>
    internal static void RefuseMisplaced(TranslationRoot root, in TableGeometry geometry)
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
}
