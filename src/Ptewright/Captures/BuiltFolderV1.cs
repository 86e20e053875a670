using Ptewright.LinearMap;
using Ptewright.Texts;

namespace Ptewright.Captures;

/// <summary>What <c>tables.json</c> held in version 1, when folders of <c>map -o</c> and of <c>capture</c> had a format each.</summary>
internal sealed record BuiltFolderV1Json(
    int Version,
    string Kernel,
    string Granule,
    int VaBits,
    int ActualVaBits,
    string AddressFormat,
    string PageOffset,
    string Memstart,
    string Root,
    FolderRegistersJson Registers,
    string Digest,
    string Sha256,
    IReadOnlyList<BuiltRunV1Json> Runs,
    string? IdentityRoot = null);

/// <summary>Pages behind one another, in version 1: where they lie in memory, where in the file, how many they are.</summary>
internal sealed record BuiltRunV1Json(string Address, ulong Offset, int Pages);

/// <summary>Says in today's words what a description of version 1 says.</summary>
/// <remarks>That of a capture, <c>capture.json</c>, had the words that a folder without a kernel has today.</remarks>
internal static class BuiltFolderV1
{
    /// <summary>Today's description.</summary>
    /// <param name="file">The file, for sentences.</param>
    /// <param name="old">What it holds.</param>
    /// <exception cref="InvalidInputException">The runs are none, or do not lie behind one another in the file.</exception>
    public static FolderJson Translate(string file, BuiltFolderV1Json old)
    {
        ulong pageSize = 1UL << (int)KernelTables.GranuleOf(file, old.Granule);
        ulong offset = 0;
        List<FolderRunJson> runs = [];
        foreach (BuiltRunV1Json? run in old.Runs)
        {
            if (run is not { Pages: > 0 } || run.Offset != offset)
            {
                throw TextFile.Error(file, $"run {runs.Count + 1} has no pages, or does not lie behind the one before at offset {offset}");
            }

            runs.Add(new FolderRunJson(run.Address, (ulong)run.Pages * pageSize));
            offset += runs[^1].Size;
        }

        FolderKernelJson kernel = new(
            old.Kernel, old.Granule, old.VaBits, old.ActualVaBits, old.AddressFormat, old.PageOffset, old.Memstart, old.Root, old.Digest, old.IdentityRoot);
        return new FolderJson(old.Version, old.Kernel, old.Registers, old.Sha256, runs, kernel);
    }
}
