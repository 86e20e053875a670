using System.Buffers.Binary;
using Ptewright.Discovery;
using Ptewright.Images;
using Ptewright.Kernels.Planning;
using Ptewright.Kernels.Symbols;
using Ptewright.Machines;
using Ptewright.Memory;

namespace Ptewright.Fuzz;

/// <summary>Memory in which somebody looks for a kernel's machine: the hand-made kernel of <see cref="DiscoveryMemory"/> with the variables that show it, damaged there.</summary>
internal static class MachineMemoryInput
{
    private const int VariablesAt = DiscoveryMemory.Image + 0xe_0000;
    private const int EfiMapAt = 0xc_0000;

    private static FoundKernel? _kernel;

    private static readonly MachineVariables _variables = MakeVariables();
    private static readonly byte[][] _whole = [MakeWhole(hasEfi: false), MakeWhole(hasEfi: true)];

    private static readonly KernelSymbols _symbols = SystemMap.Parse(
        _variables.SystemMap(DiscoveryMemory.ImageStart, DiscoveryMemory.ImageStart + DiscoveryMemory.Swapper - DiscoveryMemory.Image, 0), "System.map");

    /// <summary>Makes memory.</summary>
    public static byte[] Make(Random random)
    {
        byte[] memory = (byte[])_whole[random.Next(2)].Clone();
        for (int rounds = random.Next(12); rounds > 0; rounds--)
        {
            Damage(memory, random);
        }

        return TableImage.Join(new ImageRegisters(0, 0, 0, 0), DiscoveryMemory.Start, 0, memory);
    }

    /// <summary>Looks for the machine, and plans what its kernel does there.</summary>
    public static void Check(ReadOnlySpan<byte> input)
    {
        ReadOnlySpan<byte> memory = input.Length > TableImage.HeaderLength ? input[TableImage.HeaderLength..] : default;
        bool isWhole = memory.SequenceEqual(_whole[0]);

        // Where only the variables are damaged the kernel is the whole one's; and of some machines all is planned, because that takes longest.
        bool isKnown = memory.Length == DiscoveryMemory.Bytes && memory[..EfiMapAt].SequenceEqual(_whole[0].AsSpan(0, EfiMapAt))
            && memory[(EfiMapAt + 4096)..VariablesAt].SequenceEqual(_whole[0].AsSpan((EfiMapAt + 4096)..VariablesAt));
        bool isPlanned = memory.Length == DiscoveryMemory.Bytes && (memory.Slice(VariablesAt, 1024).ToArray().Sum(one => one) & 7) == 0;
        TableImage.With(input, (image, _, _) =>
        {
            FoundKernel kernel = (isKnown ? _kernel ??= KernelDiscovery.Find(image).Kernel : KernelDiscovery.Find(image).Kernel) ?? throw new InvalidInputException("No kernel was found.");
            FoundMachine machine = MachineDiscovery.Find(image, kernel, _symbols);
            ulong end = 0;
            foreach (MemoryRegion region in machine.OwnMemory?.Value ?? [])
            {
                FuzzTarget.Require(region.Start.Value >= end && region.End > region.Start && region.End.Value <= 1UL << 52, "memory is out of order or of bounds");
                end = region.End.Value;
            }

            FuzzTarget.Require(!isWhole || (machine is { Remarks: [], Memory.By: KnownBy.DeviceTree, Cpu: not null, CommandLine: not null, OwnMemory: not null, MemoryStart: not null }), "not all of the whole machine was found");
            if (isPlanned || isWhole)
            {
                KernelPlan plan = machine.Complete(new MachineDescription()).Read().Plan();
                _ = machine.Compare(plan);
            }
        });
    }

    private static void Damage(byte[] memory, Random random)
    {
        int[] places = [0, MachineVariables.RegionsAt, MachineVariables.BootArgumentsAt, MachineVariables.RegistersAt, MachineVariables.RecordsAt, MachineVariables.RingAt, MachineVariables.DescriptorsAt, MachineVariables.TextAt, MachineVariables.TreeAt];
        int at = random.Next(6) switch
        {
            0 => DiscoveryMemory.Image + 0xc_0000 + random.Next(2048),
            1 => EfiMapAt + random.Next(160),
            _ => VariablesAt + places[random.Next(places.Length)] + random.Next(128),
        };
        switch (random.Next(6))
        {
            case 0:
                memory[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                BinaryPrimitives.WriteUInt64LittleEndian(memory.AsSpan(at & ~7), (ulong)random.NextInt64());
                break;
            case 2:
                BinaryPrimitives.WriteUInt64LittleEndian(memory.AsSpan(at & ~7), random.Next(4) switch { 0 => 0, 1 => ulong.MaxValue, 2 => 1UL << random.Next(64), _ => (ulong)random.Next(256) });
                break;
            case 3:
                BinaryPrimitives.WriteUInt64LittleEndian(memory.AsSpan(at & ~7), DiscoveryMemory.ImageStart + (ulong)random.Next(DiscoveryMemory.Bytes - DiscoveryMemory.Image));
                break;
            case 4:
                memory.AsSpan(VariablesAt + random.Next(MachineVariables.TreeAt), 16).CopyTo(memory.AsSpan(at));
                break;
            default:
                memory[at] = (byte)random.Next(256);
                break;
        }
    }

    private static MachineVariables MakeVariables() => new(
        DiscoveryMemory.ImageStart + VariablesAt - DiscoveryMemory.Image,
        DiscoveryMemory.Start + VariablesAt,
        (DiscoveryMemory.Start, DiscoveryMemory.Bytes),
        DiscoveryMemory.Start,
        "console=ttyAMA0 rodata=off",
        Trees.Plain(DiscoveryMemory.Start, DiscoveryMemory.Bytes));

    private static byte[] MakeWhole(bool hasEfi)
    {
        byte[] memory = DiscoveryMemory.Whole();
        byte[] block = (byte[])_variables.Block.Clone();
        if (hasEfi)
        {
            byte[] tree = Trees.OfEfi(DiscoveryMemory.Start + EfiMapAt, 96);
            tree.CopyTo(block, MachineVariables.TreeAt);
            (ulong Start, ulong Pages, uint Type)[] map = [(DiscoveryMemory.Start, 0x180, 7), (DiscoveryMemory.Start + 0x18_0000, 0x80, 6)];
            for (int i = 0; i < map.Length; i++)
            {
                Span<byte> entry = memory.AsSpan(EfiMapAt + (i * 48));
                BinaryPrimitives.WriteUInt32LittleEndian(entry, map[i].Type);
                BinaryPrimitives.WriteUInt64LittleEndian(entry[8..], map[i].Start);
                BinaryPrimitives.WriteUInt64LittleEndian(entry[24..], map[i].Pages);
                BinaryPrimitives.WriteUInt64LittleEndian(entry[32..], 8);
            }
        }

        block.CopyTo(memory, VariablesAt);
        int info = DiscoveryMemory.Image + 0xc_0000;
        int end = info + memory.AsSpan(info).IndexOf((byte)0);
        System.Text.Encoding.ASCII.GetBytes(_variables.CoreInfo).CopyTo(memory.AsSpan(end));
        return memory;
    }

    /// <summary>Small device trees.</summary>
    private static class Trees
    {
        public static byte[] Plain(ulong start, ulong size) => Build(
            [("device_type", "memory\0"u8.ToArray()), ("reg", [.. Big(start), .. Big(size)])], [("bootargs", "console=ttyAMA0 rodata=off\0"u8.ToArray())]);

        public static byte[] OfEfi(ulong map, uint size) => Build(
            [],
            [
                ("linux,uefi-system-table", Big(map)), ("linux,uefi-mmap-start", Big(map)), ("linux,uefi-mmap-size", Big(size)[4..]), ("linux,uefi-mmap-desc-size", Big(48)[4..]),
                ("linux,uefi-mmap-desc-ver", Big(1)[4..]),
            ]);

        private static byte[] Build((string Name, byte[] Value)[] memory, (string Name, byte[] Value)[] chosen)
        {
            List<byte> structure = [];
            List<byte> strings = [];
            void Word(uint value) => structure.AddRange(Big(value)[4..]);
            void Padded(byte[] bytes)
            {
                structure.AddRange(bytes);
                structure.AddRange(new byte[-bytes.Length & 3]);
            }

            void Node(string name, (string Name, byte[] Value)[] properties)
            {
                Word(1);
                Padded([.. System.Text.Encoding.ASCII.GetBytes(name), 0]);
                foreach ((string property, byte[] value) in properties)
                {
                    Word(3);
                    Word((uint)value.Length);
                    Word((uint)strings.Count);
                    strings.AddRange([.. System.Text.Encoding.ASCII.GetBytes(property), 0]);
                    Padded(value);
                }
            }

            Node(string.Empty, [("#address-cells", Big(2)[4..]), ("#size-cells", Big(2)[4..])]);
            if (memory.Length > 0)
            {
                Node("memory", memory);
                Word(2);
            }

            Node("chosen", chosen);
            Word(2);
            Word(2);
            Word(9);
            uint stringsAt = 56 + (uint)structure.Count;
            uint total = stringsAt + (uint)strings.Count;
            byte[] header = [.. new[] { 0xd00d_feed, total, 56u, stringsAt, 40u, 17u, 16u, 0u, (uint)strings.Count, (uint)structure.Count }.SelectMany(word => Big(word)[4..])];
            return [.. header, .. new byte[16], .. structure, .. strings];
        }

        private static byte[] Big(ulong value)
        {
            byte[] bytes = new byte[8];
            BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
            return bytes;
        }
    }
}
