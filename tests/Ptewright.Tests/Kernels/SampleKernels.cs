using System.Collections.Concurrent;
using Ptewright.Addressing;
using Ptewright.Kernels.Configuration;
using Ptewright.Kernels.Cpus;
using Ptewright.Kernels.Planning;
using Ptewright.Kernels.Symbols;
using Ptewright.Kernels.Versions;
using Ptewright.Memory;

namespace Ptewright.Tests.Kernels;

/// <summary>The kernels of the tests' data: symbols and configurations of Debian's, and of those built from its sources.</summary>
internal static class SampleKernels
{
    /// <summary>Where QEMU loads an image: 2 MiB into memory, which begins at 1 GiB.</summary>
    public static readonly PhysicalAddress ImageBase = new(0x4020_0000);

    private static readonly ConcurrentDictionary<string, (KernelSymbols Symbols, KernelConfig Config)> _read = new();

    /// <summary>The profile of a kernel named as the files are: <c>6.12-cloud</c>.</summary>
    public static KernelProfile Profile(string kernel) => KernelProfiles.Find($"linux-{kernel.Split('-')[0]}");

    /// <summary>The machine on which such a kernel, loaded at <see cref="ImageBase"/>, finds itself.</summary>
    public static KernelMachine Machine(string kernel, string cpu, MemoryLayout memory, string commandLine, ulong? seed = null)
    {
        (KernelSymbols symbols, KernelConfig config) = _read.GetOrAdd(
            kernel, name => (SystemMap.Read(First(PathOf("symbols", $"System.map-{name}"), PathOf("captures", name, "System.map"), PathOf("listings", name, "System.map"))), Config(name)));
        return new KernelMachine(memory, CpuModel.Parse(cpu), config, KernelCommandLine.Parse(commandLine), symbols.ImageAt(ImageBase), seed);
    }

    // Its own, or the usual one of its version.
    private static KernelConfig Config(string kernel) => First(PathOf("config", $"config-{kernel}"), PathOf("listings", kernel, "config")) is { } file && File.Exists(file)
        ? KernelConfig.Read(file)
        : Profile(kernel).ReadDefaultConfig();

    private static string First(params string[] files) => files.FirstOrDefault(File.Exists) ?? files[^1];

    /// <summary>The path of a file among the tests' data.</summary>
    public static string PathOf(params string[] path) => Path.Combine([AppContext.BaseDirectory, "data", .. path]);
}
