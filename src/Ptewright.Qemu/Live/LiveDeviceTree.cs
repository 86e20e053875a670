using System.Buffers.Binary;
using Ptewright.Addressing;
using Ptewright.DeviceTree;
using Ptewright.Images;
using Ptewright.Running;

namespace Ptewright.Live;

/// <summary>The device tree that QEMU makes for a machine.</summary>
internal static class LiveDeviceTree
{
    // It takes well under a second.
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(1);

    /// <summary>Has QEMU write the tree, which can then be given to the machine when it starts: so the random numbers in it are known.</summary>
    /// <param name="qemu">QEMU.</param>
    /// <param name="machine">The machine.</param>
    /// <param name="file">Where it is written.</param>
    /// <exception cref="BootFailedException">QEMU did not start, or gave none.</exception>
    public static void Write(Qemu qemu, LiveMachine machine, string file)
    {
        ArgumentNullException.ThrowIfNull(qemu);
        ArgumentNullException.ThrowIfNull(machine);
        string[] given = machine.DeviceTree is { } tree ? ["-dtb", tree] : [];
        using QemuProcess process = QemuProcess.Start(qemu.Path, [.. machine.Arguments(LiveMachine.PrivateMemory, $",dumpdtb={QemuOption.Value(file)}"), .. given]);
        using CancellationTokenSource limit = new(_limit);
        using CancellationTokenRegistration registration = limit.Token.Register(process.End);
        Task<string> console = Task.Run(process.Console.ReadToEnd);
        string complaints = process.Complaints.ReadToEnd();
        _ = console.GetAwaiter().GetResult();
        process.WaitForEnd(_limit);
        if (!File.Exists(file))
        {
            throw new BootFailedException($"QEMU gives no device tree: {QemuProcess.OneLine(complaints)}");
        }

        Pack(file);
    }

    /// <summary>Where a machine's tree lies in its memory, as long as nothing was written over it.</summary>
    /// <param name="memory">The memory of a machine that QEMU started with a kernel.</param>
    /// <param name="start">Where that memory begins.</param>
    /// <returns>Null when it is not there any more.</returns>
    /// <remarks>
    /// QEMU puts six instructions at the beginning of memory, which load x0 with the address of the tree and jump into the kernel; both addresses stand behind them. QEMU:
    /// <c>hw/arm/boot.c: bootloader_aarch64</c>.
    /// </remarks>
    internal static (PhysicalAddress Start, ulong Size)? Find(MemoryImage memory, PhysicalAddress start)
    {
        const ulong Instructions = 6 * sizeof(uint);
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        if (!memory.TryRead(start + Instructions, bytes))
        {
            return null;
        }

        PhysicalAddress tree = new(BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        return tree >= start && memory.TryRead(tree, bytes) && BinaryPrimitives.ReadUInt32BigEndian(bytes) == DeviceTreeBlob.Magic
            ? (tree, BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]))
            : null;
    }

    // QEMU dumps 1 MiB, nearly all of it free, and doubles what it is given: more than the 2 MiB that a kernel takes, which then says nothing at all.
    private static void Pack(string file)
    {
        byte[] tree = File.ReadAllBytes(file);
        Span<byte> header = tree.AsSpan(0, Math.Min(tree.Length, 40));
        int end = header.Length < 40 ? tree.Length : (int)Math.Min(
            (uint)tree.Length,
            Math.Max(
                BinaryPrimitives.ReadUInt32BigEndian(header[8..]) + BinaryPrimitives.ReadUInt32BigEndian(header[36..]),
                BinaryPrimitives.ReadUInt32BigEndian(header[12..]) + BinaryPrimitives.ReadUInt32BigEndian(header[32..])));
        if (header.Length == 40)
        {
            BinaryPrimitives.WriteUInt32BigEndian(header[4..], (uint)end);
        }

        File.WriteAllBytes(file, tree.AsSpan(0, end));
    }
}
