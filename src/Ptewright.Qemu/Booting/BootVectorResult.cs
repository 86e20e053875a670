namespace Ptewright.Booting;

/// <summary>What the boot image found of the cases of one vector file.</summary>
/// <param name="File">The file's name.</param>
/// <param name="Passed">How many cases hold at EL1.</param>
/// <param name="Failed">How many do not.</param>
/// <param name="FirstFailedLine">The line of the first that does not; 0 when all hold.</param>
internal sealed record BootVectorResult(string File, int Passed, int Failed, int FirstFailedLine);
