using Ptewright.Addressing;
using Ptewright.Discovery;
using Ptewright.Findings;
using Ptewright.Images;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Cli.Commands.Inspect;

/// <summary>The tables of a kernel that its source has not: absent, left out, lost, each with the entries that lead there.</summary>
internal sealed class TablesNotThere : IRangeSink
{
    // The rest is counted by the scan.
    private const int Most = 8;

    private readonly TranslationRoot _root;
    private readonly string _source;
    private readonly List<Finding> _findings = [];

    private TablesNotThere(TranslationRoot root, string source) => (_root, _source) = (root, source);

    /// <summary>The first of them.</summary>
    public IReadOnlyList<Finding> Findings => _findings;

    /// <summary>How many there are, as far as the scan tells them one by one.</summary>
    public int Count { get; private set; }

    /// <summary>Reads a kernel's half.</summary>
    public static TablesNotThere Of(MemoryImage image, FoundKernel kernel)
    {
        TablesNotThere found = new(TranslationRoot.Of(kernel.Registers, AddressHalf.Upper), image.Name);
        _ = TableScanner.Scan(image, found._root, found);
        return found;
    }

    /// <inheritdoc/>
    public void OnRange(in MappedRange range)
    {
    }

    /// <inheritdoc/>
    public void OnTable(PhysicalAddress table, int level, VirtualAddress start, int bytes)
    {
    }

    /// <inheritdoc/>
    public void OnProblem(TableProblem problem)
    {
        if (problem.Kind is TableProblemKind.MissingMemory or TableProblemKind.ExcludedMemory or TableProblemKind.LostMemory && ++Count <= Most)
        {
            _findings.Add(TableFindings.Of(problem, _root, _source));
        }
    }
}
