using System.Globalization;
using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.Walking;

namespace Ptewright.Discovery;

/// <summary>What a tree shows: whether it is a kernel's, where the linear map and the image are.</summary>
/// <remarks>
/// Any subtree of the linear map is itself a perfect, smaller address space, and a copy of a root maps the same as the root. So what proves a root is not how much it maps alone: it maps memory
/// at one distance and an image, which can be executed, at another, and lies in that image itself, as <c>swapper_pg_dir</c> does.
/// </remarks>
internal sealed class TreeProof
{
    // A kernel's code has megabytes, a module's much less.
    private const ulong LeastImage = 256 << 10;
    private const ulong LeastLinear = 1 << 20;

    // So many tables of either half show whether they are worth reading: garbage that leads to garbage has very many.
    private const int ProbedTables = 64;

    // From the header to the first code: Linux, SEGMENT_ALIGN. Before v5.8 they lay side by side.
    private const ulong HeaderDistance = 64 << 10;

    // Linux: Documentation/arch/arm64/booting.rst.
    private const ulong BootAlignment = 2 << 20;

    private TreeProof(TreeSummary tree) => Tree = tree;

    /// <summary>What it maps.</summary>
    public TreeSummary Tree { get; }

    /// <summary>The distance from physical to virtual addresses of the linear map; null when there is none.</summary>
    public ulong? LinearDistance { get; private set; }

    /// <summary>The same of the image.</summary>
    public ulong? ImageDistance { get; private set; }

    /// <summary>The first range of the linear map.</summary>
    public MappedRange? Linear { get; private set; }

    /// <summary>The lowest memory of the image that is mapped, and the first byte behind the highest.</summary>
    public (ulong Start, ulong End) MappedImage { get; private set; }

    /// <summary>The image's header, if it is there.</summary>
    public ImageHeader? Header { get; private set; }

    /// <summary>What the image says of itself.</summary>
    public ImageFacts? Facts { get; private set; }

    /// <summary>How much of memory the linear map has, 0 to 1: of what is written, where that is known; where not even memory is known, all.</summary>
    public double Coverage { get; private set; }

    /// <summary>How many of the tables lie in the linear map or in the image, 0 to 1. From 7.3 on those in the image's data are not in the linear map.</summary>
    public double OwnTables { get; private set; }

    /// <summary>How many tables below the root lie in the image: those of the fixmap, which is needed before memory can be given out. Linux: <c>bm_pte</c> in <c>arch/arm64/mm/fixmap.c</c>.</summary>
    public int TablesInImage { get; private set; }

    /// <summary>Whether the image's mapping has the root itself.</summary>
    public bool HasRoot { get; private set; }

    /// <summary>Whether all that a kernel's own root must show is there.</summary>
    public bool IsProven => LinearDistance is not null && ImageDistance is not null && HasRoot && IsClean && OwnTables > 0.9;

    /// <summary>Whether (nearly) no entry is wrong: memory that was read while it changed has a few that are.</summary>
    public bool IsClean => Tree.Problems * 1000 <= Tree.Tables;

    /// <summary>Where the image begins: its header; without one where the header must have been, in front of what is mapped first, if that is where a boot loader puts an image; else what is mapped first.</summary>
    public ulong ImageStart => Header?.At.Value
        ?? (MappedImage.Start >= HeaderDistance && ((MappedImage.Start - HeaderDistance) & (BootAlignment - 1)) == 0 ? MappedImage.Start - HeaderDistance : MappedImage.Start);

    /// <summary>How long it is: what its header says, or what is mapped.</summary>
    public ulong ImageSize => Header is { Size: > 0 } header ? header.Size : MappedImage.End - ImageStart;

    /// <summary>Reads a tree and looks at what it shows.</summary>
    /// <param name="image">The source.</param>
    /// <param name="registers">How the tree is read.</param>
    /// <param name="memory">The memory that there is.</param>
    /// <param name="written">The memory that something is written in; null when that is not known.</param>
    /// <param name="stop">Ends the work.</param>
    /// <exception cref="InvalidInputException">The registers say what no CPU does.</exception>
    public static TreeProof Of(MemoryImage image, ImageRegisters registers, MemoryRanges memory, IReadOnlyList<(ulong Start, ulong End)>? written, CancellationToken stop)
    {
        TranslationRoot root = TranslationRoot.Of(registers, Translation.AddressHalf.Upper);
        TreeSummary probe = TreeSummary.Read(image, root, memory, ProbedTables, stop);
        if (!probe.MayHaveLinearMap)
        {
            return new TreeProof(probe);
        }

        long visits = (1 << 16) + (long)Math.Min(memory.IsKnown ? (4 * memory.Bytes) >> (root.PageShift + root.EntryShift) : 1 << 20, 1 << 24);
        TreeProof proof = new(TreeSummary.Read(image, root, memory, visits, stop));
        proof.FindLinear(memory, written);
        if (proof is { LinearDistance: not null, IsClean: true })
        {
            proof.FindImage();
        }

        if (proof.LinearDistance is not null)
        {
            proof.OwnTables = proof.PartOfOwnTables();
        }

        if (proof.ImageDistance is { } distance)
        {
            proof.Header = ReadHeader(image, proof.MappedImage.Start);
            proof.HasRoot = proof.Tree.Ranges.Any(range => range.Start.Value - range.Physical.Value == distance && root.Table.Value - range.Physical.Value < range.Size);
            if (proof.HasRoot)
            {
                proof.TablesInImage = proof.Tree.UpperTables.Concat(proof.Tree.LeafTables).Count(table => table >= proof.MappedImage.Start && table < proof.MappedImage.End && proof.MapsInImage(table));
                proof.Facts = ImageFacts.Read(image, new PhysicalAddress(proof.ImageStart), proof.ImageSize, (root.Table.Value & ~((1UL << root.PageShift) - 1)) + distance, stop);
            }
        }

        return proof;
    }

    /// <summary>Whether memory is mapped as the image is.</summary>
    public bool MapsInImage(ulong physical) =>
        Tree.Ranges.Any(range => range.Start.Value - range.Physical.Value == ImageDistance && physical - range.Physical.Value < range.Size);

    /// <summary>Whether memory lies in the linear map.</summary>
    public bool MapsInLinear(ulong physical)
    {
        // Ascending, for one distance in physical addresses too.
        int low = 0;
        int high = Tree.Ranges.Count - 1;
        ulong address = physical + LinearDistance.GetValueOrDefault();
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            MappedRange range = Tree.Ranges[middle];
            if (address < range.Start.Value)
            {
                high = middle - 1;
            }
            else if (address - range.Start.Value >= range.Size)
            {
                low = middle + 1;
            }
            else
            {
                return range.Start.Value - range.Physical.Value == LinearDistance;
            }
        }

        return false;
    }

    private void FindLinear(MemoryRanges memory, IReadOnlyList<(ulong Start, ulong End)>? written)
    {
        (ulong distance, TreeSummary.Weight weight) = Tree.Distances.DefaultIfEmpty().MaxBy(entry => entry.Value.Bytes - entry.Value.Executable);
        if (weight.Bytes < LeastLinear || weight.Executable > weight.Bytes / 4)
        {
            return;
        }

        LinearDistance = distance;
        MappedRange[] ranges = [.. Tree.Ranges.Where(range => range.Start.Value - range.Physical.Value == distance)];
        Linear = ranges.Length > 0 ? ranges[0] : null;
        Coverage = written is { Count: > 0 } ? CoveredPart(ranges, written) : memory.IsKnown ? Math.Min(1, weight.Bytes / (double)memory.Bytes) : 1;
    }

    private double PartOfOwnTables()
    {
        long own = Tree.UpperTables.Concat(Tree.LeafTables).Count(table => MapsInLinear(table) || MapsInImage(table));
        return own / (double)Math.Max(Tree.UpperTables.Count + Tree.LeafTables.Count, 1);
    }

    private static double CoveredPart(MappedRange[] ranges, IReadOnlyList<(ulong Start, ulong End)> written)
    {
        ulong all = 0;
        ulong covered = 0;
        int next = 0;
        foreach ((ulong start, ulong end) in written)
        {
            all += end - start;
            while (next < ranges.Length && ranges[next].Physical.Value + ranges[next].Size <= start)
            {
                next++;
            }

            for (int i = next; i < ranges.Length && ranges[i].Physical.Value < end; i++)
            {
                covered += Math.Min(end, ranges[i].Physical.Value + ranges[i].Size) - Math.Max(start, ranges[i].Physical.Value);
            }
        }

        return covered / (double)all;
    }

    private void FindImage()
    {
        (ulong distance, TreeSummary.Weight weight) = Tree.Distances.Where(entry => entry.Key != LinearDistance).DefaultIfEmpty().MaxBy(entry => entry.Value.Executable);
        if (weight.Executable < LeastImage)
        {
            return;
        }

        ImageDistance = distance;
        MappedRange[] ranges = [.. Tree.Ranges.Where(range => range.Start.Value - range.Physical.Value == distance)];
        ulong size = ranges.Length == 0 ? 0 : ranges[^1].Physical.Value + ranges[^1].Size - ranges[0].Physical.Value;

        // Linux has the linear map in one half of its addresses and everything else in the other.
        ulong half = 1UL << (Tree.Root.InputBits - 1);
        if (size is 0 or > ImageHeader.MostSize || Linear is not { } linear || ((ranges[0].Start.Value ^ linear.Start.Value) & half) == 0)
        {
            ImageDistance = null;
            return;
        }

        MappedImage = (ranges[0].Physical.Value, ranges[0].Physical.Value + size);
    }

    // The header lies right before the code, but a kernel may not map it.
    private static ImageHeader? ReadHeader(MemoryImage image, ulong mapped)
    {
        Span<byte> bytes = stackalloc byte[ImageHeader.Bytes];
        foreach (ulong at in (ReadOnlySpan<ulong>)[mapped, mapped - HeaderDistance, mapped - PageKinds.PageBytes])
        {
            if (image.TryRead(new PhysicalAddress(at), bytes) && ImageHeader.Read(new PhysicalAddress(at), bytes) is { } header)
            {
                return header;
            }
        }

        return null;
    }

    /// <summary>A share in percent.</summary>
    internal static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(share * 1000) / 10:0.#} %");
}
