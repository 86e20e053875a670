using System.Buffers.Binary;
using System.Text;
using Ptewright.Kernels.Symbols;

namespace Ptewright.Fuzz;

/// <summary>A small <c>vmlinux</c>: an ELF file that has symbols and hardly anything else.</summary>
internal static class VmlinuxFile
{
    private const int SectionsAt = 64;

    private static readonly byte[] _sample = WithContent(
        0xffff_8000_8000_2000,
        [.. "Linux version 6.12.1 (a@b) #1 SMP\n\0"u8],
        ("_text", 1, 2, 0xffff_8000_8000_0000), ("$x", 0, 0, 0xffff_8000_8000_0000), ("init", 0, 2, 0xffff_8000_8000_1000), ("linux_banner", 1, 1, 0xffff_8000_8000_2000), ("_end", 1, 0, 0xffff_8000_8010_0000));

    /// <summary>A damaged file.</summary>
    public static byte[] Make(Random random) => random.Next(16) == 0 ? _sample : ByteMutator.Damage(_sample, random);

    /// <summary>Reads a file.</summary>
    public static void Check(ReadOnlySpan<byte> input)
    {
        string path = Scratch.Write("vmlinux", input);
        FuzzTarget.Require(VmlinuxSymbols.Read(path).Count > 0, "there are no symbols");
    }

    /// <summary>Builds a file that has a part of the program too.</summary>
    /// <param name="address">Where that part lies in the kernel.</param>
    /// <param name="content">The part.</param>
    /// <param name="symbols">Name, binding, type and value of each.</param>
    public static byte[] WithContent(ulong address, byte[] content, params (string Name, int Binding, int Type, ulong Value)[] symbols)
    {
        byte[] file = Build(symbols);
        Span<byte> section = file.AsSpan(SectionsAt, 64);
        BinaryPrimitives.WriteInt32LittleEndian(section[4..], 1);
        BinaryPrimitives.WriteUInt64LittleEndian(section[16..], address);
        BinaryPrimitives.WriteInt32LittleEndian(section[24..], file.Length);
        BinaryPrimitives.WriteInt32LittleEndian(section[32..], content.Length);
        return [.. file, .. content];
    }

    /// <summary>Builds a file.</summary>
    /// <param name="symbols">Name, binding (1: global), type (2: function, 3: section, 4: source file) and value of each.</param>
    public static byte[] Build(params (string Name, int Binding, int Type, ulong Value)[] symbols)
    {
        List<byte> texts = [0];
        List<byte> table = [.. new byte[24]];
        foreach ((string name, int binding, int type, ulong value) in symbols)
        {
            byte[] symbol = new byte[24];
            BinaryPrimitives.WriteInt32LittleEndian(symbol, texts.Count);
            symbol[4] = (byte)((binding << 4) | type);
            symbol[6] = 1;
            BinaryPrimitives.WriteUInt64LittleEndian(symbol.AsSpan(8), value);
            table.AddRange(symbol);
            texts.AddRange([.. Encoding.Latin1.GetBytes(name), 0]);
        }

        byte[] file = new byte[SectionsAt + (3 * 64) + table.Count + texts.Count];
        "\u007fELF\u0002\u0001\u0001"u8.CopyTo(file);
        file[16] = 3;
        file[18] = 183;
        file[40] = SectionsAt;
        file[58] = 64;
        file[60] = 3;
        Section(1, 2, SectionsAt + (3 * 64), table.Count, 2);
        Section(2, 3, SectionsAt + (3 * 64) + table.Count, texts.Count, 0);
        table.CopyTo(file, SectionsAt + (3 * 64));
        texts.CopyTo(file, SectionsAt + (3 * 64) + table.Count);
        return file;

        void Section(int number, int type, int offset, int size, int link)
        {
            Span<byte> section = file.AsSpan(SectionsAt + (number * 64), 64);
            BinaryPrimitives.WriteInt32LittleEndian(section[4..], type);
            BinaryPrimitives.WriteInt32LittleEndian(section[24..], offset);
            BinaryPrimitives.WriteInt32LittleEndian(section[32..], size);
            BinaryPrimitives.WriteInt32LittleEndian(section[40..], link);
        }
    }
}
