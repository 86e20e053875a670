using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Ptewright.Captures;

namespace Ptewright.Fuzz;

/// <summary>Captures as one input: the length of the description (four bytes), the description, the packed pages.</summary>
internal static class CaptureFiles
{
    private const int Page = 4096;
    private static readonly string[] _tokens =
    [
        "null", "{}", "[]", "\"runs\":", "\"size\": 4096", "\"address\": \"0x1000\"", "\"registers\": null", "-1", "1e9", "68719476736", ",", "\"0x0\"", "\"version\": 2",
    ];

    /// <summary>Makes a capture of hostile tables, and mostly damages it.</summary>
    public static byte[] Make(Random random)
    {
        byte[] tables = TableMutator.MakeWhole(random);
        byte[] memory = new byte[(tables.Length - TableImage.HeaderLength + Page - 1) / Page * Page];
        tables.AsSpan(TableImage.HeaderLength).CopyTo(memory);
        ulong address = Number(tables, 4) & ~(ulong)(Page - 1);
        string description = string.Create(
            CultureInfo.InvariantCulture,
            $$"""
            {"version": 1, "source": "fuzz",
             "registers": {"ttbr0": "0x{{Number(tables, 1):x}}", "ttbr1": "0x{{Number(tables, 2):x}}", "tcr": "0x{{Number(tables, 0):x}}", "mair": "0x{{Number(tables, 3):x}}"},
             "sha256": "{{Convert.ToHexStringLower(SHA256.HashData(memory))}}",
             "runs": [{"address": "0x{{address:x}}", "size": {{memory.Length}}}]}
            """);
        byte[] packed = Pack(memory);
        switch (random.Next(4))
        {
            case 0:
                description = new TextMutator([description], _tokens).Damage(random);
                break;
            case 1:
                packed = ByteMutator.Damage(packed, random);
                break;
            default:
                break;
        }

        byte[] text = Encoding.UTF8.GetBytes(description);
        byte[] input = new byte[4 + text.Length + packed.Length];
        BinaryPrimitives.WriteInt32LittleEndian(input, text.Length);
        text.CopyTo(input.AsSpan(4));
        packed.CopyTo(input.AsSpan(4 + text.Length));
        return input;
    }

    /// <summary>Reads a capture as any command does.</summary>
    public static void Check(ReadOnlySpan<byte> input)
    {
        int length = input.Length < 4 ? -1 : BinaryPrimitives.ReadInt32LittleEndian(input);
        if (length < 0 || length > input.Length - 4)
        {
            throw new InvalidInputException("The input has no description.");
        }

        _ = Scratch.Write(Path.Combine("capture", CaptureFolder.DescriptionFile), input.Slice(4, length));
        _ = Scratch.Write(Path.Combine("capture", CaptureFolder.PagesFile), input[(4 + length)..]);
        using CaptureFolder capture = new(Scratch.Path("capture"));
        CoreFile.Edges(capture);
        TableReaders.Check(capture, capture.Registers, TableReaders.OptionsFor(input));
    }

    private static ulong Number(byte[] tables, int index) => BinaryPrimitives.ReadUInt64LittleEndian(tables.AsSpan(index * 8));

    private static byte[] Pack(byte[] bytes)
    {
        using MemoryStream packed = new();
        using (GZipStream stream = new(packed, CompressionLevel.Fastest))
        {
            stream.Write(bytes);
        }

        return packed.ToArray();
    }
}
