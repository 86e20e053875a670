using System.Buffers.Binary;
using Ptewright.Addressing;
using Ptewright.Captures;
using Ptewright.Fuzz;
using Ptewright.Images;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Tests.Images;

/// <summary>Damaged cores, captures and notes: read or refused with a sentence, in bounded time and memory.</summary>
public sealed class SourceFuzzTests : IDisposable
{
    // Each is a file that is written and read, which takes half a millisecond.
    private const int Few = 5_000;

    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    private string Captured => Path.Combine(_folder, "capture");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_undamaged_core_is_read()
    {
        string path = Path.Combine(_folder, "core");
        File.WriteAllBytes(path, CoreFile.Small);
        using ElfCore core = new(path);
        Assert.Equal([(0x4000_0000UL, 64UL), (0x8000_0000UL, 32UL)], core.Segments.Select(segment => (segment.Start.Value, segment.Size)));
        Assert.Equal("6.12.117+deb12-arm64", core.CoreInfo!.Release);
        Assert.Equal(0xc1a7_9000UL, core.Registers.Ttbr1);
    }

    [Fact]
    public void Damaged_cores_are_read_or_refused_with_a_sentence() => DamageCores(Few);

    [Fact]
    [Trait("Category", "Slow")]
    public void Many_damaged_cores_are_read_or_refused_with_a_sentence() => DamageCores(TextFuzz.Inputs);

    private void DamageCores(int inputs)
    {
        string path = Path.Combine(_folder, "core");
        new ByteFuzz(path, CoreFile.Small).Run(inputs, bytes =>
        {
            File.WriteAllBytes(path, bytes);
            using ElfCore core = new(path);
            Use(core);
        });
    }

    [Fact]
    public void Damaged_notes_are_read_or_refused_with_a_sentence() =>
        new TextFuzz("T", [Samples.Note], ["NUMBER(VA_BITS)=", "PAGESIZE=", "NUMBER(TCR_EL1_T1SZ)=", "SYMBOL(swapper_pg_dir)=", "65536", "16384", "=", "\0"]).Run(text =>
            _ = TranslationRoot.Of(VmCoreInfo.Parse(text).ToRegisters(), AddressHalf.Upper).RootEntries);

    [Fact]
    public void Damaged_descriptions_of_captures_are_read_or_refused_with_a_sentence() => DamageDescriptions(Few);

    [Fact]
    [Trait("Category", "Slow")]
    public void Many_damaged_descriptions_of_captures_are_read_or_refused_with_a_sentence() => DamageDescriptions(TextFuzz.Inputs);

    private void DamageDescriptions(int inputs)
    {
        Capture();
        string path = Path.Combine(Captured, TableFolder.TablesFile);
        string good = File.ReadAllText(path);
        string[] tokens = ["null", "{}", "[]", "\"runs\":", "\"size\": 4096", "\"address\": \"0x1000\"", "\"registers\": null", "-1", "1e9", "68719476736", ","];
        new TextFuzz(Captured, [good], tokens).Run(text =>
        {
            File.WriteAllText(path, text);
            using TableFolder capture = new(Captured);
            Use(capture);
        }, inputs: inputs);
    }

    [Fact]
    public void Damaged_pages_of_captures_are_refused_with_a_sentence()
    {
        Capture();
        string path = Path.Combine(Captured, TableFolder.PagesFile);

        // What is read is what the damage did not change, or only where the packed file says nothing of the pages.
        new ByteFuzz(path, File.ReadAllBytes(path)).Run(Few, bytes =>
        {
            File.WriteAllBytes(path, bytes);
            using TableFolder capture = new(Captured);
            Use(capture);
        }, oneReadOf: 100);
    }

    // What any command does first.
    private static void Use(MemoryImage image)
    {
        Span<byte> bytes = stackalloc byte[8];
        foreach (MemorySegment segment in image.Segments)
        {
            _ = image.TryRead(segment.Start, bytes);
            _ = image.TryRead(segment.Start + (segment.Size - Math.Min(segment.Size, 8)), bytes);
            Assert.False(image.TryRead(segment.Start + (segment.Size - 1), bytes) && image.Segments.Count == 1);
        }

        _ = image.Registers.Or(new ImageRegisters(1, 2, 3, 4));
    }

    private void Capture()
    {
        string raw = Path.Combine(_folder, "raw");
        byte[] table = new byte[8192];
        BinaryPrimitives.WriteUInt64LittleEndian(table, 0x2003);
        BinaryPrimitives.WriteUInt64LittleEndian(table.AsSpan(4096), 0x4000_0705);
        File.WriteAllBytes(raw, table);
        using RawImage image = new((raw, new PhysicalAddress(0x1000)));
        _ = TableFolder.Capture(Captured, image, new ImageRegisters(Ttbr1: 0x1000, Tcr: 0x2_8019_0019, Mair: 0xff), "fuzz");
    }
}
