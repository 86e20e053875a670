using Ptewright.Addressing;
using Ptewright.Captures;
using Ptewright.Comparing;
using Ptewright.Fuzz;
using Ptewright.Images;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Tests.Live;

/// <summary>One guest that stands still, written by QEMU in every format that it knows: the same memory, the same tables.</summary>
public sealed class QemuDumpTests
{
    private const ulong MemoryStart = 1UL << 30;
    private const int MemoryBytes = 64 << 20;

    // QEMU 7.2 of Debian has the first two; "raw" is a file as makedumpfile writes it, not flattened, since 8.2.
    private static readonly string[] _formats = ["elf", "kdump-zlib", "kdump-lzo", "kdump-snappy", "kdump-raw-zlib", "kdump-raw-lzo", "kdump-raw-snappy"];

    [Fact]
    public void Every_format_has_the_same_memory_and_the_same_tables()
    {
        using TinyGuest guest = new(40);
        guest.Set(running: false);
        Assert.True(guest.BecomesRunning(false));
        string[] options = TinyGuest.Registers;
        ImageRegisters registers = new(Ttbr1: Convert.ToUInt64(options[1], 16), Tcr: Convert.ToUInt64(options[3], 16), Mair: Convert.ToUInt64(options[5], 16));
        TranslationRoot root = TranslationRoot.Of(registers, AddressHalf.Upper);
        using ElfCore core = Assert.IsType<ElfCore>(MemorySource.Open(guest.Dump("elf")));
        byte[] memory = Memory(core);
        int kdumps = 0;
        foreach (string format in _formats.Skip(1).Where(guest.CanDump))
        {
            string path = guest.Dump(format);
            bool isRaw = format.Contains("raw", StringComparison.Ordinal);
            Assert.Equal(!isRaw, File.ReadAllBytes(path).AsSpan().StartsWith("makedumpfile"u8));
            Same(path);
            if (!isRaw)
            {
                // As makedumpfile -R makes it.
                string restored = $"{path}.restored";
                File.WriteAllBytes(restored, FlatWriter.Restore(File.ReadAllBytes(path))!);
                Same(restored);
            }

            kdumps++;
        }

        Assert.True(kdumps > 0);

        void Same(string path)
        {
            using KdumpImage dump = Assert.IsType<KdumpImage>(MemorySource.Open(path));
            Assert.Empty(dump.Remarks);
            Assert.Equal(64 << 10, dump.BlockSize);
            Assert.Contains(new MemorySegment(new PhysicalAddress(MemoryStart), MemoryBytes), dump.Segments);
            Assert.True(memory.AsSpan().SequenceEqual(Memory(dump)));
            MapChanges changes = MapComparison.Compare(core, root, dump, root, 10);
            Assert.Equal(0UL, changes.Count);
        }
    }

    private static byte[] Memory(MemoryImage image)
    {
        byte[] memory = new byte[MemoryBytes];
        Assert.True(image.TryRead(new PhysicalAddress(MemoryStart), memory));
        return memory;
    }
}
