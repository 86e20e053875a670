using System.Globalization;
using Ptewright.Kernels.Symbols;

namespace Ptewright.Live;

/// <summary>A kernel to boot, and the machine that QEMU is to be.</summary>
/// <param name="KernelImage">The kernel's file.</param>
/// <param name="MemoryBytes">The machine's memory; only what is touched takes memory here.</param>
/// <param name="Cpu">QEMU's name of a CPU.</param>
/// <param name="CommandLine">The kernel's command line, without a console.</param>
/// <param name="DeviceTree">A device tree instead of QEMU's own; null for that.</param>
public sealed record LiveMachine(string KernelImage, ulong MemoryBytes, string Cpu, string CommandLine, string? DeviceTree = null)
{
    /// <summary>The command line with the console that QEMU's machine has.</summary>
    internal string Append => $"console=ttyAMA0 {CommandLine}".TrimEnd();

    // Only what is touched of it takes memory here.
    internal const string PrivateMemory = "memory-backend-ram,reserve=off";

    /// <summary>QEMU's arguments for this machine, always emulated.</summary>
    /// <param name="backend">Where its memory is: a kind of backend and its options.</param>
    /// <param name="options">What else is said of the machine, each option behind a comma.</param>
    internal IEnumerable<string> Arguments(string backend, string options = "")
    {
        int kind = backend.IndexOf(',', StringComparison.Ordinal);
        string size = MemoryBytes.ToString(CultureInfo.InvariantCulture);
        return
        [
            "-nodefaults", "-nic", "none", "-display", "none", "-monitor", "none", "-serial", "stdio", "-no-reboot",
            "-M", $"virt,highmem=on,memory-backend=ram{options}",
            "-object", $"{backend[..kind]},id=ram,size={size}{backend[kind..]}",
            "-m", $"{MemoryBytes >> 20}M",
            "-accel", "tcg", "-smp", "1", "-cpu", Cpu,
            "-kernel", KernelImage, "-append", Append,
        ];
    }
}
