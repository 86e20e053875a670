using System.Buffers.Binary;
using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.Memory;
using static Ptewright.Fuzz.FuzzTarget;

namespace Ptewright.Fuzz;

/// <summary>Kdump-compressed dumps of every kind, flattened files, and streams of LZO, whole and damaged.</summary>
internal static class KdumpFiles
{
    /// <summary>The number of the first page that a sample has: its memory begins there.</summary>
    public const ulong FirstPage = 0x10;

    private static readonly KdumpWriter[] _writers = [.. MakeWriters()];
    private static readonly byte[][] _samples = [.. _writers.Select(writer => writer.Build())];

    /// <summary>Tables in a few pages from <see cref="FirstPage"/> on: the root, three tables, a page of zeros, and pages that are not worth packing.</summary>
    public static SortedDictionary<ulong, byte[]> Memory(int blockSize)
    {
        SortedDictionary<ulong, byte[]> pages = [];
        Random random = new(7);
        ulong start = FirstPage * (ulong)blockSize;
        for (ulong i = 0; i < 7; i++)
        {
            byte[] page = new byte[blockSize];
            if (i < 3)
            {
                for (int entry = 0; entry < 3; entry++)
                {
                    BinaryPrimitives.WriteUInt64LittleEndian(page.AsSpan(entry * 8), (start + ((i + 1) * (ulong)blockSize)) | 3);
                }
            }
            else if (i == 3)
            {
                for (int entry = 0; entry < 512; entry++)
                {
                    BinaryPrimitives.WriteUInt64LittleEndian(page.AsSpan(entry * 8), (0x4000_0000 + ((ulong)entry * (ulong)blockSize)) | 0x703);
                }
            }
            else if (i > 4)
            {
                random.NextBytes(page);
            }

            pages.Add(FirstPage + i, page);
        }

        return pages;
    }

    /// <summary>Makes a dump, and mostly damages it where it hurts.</summary>
    public static byte[] Make(Random random)
    {
        int which = random.Next(_samples.Length);
        byte[] file = _samples[which].AsSpan().ToArray();
        if (random.Next(12) == 0)
        {
            return file;
        }

        if (random.Next(4) == 0)
        {
            return ByteMutator.Damage(file, random);
        }

        KdumpWriter writer = _writers[which];
        for (int rounds = random.Next(1, 4); rounds > 0; rounds--)
        {
            (int from, int to) = random.Next(6) switch
            {
                0 => (424, 464),
                1 => (writer.BlockSize, writer.BlockSize + 104),
                2 => (writer.BitmapOffset, writer.DescriptorOffset),
                3 or 4 => (writer.DescriptorOffset, writer.DescriptorOffset + (writer.Stored.Count * KdumpWriter.DescriptorSize)),
                _ => (writer.DescriptorOffset, file.Length),
            };
            byte[] part = ByteMutator.Damage(file[from..Math.Min(to, file.Length)], random);
            part.CopyTo(file.AsSpan(from));
        }

        return file;
    }

    /// <summary>Reads a dump as any command does: all of what it says it has, and the tables in it.</summary>
    public static void Check(ReadOnlySpan<byte> input)
    {
        string path = Scratch.Write("kdump", input);
        using KdumpImage dump = new(path);
        Read(dump);
        ulong root = FirstPage * (ulong)dump.BlockSize;
        TableReaders.Check(dump, dump.Registers.Or(new ImageRegisters(root, root, 0x5_8010_0010, 0xff)), TableReaders.OptionsFor(input));
    }

    /// <summary>Makes a flattened file, of a dump or a core, and mostly damages it.</summary>
    public static byte[] MakeFlat(Random random)
    {
        byte[] file = random.Next(3) == 0 ? CoreFile.Small : _samples[random.Next(_samples.Length)];
        byte[] flat = FlatWriter.Write(file, random);
        if (random.Next(3) == 0)
        {
            return flat;
        }

        for (int rounds = random.Next(1, 3); rounds > 0; rounds--)
        {
            // A header of a piece, chosen by going from one to the next.
            int at = FlatWriter.StartSize;
            for (int steps = random.Next(12); steps > 0 && at + 32 < flat.Length; steps--)
            {
                long size = BinaryPrimitives.ReadInt64BigEndian(flat.AsSpan(at + 8));
                at = size < 0 || size > flat.Length - at - 48 ? at : at + 16 + (int)size;
            }

            if (at + 16 <= flat.Length)
            {
                byte[] header = ByteMutator.Damage(flat[at..(at + 16)], random);
                header.CopyTo(flat.AsSpan(at));
            }
        }

        return random.Next(4) == 0 ? flat[..random.Next(flat.Length)] : flat;
    }

    /// <summary>Reads a flattened file byte for byte, then what it is to become.</summary>
    public static void CheckFlat(ReadOnlySpan<byte> input)
    {
        string path = Scratch.Write("flat", input);
        if (input.Length == 0)
        {
            throw new InvalidInputException("The input is empty.");
        }

        using (FileBytes file = FileBytes.Open(path))
        {
            if (file is FlattenedFile && FlatWriter.Restore(input) is { } restored)
            {
                Require((ulong)restored.Length == file.Length, "a flattened file has another length");
                byte[] read = new byte[restored.Length];
                for (int at = 0, size = 1; at < read.Length; at += size, size = (size * 7) + 3)
                {
                    file.Read((ulong)at, read.AsSpan(at, Math.Min(size, read.Length - at)));
                }

                Require(read.AsSpan().SequenceEqual(restored), "a flattened file has other bytes");
            }
        }

        if (ElfCore.IsElfFile(path))
        {
            using ElfCore core = new(path);
            CoreFile.Edges(core);
        }
        else
        {
            using KdumpImage dump = new(path);
            Read(dump);
        }
    }

    /// <summary>Makes a stream of LZO behind two bytes that say how much room there is, and mostly damages it.</summary>
    public static byte[] MakeLzo(Random random)
    {
        byte[] page = new byte[random.Next(1, 20000)];
        int letters = 1 << random.Next(1, 9);
        for (int i = 0; i < page.Length; i++)
        {
            page[i] = (byte)random.Next(letters);
        }

        for (int copies = random.Next(30); copies > 0; copies--)
        {
            int length = random.Next(1, Math.Min(page.Length, 600));
            page.AsSpan(random.Next(page.Length - length), length).CopyTo(page.AsSpan(random.Next(page.Length - length)));
        }

        byte[] packed = LzoPacker.Pack(page);
        int room = random.Next(8) == 0 ? random.Next(page.Length) : page.Length;
        return [(byte)room, (byte)(room >> 8), .. random.Next(3) == 0 ? packed : ByteMutator.Damage(packed, random)];
    }

    /// <summary>Unpacks a stream, both sides of it at the end of memory.</summary>
    public static void CheckLzo(ReadOnlySpan<byte> input)
    {
        if (input.Length < 3)
        {
            throw new InvalidInputException("The input is no stream.");
        }

        int length = BinaryPrimitives.ReadUInt16LittleEndian(input);
        using NativeBlock packed = NativeBlock.Take((ulong)input.Length - 2, 1);
        using NativeBlock room = NativeBlock.Take((ulong)length + 1, 1);
        input[2..].CopyTo(packed.Span(0, input.Length - 2));
        int bytes = Lzo1x.Unpack(packed.Span(0, input.Length - 2), room.Span(1, length));
        Require(bytes <= length, "more came out than there is room for");
        if (bytes < 0)
        {
            throw new InvalidInputException("It is damaged.");
        }
    }

    private static void Read(KdumpImage dump)
    {
        using MemoryReader reader = dump.OpenReader();
        int left = 200;
        foreach (MemorySegment segment in dump.Segments)
        {
            ulong block = (ulong)dump.BlockSize;
            Require(segment.Size > 0 && segment.Start.IsAligned(block) && segment.Size % block == 0, "memory is not made of pages");
            for (ulong at = 0; at < segment.Size && left-- > 0; at += block)
            {
                MemoryWindow window = reader.WindowAt(segment.Start + at, dump.BlockSize);
                Require(window.Presence is not MemoryPresence.Missing || dump.Segments.Count > 1000, "a page of a segment is not known");
            }
        }

        Require(reader.WindowAt(new PhysicalAddress(1UL << 60), 8).Presence == MemoryPresence.Missing, "there is memory where there is none");
        CoreFile.CheckMissing(dump);
        Require(dump.StoredPages <= (ulong)dump.BlockSize << 32 && dump.KnownPages > 0 == dump.Segments.Count > 0, "the pages are not counted");
    }

    private static IEnumerable<KdumpWriter> MakeWriters()
    {
        SortedDictionary<ulong, byte[]> memory = Memory(4096);
        KdumpWriter plain = new() { Stored = memory, Excluded = [FirstPage + 20, FirstPage + 21], Note = Samples.Note };
        for (int version = 1; version <= 6; version++)
        {
            yield return plain with { Version = version, Signature = version < 3 ? "DISKDUMP" : plain.Signature };
        }

        yield return plain with { Packings = [PagePacking.Lzo] };
        yield return plain with { Packings = [PagePacking.Snappy], SharesZeros = true };
        yield return plain with { Packings = [PagePacking.Zstd] };
        yield return plain with { Packings = [PagePacking.Zlib, PagePacking.Lzo, PagePacking.Snappy, PagePacking.Zstd, PagePacking.None], SaysWhereCoreInfoIs = false };
        yield return plain with { HasOneBitmap = true, Machine = "Unknown", Note = string.Empty };
        yield return plain with { Part = (FirstPage, FirstPage + 4), Status = 8 };
        yield return plain with { BlockSize = 16384, Stored = Memory(16384), Packings = [PagePacking.Lzo, PagePacking.Zstd] };
    }
}
