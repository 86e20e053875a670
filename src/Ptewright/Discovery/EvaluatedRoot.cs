using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Discovery;

/// <summary>A root whose tree was read.</summary>
/// <param name="Registers">How it was read.</param>
/// <param name="Shape">The same as a shape.</param>
/// <param name="Proof">What it shows.</param>
/// <param name="Named">What names it, the best first; none when only its structure speaks for it.</param>
internal sealed record EvaluatedRoot(ImageRegisters Registers, RootShape Shape, TreeProof Proof, List<NamedRoot> Named)
{
    /// <summary>Where the root lies.</summary>
    public PhysicalAddress Table => Proof.Tree.Root.Table;

    /// <summary>The page that it lies in.</summary>
    public PhysicalAddress Page => Table - Shape.Offset;

    /// <summary>The roots in the pages beside it.</summary>
    public IReadOnlyList<FoundRoot> Beside { get; init; } = [];

    /// <summary>The kernel's own symbols, where they name this root.</summary>
    public ImageSymbols? Symbols => Named.Find(named => named.Symbols is not null)?.Symbols;

    /// <summary>Whether another tree has this root as a table of its own.</summary>
    public bool IsPart { get; set; }

    /// <summary>How much speaks for it: the sum of the points.</summary>
    public int Score => Points().Sum(point => point.Given);

    /// <summary>What speaks for it.</summary>
    public IReadOnlyList<ScorePoint> Points()
    {
        TreeProof proof = Proof;
        bool hasBanner = proof.Facts?.Banner is { } banner && proof.MapsInImage(banner.At.Value);
        int pointers = proof.Facts?.Pointers ?? 0;
        return
        [
            new("memory", (int)(40 * proof.Coverage), 40, proof.LinearDistance is { } linear
                ? $"{TreeProof.Percent(proof.Coverage)} of what is written in memory is mapped at one distance, 0x{linear:x16}" : "no memory to speak of is mapped at one distance"),
            new("tables", proof.Tree.Problems == 0 ? 20 : proof.IsClean ? 15 : 0, 20, $"{proof.Tree.Problems} wrong entries in {proof.Tree.Tables} tables, {TreeProof.Percent(proof.OwnTables)} of which lie in the linear map or the image"),
            new("image", proof.ImageDistance is null ? 0 : proof.Header is null ? 5 : 10, 10, proof.ImageDistance is not { } image ? "no kernel image is mapped beside it"
                : $"an image is mapped at another distance, 0x{image:x16}, {(proof.Header is { } header ? $"with its header at {header.At}" : "without a header")}"),
            new("root", proof.HasRoot ? 10 : 0, 10, proof.HasRoot ? "the root lies in that image" : "the root lies in no image that it maps"),
            new("banner", hasBanner ? 4 : 0, 4, hasBanner ? "the image's mapping has the kernel's banner" : "no banner in the image's mapping"),
            new("pointer", pointers > 0 ? 4 : 0, 4, pointers > 0 ? $"{pointers} words of the image hold the root's address, as init_mm does" : "no word of the image holds the root's address"),
            new("fixmap", proof.TablesInImage > 0 ? 2 : 0, 2, proof.TablesInImage > 0 ? $"{proof.TablesInImage} of the tables lie in the image, as those of the fixmap do" : "no table lies in the image, as those of the fixmap do"),
            new("neighbours", Beside.Count > 0 ? 4 : 0, 4, Beside.Count > 0 ? "the pages in front of it are the other roots" : "the pages in front of it are no other roots"),
            new("top", IsPart ? 0 : 4, 4, IsPart ? "other tables lead to it" : "no other tables lead to it"),
            new("vmcoreinfo", Named.Any(root => root.Info is not null) ? 2 : 0, 2, Named.Any(root => root.Info is not null) ? "VMCOREINFO names it" : "no VMCOREINFO names it"),
        ];
    }

    /// <summary>Why it is not proven.</summary>
    public string Objection => Proof.LinearDistance is null ? "its tables map no memory at one distance"
        : Proof.ImageDistance is null ? "its tables map no kernel image"
        : !Proof.HasRoot ? "it does not lie in the image that its tables map"
        : !Proof.IsClean ? $"{Proof.Tree.Problems} entries of its {Proof.Tree.Tables} tables are wrong"
        : "its tables do not lie in the memory that they map";

    /// <summary>Whether it is the same as others: root, granule and size.</summary>
    public bool IsSameAs(ImageRegisters registers) => TranslationRoot.Of(registers, AddressHalf.Upper) is var root && root.Table == Table && RootShape.Of(root) == Shape;
}
