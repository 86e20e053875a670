using System.Globalization;
using System.Runtime.InteropServices;
using Ptewright.Files;

namespace Ptewright.Running;

/// <summary>A machine that QEMU is to be.</summary>
/// <param name="MemoryBytes">Its memory; only what is touched takes memory here.</param>
/// <param name="Cpu">QEMU's name of a CPU, or null: the host's own where it can be used, else everything that QEMU can emulate (<c>max</c>).</param>
/// <param name="Arguments">The boot image's arguments.</param>
/// <param name="CountsInstructions">Whether the emulated CPU's performance counters count retired instructions, exactly; never on hardware of the host.</param>
public sealed record QemuMachine(ulong MemoryBytes, string? Cpu, string Arguments, bool CountsInstructions = false);

/// <summary>Starts <c>qemu-system-aarch64</c> with the boot image and collects what it writes to its console.</summary>
public sealed class Qemu
{
    /// <summary>The program.</summary>
    public const string Program = "qemu-system-aarch64";

    private readonly string _path;
    private readonly string? _hardware;

    private Qemu(string path, string? hardware)
    {
        _path = path;
        _hardware = hardware;
    }

    /// <summary>Where the program is.</summary>
    public string Path => _path;

    /// <summary>Looks for QEMU: in the variable <c>PTEWRIGHT_QEMU</c>, then on the path. Null when there is none.</summary>
    public static Qemu? Find()
    {
        string? named = Environment.GetEnvironmentVariable("PTEWRIGHT_QEMU");
        IEnumerable<string> candidates = !string.IsNullOrEmpty(named)
            ? [named]
            : (Environment.GetEnvironmentVariable("PATH") ?? string.Empty)
                .Split(System.IO.Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
                .Select(folder => System.IO.Path.Combine(folder, OperatingSystem.IsWindows() ? Program + ".exe" : Program));
        string? path = candidates.FirstOrDefault(File.Exists);
        return path is null ? null : new Qemu(path, FindHardware());
    }

    /// <summary>What a machine runs on: <c>kvm</c> or <c>hvf</c> where the host is an arm64 machine that has it, <c>tcg</c> (emulation) otherwise.</summary>
    public string Accelerator(QemuMachine machine) =>
        machine.Cpu is null or "host" or "max" && !machine.CountsInstructions ? _hardware ?? "tcg" : "tcg";

    /// <summary>The CPU that QEMU is asked for.</summary>
    public string CpuName(QemuMachine machine) => machine.Cpu ?? (Accelerator(machine) == "tcg" ? "max" : "host");

    /// <summary>Boots the image and gives its console, line by line.</summary>
    /// <param name="image">The image's file.</param>
    /// <param name="machine">The machine.</param>
    /// <param name="timeout">How long it may take.</param>
    /// <param name="onLine">Told each line as it comes; may be null.</param>
    /// <param name="stop">Ends it early.</param>
    /// <exception cref="BootFailedException">QEMU did not start, complained, or did not end in time.</exception>
    public IReadOnlyList<string> Run(string image, QemuMachine machine, TimeSpan timeout, Action<string>? onLine, CancellationToken stop)
    {
        List<string> arguments =
        [
            .. MachineArguments(machine, string.Empty),
            "-display", "none", "-monitor", "none", "-serial", "stdio", "-no-reboot", "-kernel", image, "-append", machine.Arguments,
        ];
        List<string> lines = [];
        void Collect(string line)
        {
            lines.Add(line);
            onLine?.Invoke(line);
        }

        string complaints = Execute(arguments, timeout, Collect, stop);
        return lines.Count > 0 || complaints.Length == 0 ? lines : throw new BootFailedException($"QEMU says: {complaints}");
    }

    /// <summary>The device tree that QEMU gives to this machine.</summary>
    /// <param name="image">The image's file.</param>
    /// <param name="machine">The machine.</param>
    /// <exception cref="BootFailedException">QEMU did not start, or complained.</exception>
    public byte[] ReadDeviceTree(string image, QemuMachine machine)
    {
        using TemporaryFile file = TemporaryFile.Create("tree.dtb");
        List<string> arguments =
        [
            .. MachineArguments(machine, $",dumpdtb={QemuOption.Value(file.Path)}"), "-display", "none", "-kernel", image, "-append", machine.Arguments,
        ];
        string complaints = Execute(arguments, TimeSpan.FromMinutes(1), _ => { }, CancellationToken.None);
        return File.Exists(file.Path) ? File.ReadAllBytes(file.Path) : throw new BootFailedException($"QEMU gives no device tree: {complaints}");
    }

    // A backend without reservation: QEMU may then have far more memory than this machine.
    private IEnumerable<string> MachineArguments(QemuMachine machine, string extra)
    {
        string size = machine.MemoryBytes.ToString(CultureInfo.InvariantCulture);
        string accelerator = Accelerator(machine);
        string interrupts = accelerator == "tcg" ? string.Empty : ",gic-version=max";
        return
        [
            "-nodefaults", "-nic", "none",
            "-M", $"virt,highmem=on,memory-backend=ram{interrupts}{extra}",
            "-object", $"memory-backend-ram,id=ram,size={size},reserve=off",
            "-m", $"{machine.MemoryBytes >> 20}M",
            "-accel", accelerator,
            "-cpu", CpuName(machine),
            "-smp", "1",
            .. machine.CountsInstructions ? ["-icount", "shift=0"] : Array.Empty<string>(),
        ];
    }

    private string Execute(IEnumerable<string> arguments, TimeSpan timeout, Action<string> onLine, CancellationToken stop)
    {
        using QemuProcess process = QemuProcess.Start(_path, arguments);
        Task<string> complaints = Task.Run(process.Complaints.ReadToEnd, CancellationToken.None);
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(timeout);
        using CancellationTokenRegistration registration = limit.Token.Register(process.End);
        while (process.Console.ReadLine() is { } line)
        {
            onLine(line);
        }

        process.WaitForEnd(timeout);
        stop.ThrowIfCancellationRequested();
        return limit.IsCancellationRequested
            ? throw new BootFailedException(string.Create(CultureInfo.InvariantCulture, $"The machine did not switch itself off within {timeout.TotalSeconds:0} seconds."))
            : QemuProcess.OneLine(complaints.GetAwaiter().GetResult());
    }

    private static string? FindHardware() =>
        RuntimeInformation.OSArchitecture != Architecture.Arm64 ? null
        : OperatingSystem.IsMacOS() ? "hvf"
        : OperatingSystem.IsLinux() && CanOpen("/dev/kvm") ? "kvm"
        : null;

    private static bool CanOpen(string device)
    {
        try
        {
            using FileStream stream = new(device, FileMode.Open, FileAccess.ReadWrite);
            return true;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
