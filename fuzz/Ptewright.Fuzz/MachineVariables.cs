using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Ptewright.Fuzz;

/// <summary>The variables by which a kernel's memory shows its machine, hand-made, as 64 KiB of an image: memblock, the log, the command line, ID registers, and a device tree.</summary>
/// <remarks>Written from what the structures are, for tests and for damage; every part can be changed before it is put into memory.</remarks>
internal sealed class MachineVariables
{
    /// <summary>How many bytes there are.</summary>
    public const int Bytes = 0x1_0000;

    /// <summary>Where memblock lies.</summary>
    public const int MemblockAt = 0;

    /// <summary>Where the regions of memory lie, of 24 bytes each.</summary>
    public const int RegionsAt = 0x200;

    /// <summary>Where the log's ring lies.</summary>
    public const int RingAt = 0x1000;

    /// <summary>Where its descriptors lie, of 24 bytes each.</summary>
    public const int DescriptorsAt = 0x1100;

    /// <summary>Where its text lies.</summary>
    public const int TextAt = 0x2000;

    /// <summary>log2 of its bytes.</summary>
    public const int TextBits = 10;

    /// <summary>Where the ID registers lie: 16 bytes each, the records from <see cref="RecordsAt"/> on.</summary>
    public const int RegistersAt = 0xc00;

    /// <summary>Where their records lie, of 56 bytes each.</summary>
    public const int RecordsAt = 0xd00;

    /// <summary>Where the registers lie that the boot loader handed over.</summary>
    public const int BootArgumentsAt = 0x800;

    /// <summary>Where the device tree lies.</summary>
    public const int TreeAt = 0x8000;

    private const int ReservedAt = 0x400;
    private const int NamesAt = 0x100;
    private const int LineAt = 0x840;
    private const int StartAt = 0x848;
    private const int TreePointerAt = 0x850;
    private const int RingPointerAt = 0x860;
    private const int LineTextAt = 0x900;
    private const int RegisterNamesAt = 0xf00;
    private const int InfosAt = 0x1400;
    private const int InfoBytes = 88;
    private const int DescriptorBytes = 24;
    private const int CountBits = 3;
    private const string MemoryStart = "memstart_addr";

    private readonly ulong _address;

    /// <summary>Makes them.</summary>
    /// <param name="address">The virtual address of the first byte.</param>
    /// <param name="physical">Its physical address.</param>
    /// <param name="memory">The memory: where it begins and its bytes.</param>
    /// <param name="memoryStart">memstart_addr.</param>
    /// <param name="commandLine">The command line.</param>
    /// <param name="tree">The device tree, at most 32 KiB; empty for none.</param>
    public MachineVariables(ulong address, ulong physical, (ulong Start, ulong Size) memory, ulong memoryStart, string commandLine, byte[] tree)
    {
        _address = address;
        WriteList(MemblockAt + 16, RegionsAt, NamesAt, "memory", [(memory.Start, memory.Size, 0)]);
        WriteList(MemblockAt + 56, ReservedAt, NamesAt + 16, "reserved", [(memory.Start, 4096, 0)]);
        Long(BootArgumentsAt, tree.Length == 0 ? 0 : physical + TreeAt);
        Pointer(LineAt, LineTextAt);
        Put(LineTextAt, Encoding.ASCII.GetBytes(commandLine + "\0"));
        Long(StartAt, memoryStart);
        if (tree.Length > 0)
        {
            Pointer(TreePointerAt, TreeAt);
            Put(TreeAt, tree);
        }

        WriteRegisters([("ID_AA64MMFR0_EL1", 0x1124), ("ID_AA64MMFR1_EL1", 0), ("ID_AA64MMFR2_EL1", 0), ("ID_AA64ISAR0_EL1", 0), ("ID_AA64PFR1_EL1", 0)]);
        Pointer(RingPointerAt, RingAt);
        WriteLog(["Booting Linux on physical CPU 0x0000000000 [0x410fd083]", "Kernel command line: " + commandLine]);
    }

    /// <summary>All of it.</summary>
    public byte[] Block { get; } = new byte[Bytes];

    /// <summary>What VMCOREINFO says of the log.</summary>
    public string CoreInfo => string.Create(
        CultureInfo.InvariantCulture,
        $"SYMBOL(prb)={_address + RingPointerAt:x}\nSIZE(printk_ringbuffer)=88\nOFFSET(printk_ringbuffer.desc_ring)=0\nOFFSET(printk_ringbuffer.text_data_ring)=48\nOFFSET(prb_desc_ring.count_bits)=0\n"
        + $"OFFSET(prb_desc_ring.descs)=8\nOFFSET(prb_desc_ring.infos)=16\nOFFSET(prb_desc_ring.head_id)=24\nOFFSET(prb_desc_ring.tail_id)=32\nSIZE(prb_desc)=24\nOFFSET(prb_desc.state_var)=0\n"
        + $"OFFSET(prb_desc.text_blk_lpos)=8\nOFFSET(prb_data_blk_lpos.begin)=0\nOFFSET(prb_data_blk_lpos.next)=8\nOFFSET(prb_data_ring.size_bits)=0\nOFFSET(prb_data_ring.data)=8\nSIZE(printk_info)={InfoBytes}\nOFFSET(printk_info.text_len)=16\n");

    /// <summary>The System.map that names them.</summary>
    /// <param name="text">Where the image begins, in this kernel.</param>
    /// <param name="root">Where its root table lies.</param>
    /// <param name="move">By how much this kernel was moved from where the map says.</param>
    /// <param name="without">Variables that it does not have.</param>
    public string SystemMap(ulong text, ulong root, ulong move, params string[] without)
    {
        (string Name, ulong Address)[] symbols =
        [
            ("_text", text), ("swapper_pg_dir", root), ("memblock", _address + MemblockAt), ("boot_args", _address + BootArgumentsAt), ("saved_command_line", _address + LineAt),
            (MemoryStart, _address + StartAt), ("initial_boot_params", _address + TreePointerAt), ("arm64_ftr_regs", _address + RegistersAt),
        ];
        return string.Concat(symbols.Where(symbol => !without.Contains(symbol.Name)).Select(symbol => string.Create(CultureInfo.InvariantCulture, $"{symbol.Address - move:x16} D {symbol.Name}\n")));
    }

    /// <summary>Writes the log: records behind one another, the oldest forgotten when there is no room.</summary>
    /// <param name="records">The texts.</param>
    /// <param name="first">The number of the first.</param>
    public void WriteLog(IReadOnlyList<string> records, ulong first = 0)
    {
        Array.Clear(Block, RingAt, TreeAt - RingAt);
        Word(RingAt, CountBits);
        Pointer(RingAt + 8, DescriptorsAt);
        Pointer(RingAt + 16, InfosAt);
        Word(RingAt + 48, TextBits);
        Pointer(RingAt + 56, TextAt);
        const ulong Size = 1UL << TextBits;
        ulong position = first * 64 & ~7UL;
        for (int i = 0; i < records.Count; i++)
        {
            byte[] text = Encoding.UTF8.GetBytes(records[i]);
            ulong number = first + (ulong)i;
            ulong bytes = ((ulong)text.Length + 8 + 7) & ~7UL;
            ulong begin = position;

            // A block does not lie across the end of the ring.
            bool wraps = begin / Size != (begin + bytes - 1) / Size;
            ulong next = wraps ? (((begin / Size) + 1) * Size) + bytes : begin + bytes;
            int place = wraps ? 0 : (int)(begin % Size);
            Long(TextAt + place, number);
            Put(TextAt + place + 8, text);
            int descriptor = DescriptorsAt + ((int)(number % (1 << CountBits)) * DescriptorBytes);
            Long(descriptor, number | (2UL << 62));
            Long(descriptor + 8, begin);
            Long(descriptor + 16, next);
            BinaryPrimitives.WriteUInt16LittleEndian(Block.AsSpan(InfosAt + ((int)(number % (1 << CountBits)) * InfoBytes) + 16), (ushort)text.Length);
            position = next;
        }

        ulong last = first + (ulong)records.Count - 1;
        Long(RingAt + 24, last);
        Long(RingAt + 32, last < 1 << CountBits ? first : Math.Max(first, last + 1 - (1 << CountBits)));
    }

    /// <summary>Writes memblock's regions of memory.</summary>
    /// <param name="regions">Where each begins, its bytes and its flags.</param>
    public void WriteMemory((ulong Start, ulong Size, uint Flags)[] regions) => WriteList(MemblockAt + 16, RegionsAt, NamesAt, "memory", regions);

    /// <summary>Writes the ID registers.</summary>
    /// <param name="registers">Their names and values.</param>
    public void WriteRegisters((string Name, ulong Value)[] registers)
    {
        for (int i = 0; i < registers.Length; i++)
        {
            int record = RecordsAt + (i * 56);
            Word(RegistersAt + (i * 16), (uint)i);
            Pointer(RegistersAt + (i * 16) + 8, record);
            Pointer(record, RegisterNamesAt + (i * 32));
            Put(RegisterNamesAt + (i * 32), Encoding.ASCII.GetBytes("SYS_" + registers[i].Name + "\0"));
            Long(record + 24, registers[i].Value);
        }
    }

    /// <summary>Writes a word of 64 bits.</summary>
    public void Long(int at, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Block.AsSpan(at), value);

    private void WriteList(int at, int regionsAt, int nameAt, string name, (ulong Start, ulong Size, uint Flags)[] regions)
    {
        Long(at, (ulong)regions.Length);
        Long(at + 8, 128);
        Long(at + 16, regions.Aggregate(0UL, (sum, region) => sum + region.Size));
        Pointer(at + 24, regionsAt);
        Pointer(at + 32, nameAt);
        Put(nameAt, Encoding.ASCII.GetBytes(name + "\0"));
        for (int i = 0; i < regions.Length; i++)
        {
            Long(regionsAt + (i * 24), regions[i].Start);
            Long(regionsAt + (i * 24) + 8, regions[i].Size);
            Word(regionsAt + (i * 24) + 16, regions[i].Flags);
        }
    }

    private void Pointer(int at, int to) => Long(at, _address + (ulong)to);

    private void Word(int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Block.AsSpan(at), value);

    private void Put(int at, byte[] bytes) => bytes.CopyTo(Block, at);
}
