using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Simulation;

namespace Ptewright.Captures;

/// <summary>Writes the files of a table folder.</summary>
internal static class TableFolderWriter
{
    /// <summary>Writes a folder as a whole.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="source">Where the tables lie.</param>
    /// <param name="pages">Their pages.</param>
    /// <param name="effort">How they are packed.</param>
    /// <param name="description">What they are; its runs and hash are those of the pages that the source has.</param>
    /// <param name="steps">What made them, where that is known.</param>
    /// <returns>How many bytes of pages there are.</returns>
    public static ulong Write(
        string folder, MemoryImage source, TablePages pages, ZLibCompressionOptions effort, FolderDescription description, IReadOnlyList<PlanStep>? steps = null)
    {
        ulong bytes = 0;
        OutputFolder.Write(folder, path =>
        {
            (IReadOnlyList<MemorySegment> runs, string hash) = FolderPages.Write(Path.Combine(path, TableFolder.PagesFile), source, pages.Ascending(), effort);
            if (description.Kernel is { } kernel && steps is not null)
            {
                FolderPlan.Write(Path.Combine(path, TableFolder.PlanFile), kernel.Profile, steps);
            }

            (description with { Runs = runs, Sha256 = hash }).Write(path);
            bytes = runs.Aggregate(0UL, (sum, run) => sum + run.Size);
        });
        return bytes;
    }
}
