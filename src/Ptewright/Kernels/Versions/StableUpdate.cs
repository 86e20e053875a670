namespace Ptewright.Kernels.Versions;

/// <summary>A stable update of a series that changed what its tables are.</summary>
/// <param name="Patch">The third number of the first release that has it.</param>
/// <param name="What">What was so before it, as a part of a sentence.</param>
/// <param name="Fix">The title of the change, by which the series' lists of changes and a distribution's have it.</param>
/// <param name="Before">The facts before it, from those after it.</param>
internal sealed record StableUpdate(int Patch, string What, string Fix, Func<KernelFacts, KernelFacts> Before);
