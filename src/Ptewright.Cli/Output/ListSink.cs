using Ptewright.Findings;
using Ptewright.Listing;
using Ptewright.Walking;

namespace Ptewright.Cli.Output;

/// <summary>Writes what a scan finds, in some form; problems also go to the message side as they come.</summary>
internal abstract class ListSink(Terminal terminal, IReadOnlyList<RangeFilter> filters) : IRangeSink
{
    private TranslationRoot? _root;
    private string _source = string.Empty;

    /// <summary>Where to write.</summary>
    protected Terminal Terminal { get; } = terminal;

    /// <summary>How many ranges there were, those that a filter left out included.</summary>
    public long Found { get; private set; }

    /// <summary>How many of them no filter left out.</summary>
    public long Chosen { get; private set; }

    /// <summary>What is chosen.</summary>
    public IReadOnlyList<RangeFilter> Filters => filters;

    /// <summary>How the half that is being scanned is read.</summary>
    public TranslationRoot Root => _root!;

    /// <summary>Goes on to a half.</summary>
    /// <param name="root">How it is read.</param>
    /// <param name="source">What is scanned.</param>
    public virtual void Begin(TranslationRoot root, string source) => (_root, _source) = (root, source);

    /// <summary>Writes what comes behind the last range.</summary>
    public abstract void End();

    /// <inheritdoc/>
    public void OnRange(in MappedRange range)
    {
        Found++;
        foreach (RangeFilter filter in filters)
        {
            if (!filter.Matches(range))
            {
                return;
            }
        }

        Chosen++;
        Write(range);
    }

    /// <inheritdoc/>
    public void OnProblem(TableProblem problem)
    {
        Finding finding = TableFindings.Of(problem, Root, _source);
        Terminal.Error.WriteLine($"ptewright: {(finding.Severity == FindingSeverity.Note ? "note: " : string.Empty)}{finding}");
        Write(problem, finding);
    }

    /// <summary>Writes a range that was chosen.</summary>
    protected abstract void Write(in MappedRange range);

    /// <summary>Writes a problem among the data, where the form has a place for it.</summary>
    protected virtual void Write(TableProblem problem, Finding finding)
    {
    }
}

/// <summary>Problems alone: the kernel's own text has no place for them.</summary>
internal sealed class ProblemSink(Terminal terminal) : ListSink(terminal, [])
{
    /// <inheritdoc/>
    public override void End()
    {
    }

    /// <inheritdoc/>
    protected override void Write(in MappedRange range)
    {
    }
}
