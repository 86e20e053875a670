using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using Ptewright.Booting;

namespace Ptewright.Live;

/// <summary>The device tree that QEMU makes for a machine.</summary>
public static class LiveDeviceTree
{
    /// <summary>Has QEMU write the tree, which can then be given to the machine when it starts: so the random numbers in it are known.</summary>
    /// <param name="qemu">QEMU.</param>
    /// <param name="machine">The machine.</param>
    /// <param name="file">Where it is written.</param>
    /// <exception cref="BootFailedException">QEMU did not start, or gave none.</exception>
    public static void Write(Qemu qemu, LiveMachine machine, string file)
    {
        ArgumentNullException.ThrowIfNull(qemu);
        ArgumentNullException.ThrowIfNull(machine);
        string size = machine.MemoryBytes.ToString(CultureInfo.InvariantCulture);
        List<string> arguments =
        [
            "-nodefaults", "-nic", "none", "-display", "none",
            "-M", $"virt,highmem=on,memory-backend=ram,dumpdtb={file}",
            "-object", $"memory-backend-ram,id=ram,size={size},reserve=off",
            "-m", $"{machine.MemoryBytes >> 20}M", "-smp", "1", "-cpu", machine.Cpu,
            "-kernel", machine.KernelImage, "-append", machine.Append,
        ];
        if (machine.DeviceTree is { } tree)
        {
            arguments.AddRange(["-dtb", tree]);
        }

        using Process process = LiveKernel.Start(qemu.Path, arguments);
        _ = process.StandardOutput.ReadToEndAsync();
        string complaints = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (!File.Exists(file))
        {
            throw new BootFailedException($"QEMU gives no device tree: {complaints.Trim().ReplaceLineEndings(" ")}");
        }

        Pack(file);
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
