using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.Memory;
using Ptewright.Texts;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Captures;

/// <summary>The tables and registers of some other source, and nothing else of its memory: small enough to hand around.</summary>
/// <remarks>Two files: <c>capture.json</c> (registers, which pages) and <c>pages.bin.gz</c> (their bytes, behind one another). docs/capture.md describes them.</remarks>
public sealed class CaptureFolder : SegmentedImage
{
    /// <summary>The version of the format.</summary>
    public const int Version = 1;

    /// <summary>The file that says what the pages are.</summary>
    public const string DescriptionFile = "capture.json";

    /// <summary>The file with the pages.</summary>
    public const string PagesFile = "pages.bin.gz";

    private const int MaxJsonLength = 64 << 20;
    private const ulong MaxBytes = 1UL << 36;
    private const ulong SmallestPage = 4096;

    // RFC 1951: a match of 258 bytes takes two bits at best.
    private const ulong MostPacked = 1032;
    private readonly NativeBlock? _pages;

    /// <summary>Opens a capture.</summary>
    /// <param name="path">The folder.</param>
    /// <exception cref="InvalidInputException">A file of it is damaged, or they do not belong together.</exception>
    /// <exception cref="IOException">A file is missing or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    public CaptureFolder(string path)
    {
        Name = path;
        string description = Path.Combine(path, DescriptionFile);
        string text = TextFile.Read(description, MaxJsonLength);
        CaptureJson json = Parse(description, text);
        Registers = new ImageRegisters(
            Optional(description, "ttbr0", json.Registers.Ttbr0),
            Optional(description, "ttbr1", json.Registers.Ttbr1),
            Optional(description, "tcr", json.Registers.Tcr),
            Optional(description, "mair", json.Registers.Mair));
        Source = json.Source;
        ulong total = 0;
        List<(MemorySegment Segment, ulong Offset)> runs = [];
        foreach (CaptureRunJson run in json.Runs)
        {
            ulong address = Hex(description, "an address", run.Address);
            if (run.Size == 0 || ((run.Size | address) & (SmallestPage - 1)) != 0 || run.Size > MaxBytes - total)
            {
                throw TextFile.Error(description, $"its pages from 0x{address:x} on are none, not whole, or too many");
            }

            runs.Add((new MemorySegment(new PhysicalAddress(address), run.Size), total));
            total += run.Size;
        }

        // Nothing packs better than this, so a description that promises more is refused before memory is taken.
        string pages = Path.Combine(path, PagesFile);
        if (total / MostPacked > (ulong)new FileInfo(pages).Length)
        {
            throw TextFile.Error(pages, "it holds fewer pages than its description says");
        }

        try
        {
            AvailableMemory.Require($"{path}: reading it", total, "read it on a larger computer");
            _pages = NativeBlock.Take(Math.Max(total, SmallestPage));
            Load(pages, _pages, total, json.Sha256);
            OutputFolder.RefuseReplaced(description, text, MaxJsonLength);
            SetSegments(runs.Select(run => (run.Segment, new Place(_pages, run.Offset))));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override ImageRegisters Registers { get; }

    /// <summary>What it was captured from, in words.</summary>
    public string Source { get; }

    /// <summary>Captures the tables of both halves, as far as the registers say where they are.</summary>
    /// <param name="source">Where they lie.</param>
    /// <param name="registers">How they are read.</param>
    /// <param name="folder">Where to: a new folder, or one that holds nothing but tables, which is replaced as a whole (<see cref="OutputFolder"/>).</param>
    /// <param name="description">What it is captured from, in words.</param>
    /// <returns>How many bytes of tables there are.</returns>
    /// <exception cref="InvalidInputException">No half can be read, there are more tables than a capture holds, or there can be no such folder.</exception>
    /// <exception cref="IOException">Something cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">Something may not be written.</exception>
    public static ulong Write(MemoryImage source, ImageRegisters registers, string folder, string description)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(registers);
        OutputFolder.Check(folder);
        Pages pages = new();
        foreach (AddressHalf half in new[] { AddressHalf.Upper, AddressHalf.Lower })
        {
            if (registers.Tcr is not null && (half == AddressHalf.Upper ? registers.Ttbr1 : registers.Ttbr0) is not null)
            {
                TranslationRoot root = TranslationRoot.Of(registers, half);
                pages.PageSize = 1UL << root.PageShift;
                _ = TableScanner.Scan(source, root, pages);
                if (pages.IsTooMany)
                {
                    throw TextFile.Error(source.Name, $"it has more tables than the {MaxBytes >> 30} GiB that a capture holds, or they lead to one another without end");
                }
            }
        }

        if (pages.Found.Count == 0)
        {
            throw TextFile.Error(source.Name, "there are no tables where the registers say");
        }

        ulong bytes = 0;
        OutputFolder.Write(folder, path =>
        {
            (List<CaptureRunJson> runs, string hash) = WritePages(source, pages.Found, Path.Combine(path, PagesFile));
            CaptureJson json = new(
                Version,
                description,
                new CaptureRegistersJson(Text(registers.Ttbr0), Text(registers.Ttbr1), Text(registers.Tcr), Text(registers.Mair)),
                hash,
                runs);
            File.WriteAllText(Path.Combine(path, DescriptionFile), JsonSerializer.Serialize(json, TableFolderJson.Plain.CaptureJson) + "\n");
            bytes = runs.Aggregate(0UL, (sum, run) => sum + run.Size);
        });
        return bytes;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _pages?.Dispose();

    private static (List<CaptureRunJson> Runs, string Hash) WritePages(MemoryImage source, SortedSet<ulong> pages, string path)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using FileStream file = new(path, FileMode.Create, FileAccess.Write, FileShare.None);
        using GZipStream packed = new(file, CompressionLevel.Optimal);
        List<CaptureRunJson> runs = [];
        byte[] bytes = new byte[SmallestPage];
        ulong start = 0;
        ulong end = 0;
        foreach (ulong page in pages)
        {
            if (!source.TryRead(new PhysicalAddress(page), bytes))
            {
                continue; // The rest of a page whose beginning, a small root, is all that the source has.
            }

            hash.AppendData(bytes);
            packed.Write(bytes);
            if (page != end)
            {
                Close();
                start = page;
            }

            end = page + SmallestPage;
        }

        Close();
        return (runs, Convert.ToHexStringLower(hash.GetHashAndReset()));

        void Close()
        {
            if (end > start)
            {
                runs.Add(new CaptureRunJson(Text(start)!, end - start));
            }
        }
    }

    private static void Load(string path, NativeBlock pages, ulong total, string sha256)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        using GZipStream unpacked = new(file, CompressionMode.Decompress);
        try
        {
            for (ulong at = 0; at < total;)
            {
                Span<byte> piece = pages.Span(at, (int)Math.Min(total - at, 1 << 20));
                unpacked.ReadExactly(piece);
                hash.AppendData(piece);
                at += (ulong)piece.Length;
            }

            if (unpacked.ReadByte() >= 0)
            {
                throw TextFile.Error(path, "it holds more pages than its description says");
            }
        }
        catch (InvalidDataException)
        {
            throw TextFile.Error(path, "it is no gzip data");
        }
        catch (EndOfStreamException)
        {
            throw TextFile.Error(path, "it holds fewer pages than its description says");
        }

        if (Convert.ToHexStringLower(hash.GetHashAndReset()) != sha256)
        {
            throw TextFile.Error(path, "its pages are not those of its description (SHA-256)");
        }
    }

    private static CaptureJson Parse(string path, string text)
    {
        try
        {
            CaptureJson json = JsonSerializer.Deserialize(text, TableFolderJson.Default.CaptureJson) ?? throw TextFile.Error(path, "it holds nothing");
            return json.Version == Version ? json : throw TextFile.Error(path, $"it has version {json.Version} of the format, and only version {Version} is read");
        }
        catch (JsonException problem)
        {
            string place = problem.Path is { Length: > 0 } found ? $" at {TextFile.Quote(found)}" : string.Empty;
            throw TextFile.Error(path, (int)(problem.LineNumber ?? 0) + 1, $"it is not the JSON of a capture{place}");
        }
    }

    private static string? Text(ulong? value) => value is { } known ? string.Create(CultureInfo.InvariantCulture, $"0x{known:x}") : null;

    private static ulong? Optional(string file, string what, string? text) => text is null ? null : Hex(file, what, text);

    private static ulong Hex(string file, string what, string text) =>
        text is ['0', 'x', .. string digits] && ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong value)
            ? value
            : throw TextFile.Error(file, $"{what} is {TextFile.Quote(text)}, not a hexadecimal number with 0x");

    // Whole pages of the granule, in pieces of the smallest page.
    private sealed class Pages : IRangeSink
    {
        public SortedSet<ulong> Found { get; } = [];

        public ulong PageSize { get; set; }

        public bool IsTooMany { get; private set; }

        public void OnRange(in MappedRange range)
        {
        }

        public void OnProblem(TableProblem problem) => IsTooMany |= problem.Kind == TableProblemKind.TooMany;

        public void OnTable(PhysicalAddress table, int level, VirtualAddress start, int bytes)
        {
            IsTooMany |= (ulong)Found.Count > MaxBytes / SmallestPage;
            if (IsTooMany)
            {
                return;
            }

            ulong first = table.Value & ~(PageSize - 1);
            for (ulong at = 0; at < PageSize; at += SmallestPage)
            {
                _ = Found.Add(first + at);
            }
        }
    }
}
