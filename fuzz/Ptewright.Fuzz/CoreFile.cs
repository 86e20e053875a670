using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Ptewright.Images;
using Ptewright.Translation;

namespace Ptewright.Fuzz;

/// <summary>ELF cores: a small one, and such with hostile tables that their note leads to.</summary>
internal static class CoreFile
{
    private const int HeaderSize = 64;
    private const int ProgramHeaderSize = 56;

    /// <summary>A core of two pieces of memory, 64 and 32 bytes, and a note.</summary>
    public static byte[] Small { get; } = Build(Samples.Note, (0x4000_0000UL, new byte[64]), (0x8000_0000UL, new byte[32]));

    /// <summary>Makes a core, and mostly damages it.</summary>
    public static byte[] Make(Random random)
    {
        if (random.Next(2) == 0)
        {
            return ByteMutator.Damage(Small, random);
        }

        // The memory of hostile tables; the note says where their root is as a kernel's does.
        byte[] tables = TableMutator.MakeWhole(random);
        ulong tcr = BinaryPrimitives.ReadUInt64LittleEndian(tables);
        ulong root = BinaryPrimitives.ReadUInt64LittleEndian(tables.AsSpan(16)) & ((1UL << 48) - 1);
        ulong address = BinaryPrimitives.ReadUInt64LittleEndian(tables.AsSpan(32));
        TranslationControl control = new(tcr);
        int pageSize = control.TryGetGranule(AddressHalf.Upper, out GranuleSize granule) ? 1 << (int)granule : 65536;
        int size = control.UnusedBits(AddressHalf.Upper);
        int built = random.Next(3) switch { 0 => 52, 1 => 48, _ => 64 - size };
        string note = string.Create(
            CultureInfo.InvariantCulture,
            $"OSRELEASE=6.{random.Next(20)}.1\nPAGESIZE={pageSize}\nNUMBER(VA_BITS)={built}\nNUMBER(TCR_EL1_T1SZ)=0x{(random.Next(2) == 0 ? 16 : size):x}\nNUMBER(kimage_voffset)=0x0\nSYMBOL(swapper_pg_dir)={root:x}\n");
        byte[] core = Build(note, (address, tables[TableImage.HeaderLength..]));
        return random.Next(3) == 0 ? ByteMutator.Damage(core, random) : core;
    }

    /// <summary>Reads a core as any command does.</summary>
    public static void Check(ReadOnlySpan<byte> input)
    {
        string path = Scratch.Write("core", input);
        CheckAsKcore(path);
        using ElfCore core = new(path);
        Edges(core);
        ImageRegisters registers = core.Registers;
        if (registers.Ttbr1 is not null && registers.Tcr is not null)
        {
            TableReaders.Check(core, registers, TableReaders.OptionsFor(input));
        }
    }

    // The same file page by page; what it says of addresses may be false of its bytes.
    private static void CheckAsKcore(string path)
    {
        try
        {
            _ = KcoreImage.IsKcore(path);
            using KcoreImage core = new(path);
            Span<byte> bytes = stackalloc byte[8];
            foreach (MemorySegment segment in core.Segments.Take(1000))
            {
                _ = core.TryRead(segment.Start, bytes);
                _ = core.TryRead(segment.Start + (segment.Size - 1), bytes[..1]);
            }

            CheckMissing(core);
        }
        catch (InvalidInputException)
        {
            // Refused; the other reader may do otherwise.
        }
    }

    /// <summary>What an image has not lies where it has none, and adds up.</summary>
    public static void CheckMissing(MemoryImage image)
    {
        foreach (MissingMemory missing in image.FindMissing(CancellationToken.None))
        {
            ulong end = 0;
            ulong sum = 0;
            foreach (MemorySegment range in missing.Ranges)
            {
                FuzzTarget.Require(range.Size > 0 && (end == 0 || range.Start.Value > end), "what is missing is not in order");
                end = range.Start.Value + (range.Size - 1);
                sum += range.Size;
            }

            FuzzTarget.Require(missing.Count > (ulong)missing.Ranges.Count ? sum < missing.Bytes : sum == missing.Bytes, "what is missing does not add up");
        }
    }

    /// <summary>Reads the first and the last bytes of each segment, and none behind it.</summary>
    public static void Edges(MemoryImage image)
    {
        CheckMissing(image);
        Span<byte> bytes = stackalloc byte[8];
        for (int i = 0; i < image.Segments.Count; i++)
        {
            MemorySegment segment = image.Segments[i];
            _ = image.TryRead(segment.Start, bytes);
            FuzzTarget.Require(image.TryRead(segment.Start + (segment.Size - Math.Min(segment.Size, 8)), bytes[..(int)Math.Min(segment.Size, 8)]), "a segment is not there");
            FuzzTarget.Require(!image.TryRead(segment.Start + (segment.Size - 1), bytes[..2]) || i + 1 < image.Segments.Count, "there is memory behind the last segment");
        }
    }

    /// <summary>Builds a core.</summary>
    /// <param name="note">The text of its VMCOREINFO.</param>
    /// <param name="memory">Its memory.</param>
    public static byte[] Build(string note, params ReadOnlySpan<(ulong Address, byte[] Bytes)> memory) => Build(note, 0, memory);

    /// <summary>The same with virtual addresses.</summary>
    /// <param name="note">The text of its VMCOREINFO.</param>
    /// <param name="linear">Where the kernel reaches the first of its memory; 0 for nowhere.</param>
    /// <param name="memory">Its memory.</param>
    public static byte[] Build(string note, ulong linear, params ReadOnlySpan<(ulong Address, byte[] Bytes)> memory)
    {
        byte[] text = Encoding.ASCII.GetBytes(note);
        byte[] name = "VMCOREINFO\0\0"u8.ToArray();
        int noteSize = 12 + name.Length + ((text.Length + 3) & ~3);
        int at = HeaderSize + ((memory.Length + 1) * ProgramHeaderSize);
        int length = at + noteSize;
        foreach ((_, byte[] bytes) in memory)
        {
            length += bytes.Length;
        }

        byte[] core = new byte[length];
        "\u007fELF\u0002\u0001\u0001"u8.CopyTo(core);
        BinaryPrimitives.WriteUInt16LittleEndian(core.AsSpan(16), 4);
        BinaryPrimitives.WriteUInt16LittleEndian(core.AsSpan(18), 183);
        BinaryPrimitives.WriteUInt64LittleEndian(core.AsSpan(32), HeaderSize);
        BinaryPrimitives.WriteUInt16LittleEndian(core.AsSpan(54), ProgramHeaderSize);
        BinaryPrimitives.WriteUInt16LittleEndian(core.AsSpan(56), (ushort)(memory.Length + 1));
        Header(core, 0, 4, at, 0, 0, noteSize);
        BinaryPrimitives.WriteInt32LittleEndian(core.AsSpan(at), 11);
        BinaryPrimitives.WriteInt32LittleEndian(core.AsSpan(at + 4), text.Length);
        name.CopyTo(core.AsSpan(at + 12));
        text.CopyTo(core.AsSpan(at + 12 + name.Length));
        at += noteSize;
        for (int i = 0; i < memory.Length; i++)
        {
            Header(core, i + 1, 1, at, linear == 0 ? 0 : linear + (memory[i].Address - memory[0].Address), memory[i].Address, memory[i].Bytes.Length);
            memory[i].Bytes.CopyTo(core.AsSpan(at));
            at += memory[i].Bytes.Length;
        }

        return core;
    }

    private static void Header(byte[] core, int index, int type, int offset, ulong at, ulong address, int size)
    {
        Span<byte> header = core.AsSpan(HeaderSize + (index * ProgramHeaderSize), ProgramHeaderSize);
        BinaryPrimitives.WriteInt32LittleEndian(header, type);
        BinaryPrimitives.WriteUInt64LittleEndian(header[8..], (ulong)offset);
        BinaryPrimitives.WriteUInt64LittleEndian(header[16..], at);
        BinaryPrimitives.WriteUInt64LittleEndian(header[24..], address);
        BinaryPrimitives.WriteUInt64LittleEndian(header[32..], (ulong)size);
        BinaryPrimitives.WriteUInt64LittleEndian(header[40..], (ulong)size);
    }
}
