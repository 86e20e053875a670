using System.Buffers.Binary;
using System.Text;

namespace Ptewright.Tests.Firmware;

/// <summary>Writes device tree blobs for tests, right or wrong: tokens go out as they are asked for.</summary>
/// <remarks>Header at 0, memory reservation block at 0x28, structure block behind its terminator (0x38 without entries), then the strings.</remarks>
internal sealed class DtbWriter
{
    public const int MagicField = 0;
    public const int TotalSizeField = 4;
    public const int StructureField = 8;
    public const int StringsField = 12;
    public const int ReserveMapField = 16;
    public const int VersionField = 20;
    public const int LastCompatibleField = 24;
    public const int StringsSizeField = 32;
    public const int StructureSizeField = 36;

    private const int ReserveMapStart = 40;

    private readonly (ulong Start, ulong Size)[] _reserves;
    private readonly List<byte> _structure = [];
    private readonly List<byte> _strings = [];
    private readonly Dictionary<string, uint> _names = [];

    public DtbWriter(params (ulong Start, ulong Size)[] reserves) => _reserves = reserves;

    /// <summary>The offset that the next token will have in the blob.</summary>
    public uint Offset => (uint)(StructureStart + _structure.Count);

    private int StructureStart => ReserveMapStart + (16 * (_reserves.Length + 1));

    /// <summary>A root with 2-cell addresses and sizes, still open.</summary>
    public static DtbWriter Root(params (ulong Start, ulong Size)[] reserves) =>
        new DtbWriter(reserves).Begin("").Cells("#address-cells", 2).Cells("#size-cells", 2);

    /// <summary>A whole tree: that root, 1 GiB of memory at 0x40000000, and what <paramref name="write"/> adds.</summary>
    public static byte[] Tree(Func<DtbWriter, DtbWriter> write, params (ulong Start, ulong Size)[] reserves) =>
        write(Root(reserves).Memory(0x4000_0000, 0x4000_0000)).End().Build();

    public static byte[] Patch(byte[] blob, int offset, uint value)
    {
        byte[] patched = (byte[])blob.Clone();
        BinaryPrimitives.WriteUInt32BigEndian(patched.AsSpan(offset), value);
        return patched;
    }

    public DtbWriter Begin(string name) => Raw(1).Padded(Encoding.Latin1.GetBytes(name + "\0"));

    public DtbWriter End() => Raw(2);

    public DtbWriter Nop() => Raw(4);

    public DtbWriter Cells(string name, params uint[] cells)
    {
        byte[] value = new byte[cells.Length * 4];
        for (int i = 0; i < cells.Length; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(value.AsSpan(i * 4), cells[i]);
        }

        return Bytes(name, value);
    }

    /// <summary>A property of 2-cell numbers.</summary>
    public DtbWriter Numbers(string name, params ulong[] numbers) =>
        Cells(name, [.. numbers.SelectMany(number => new[] { (uint)(number >> 32), (uint)number })]);

    public DtbWriter Text(string name, string text) => Bytes(name, Encoding.UTF8.GetBytes(text + "\0"));

    public DtbWriter Flag(string name) => Bytes(name, []);

    public DtbWriter Bytes(string name, byte[] value)
    {
        if (!_names.TryGetValue(name, out uint offset))
        {
            offset = (uint)_strings.Count;
            _names.Add(name, offset);
            _strings.AddRange(Encoding.ASCII.GetBytes(name + "\0"));
        }

        return Raw(3, (uint)value.Length, offset).Padded(value);
    }

    /// <summary>A memory node with 2-cell ranges, closed.</summary>
    public DtbWriter Memory(params ulong[] ranges) => Begin("memory").Text("device_type", "memory").Numbers("reg", ranges).End();

    /// <summary><c>/reserved-memory</c> with 2 cells and <c>ranges</c>, still open.</summary>
    public DtbWriter BeginReservations() => Begin("reserved-memory").Cells("#address-cells", 2).Cells("#size-cells", 2).Flag("ranges");

    public DtbWriter Raw(params uint[] words)
    {
        Span<byte> bytes = stackalloc byte[4];
        foreach (uint word in words)
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes, word);
            _structure.AddRange(bytes);
        }

        return this;
    }

    public DtbWriter RawBytes(params byte[] bytes)
    {
        _structure.AddRange(bytes);
        return this;
    }

    /// <summary>The blob with an end token.</summary>
    public byte[] Build(uint version = 17) => Raw(9).BuildUnended(version);

    /// <summary>The blob as it was written.</summary>
    public byte[] BuildUnended(uint version = 17)
    {
        int strings = (int)Offset;
        byte[] blob = new byte[strings + _strings.Count];
        uint[] header =
        [
            0xd00dfeed, (uint)blob.Length, (uint)StructureStart, (uint)strings, ReserveMapStart, version, 16, 0, (uint)_strings.Count,
            version >= 17 ? (uint)_structure.Count : 0,
        ];
        for (int i = 0; i < header.Length; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(blob.AsSpan(i * 4), header[i]);
        }

        for (int i = 0; i < _reserves.Length; i++)
        {
            BinaryPrimitives.WriteUInt64BigEndian(blob.AsSpan(ReserveMapStart + (i * 16)), _reserves[i].Start);
            BinaryPrimitives.WriteUInt64BigEndian(blob.AsSpan(ReserveMapStart + (i * 16) + 8), _reserves[i].Size);
        }

        _structure.CopyTo(blob, StructureStart);
        _strings.CopyTo(blob, strings);
        return blob;
    }

    private DtbWriter Padded(byte[] bytes)
    {
        _structure.AddRange(bytes);
        while (_structure.Count % 4 != 0)
        {
            _structure.Add(0);
        }

        return this;
    }
}
