namespace Ptewright.Mutants;

/// <summary>One deliberate mistake in one place of the sources.</summary>
/// <param name="Id">Its number: what the switch in the mutated program is set to.</param>
/// <param name="File">The source file, from the tree's root.</param>
/// <param name="Line">The line, from 1 on.</param>
/// <param name="Operator">The kind of mistake.</param>
/// <param name="Original">What stood there.</param>
/// <param name="Replacement">What stands there instead.</param>
internal sealed record Mutant(int Id, string File, int Line, string Operator, string Original, string Replacement)
{
    /// <summary>Its folder, by which results are counted.</summary>
    public string Folder => Path.GetDirectoryName(File)!.Replace('\\', '/');
}
