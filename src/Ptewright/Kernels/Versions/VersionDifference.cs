namespace Ptewright.Kernels.Versions;

/// <summary>What is known to be otherwise from some version on in kernels that are taken for a profile of another version.</summary>
/// <param name="Major">The first number of the first such version.</param>
/// <param name="Minor">Its second number.</param>
/// <param name="Difference">The difference, a part of a sentence; empty where none is known.</param>
internal readonly record struct VersionDifference(int Major, int Minor, string Difference = "");
