using Ptewright.Addressing;

namespace Ptewright.Walking;

/// <summary>Takes what a <see cref="TableScanner"/> finds, in ascending order of address.</summary>
public interface IRangeSink
{
    /// <summary>A merged range.</summary>
    void OnRange(in MappedRange range);

    /// <summary>Something wrong.</summary>
    void OnProblem(TableProblem problem);

    /// <summary>A table is entered; one that several entries lead to is entered for each.</summary>
    /// <param name="table">Where it lies.</param>
    /// <param name="level">Its level.</param>
    /// <param name="start">The first address that it translates.</param>
    /// <param name="bytes">Its size.</param>
    void OnTable(PhysicalAddress table, int level, VirtualAddress start, int bytes)
    {
    }
}
