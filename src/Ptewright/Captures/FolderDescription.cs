using System.Text.Json;
using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.Texts;

namespace Ptewright.Captures;

/// <summary>What a folder says of its pages, in whichever version it says it.</summary>
/// <param name="Version">The version of the format.</param>
/// <param name="Source">What the tables are of, in words.</param>
/// <param name="Registers">How they are read, as far as it is known.</param>
/// <param name="Kernel">What is known of tables that were built here.</param>
/// <param name="Sha256">Of the unpacked pages.</param>
/// <param name="Runs">Where the pages lie in memory, ascending, in the order that the file has them.</param>
internal sealed record FolderDescription(
    int Version, string Source, ImageRegisters Registers, KernelTables? Kernel, string Sha256, IReadOnlyList<MemorySegment> Runs)
{
    /// <summary>The description of a capture in version 1.</summary>
    public const string CaptureV1File = "capture.json";

    /// <summary>The pages of built tables in version 1.</summary>
    public const string BuiltPagesV1File = "tables.bin";

    /// <summary>The most bytes of pages that a folder holds.</summary>
    public const ulong MaxBytes = 1UL << 36;

    /// <summary>The smallest page that there is.</summary>
    public const ulong SmallestPage = 4096;

    // Physical addresses have no more bits.
    private const int AddressBits = 52;
    private const int FirstVersion = 1;

    /// <summary>The file that it was read from.</summary>
    public string File { get; private init; } = string.Empty;

    /// <summary>What is in that file.</summary>
    public string Text { get; private init; } = string.Empty;

    /// <summary>The file with the pages.</summary>
    public string PagesFile { get; private init; } = TableFolder.PagesFile;

    /// <summary>Reads the description of a folder.</summary>
    /// <exception cref="InvalidInputException">There is none, there are two, or it is damaged.</exception>
    public static FolderDescription Read(string folder)
    {
        string name = FileOf(folder);
        string file = Path.Combine(folder, name);
        string text = TextFile.Read(file, FolderText.MaxLength);
        int version = FolderText.Parse(file, text, FolderJsonContext.Default.FolderVersionJson).Version;
        bool isCaptureV1 = name == CaptureV1File;
        bool isBuiltV1 = !isCaptureV1 && version == FirstVersion;
        if (version != FirstVersion && (isCaptureV1 || version != TableFolder.Version))
        {
            throw TextFile.Error(file, $"it has version {version} of the format, and only {(isCaptureV1 ? "version 1 is" : "versions 1 and 2 are")} read");
        }

        FolderJson json = isBuiltV1
            ? BuiltFolderV1.Translate(file, FolderText.Parse(file, text, FolderJsonContext.Default.BuiltFolderV1Json))
            : FolderText.Parse(file, text, FolderJsonContext.Default.FolderJson);
        KernelTables? kernel = json.Kernel is { } known ? KernelTables.Parse(file, known) : null;
        ImageRegisters registers = new(
            FolderText.NumberOrNull(file, "ttbr0", json.Registers.Ttbr0),
            FolderText.NumberOrNull(file, "ttbr1", json.Registers.Ttbr1),
            FolderText.NumberOrNull(file, "tcr", json.Registers.Tcr),
            FolderText.NumberOrNull(file, "mair", json.Registers.Mair));
        return new FolderDescription(version, json.Source, registers, kernel, json.Sha256, RunsOf(file, json, kernel?.Geometry.PageSize ?? SmallestPage))
        {
            File = file,
            Text = text,
            PagesFile = Path.Combine(folder, isBuiltV1 ? BuiltPagesV1File : TableFolder.PagesFile),
        };
    }

    /// <summary>Writes the description of a folder, in today's version.</summary>
    public void Write(string folder)
    {
        FolderJson json = new(
            TableFolder.Version,
            Source,
            new FolderRegistersJson(FolderText.Of(Registers.Ttbr0), FolderText.Of(Registers.Ttbr1), FolderText.Of(Registers.Tcr), FolderText.Of(Registers.Mair)),
            Sha256,
            [.. Runs.Select(run => new FolderRunJson(FolderText.Of(run.Start.Value), run.Size))],
            Kernel?.ToJson());
        System.IO.File.WriteAllText(Path.Combine(folder, TableFolder.TablesFile), JsonSerializer.Serialize(json, FolderJsonContext.Plain.FolderJson) + "\n");
    }

    private static string FileOf(string folder) =>
        (System.IO.File.Exists(Path.Combine(folder, CaptureV1File)), System.IO.File.Exists(Path.Combine(folder, TableFolder.TablesFile))) switch
        {
            (true, true) => throw TextFile.Error(folder, $"it holds both {CaptureV1File} and {TableFolder.TablesFile}, so the files of two folders: take those of one of them away"),
            (true, false) => CaptureV1File,
            (false, true) => TableFolder.TablesFile,
            _ => throw TextFile.Error(folder, $"it holds neither {TableFolder.TablesFile} nor {CaptureV1File}, so it is not {InputWords.TableFolder}"),
        };

    // Whole pages, ascending, no page twice, no more than are read.
    private static List<MemorySegment> RunsOf(string file, FolderJson json, ulong pageSize)
    {
        List<MemorySegment> runs = [];
        ulong total = 0;
        ulong end = 0;
        foreach (FolderRunJson? run in json.Runs)
        {
            int number = runs.Count + 1;
            if (run is null)
            {
                throw TextFile.Error(file, $"run {number} is null");
            }

            ulong address = FolderText.Number(file, $"the address of run {number}", run.Address);
            if (run.Size == 0 || ((run.Size | address) & (pageSize - 1)) != 0 || run.Size > MaxBytes - total || address < end || address >> AddressBits != 0)
            {
                throw TextFile.Error(
                    file, $"run {number}, {run.Size} bytes at {TextFile.Quote(run.Address)}, has no whole pages of {pageSize} bytes, does not lie behind the one before, or is too much");
            }

            runs.Add(new MemorySegment(new PhysicalAddress(address), run.Size));
            total += run.Size;
            end = address + run.Size;
        }

        return runs.Count == 0 ? throw TextFile.Error(file, "it lists no table pages") : runs;
    }
}
