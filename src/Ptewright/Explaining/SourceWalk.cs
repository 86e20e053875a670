using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Explaining;

/// <summary>An entry that is not in a source what it was when it was printed.</summary>
/// <param name="Level">The level, -1 to 3.</param>
/// <param name="Printed">What was printed.</param>
/// <param name="Now">What the source has.</param>
public readonly record struct ChangedEntry(int Level, Descriptor Printed, Descriptor Now);

/// <summary>The walk of a fault's address through a dump or a live guest, beside what was printed.</summary>
/// <param name="Name">The source.</param>
/// <param name="Steps">The entries that it has.</param>
/// <param name="Result">Where they lead.</param>
public sealed record SourceWalk(string Name, IReadOnlyList<WalkStep> Steps, WalkResult Result)
{
    /// <summary>The entries that differ, at levels that both have.</summary>
    public IReadOnlyList<ChangedEntry> Changed { get; private init; } = [];

    /// <summary>Whether the source has tables of the same shape as the printed ones; otherwise it is another kernel's, and nothing is compared.</summary>
    public bool IsSameShape { get; private init; } = true;

    /// <summary>Whether its root lies where the printed one did; null where none was printed.</summary>
    public bool? IsSameRoot { get; private init; }

    /// <summary>Walks an address.</summary>
    /// <param name="image">The source.</param>
    /// <param name="registers">Its registers.</param>
    /// <param name="address">The address, without a tag.</param>
    /// <param name="printed">The printed walk, to compare; null for none.</param>
    /// <param name="tables">The printed tables; null for none.</param>
    /// <exception cref="InvalidInputException">The registers do not say how the half of the address is translated.</exception>
    public static SourceWalk Of(MemoryImage image, ImageRegisters registers, VirtualAddress address, PrintedWalk? printed, PrintedTables? tables)
    {
        ArgumentNullException.ThrowIfNull(image);
        AddressHalf half = (address.Value & (1UL << 55)) != 0 ? AddressHalf.Upper : AddressHalf.Lower;
        TranslationRoot root = TranslationRoot.Of(registers, half);
        WalkStep[] steps = new WalkStep[TableWalker.MostSteps];
        using TableWalker walker = new(image, root);
        WalkResult result = walker.Walk(address, steps, out int count);
        bool isSame = printed is null || printed.Shape == root.Shape;
        return new SourceWalk(image.Name, steps[..count], result)
        {
            IsSameShape = isSame,
            IsSameRoot = tables?.Root is { } known ? known == root.Table : null,
            Changed = printed is null || !isSame
                ? []
                : [.. printed.Walked.Join(steps[..count], step => step.Level, step => step.Level, (then, now) => new ChangedEntry(now.Level, then.Entry, now.Entry)).Where(pair => pair.Printed != pair.Now)],
        };
    }
}
