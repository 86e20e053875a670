using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Ptewright.Addressing;
using Ptewright.Booting;
using Ptewright.Images;

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
}

/// <summary>A real kernel under QEMU, booted until it finds no root file system, and then stopped: its tables are complete and nothing moves.</summary>
/// <remarks>Its memory is a file that both sides map, so nothing is copied; registers come from the gdbstub. QEMU ends when this object is disposed of, however this program ends.</remarks>
public sealed class LiveKernel : IDisposable
{
    // QEMU's virt machine has its memory here.
    private static readonly PhysicalAddress _memoryStart = new(1UL << 30);

    private readonly string _folder;
    private readonly Process _process;
    private GdbImage? _guest;

    private LiveKernel(string folder, Process process)
    {
        _folder = folder;
        _process = process;
        AppDomain.CurrentDomain.ProcessExit += OnExit;
    }

    /// <summary>The device tree that the kernel got, as a file that lives as long as this object.</summary>
    public string DeviceTree => Path.Combine(_folder, "tree.dtb");

    /// <summary>The kernel's memory.</summary>
    public MemoryImage Memory { get; private set; } = null!;

    /// <summary>The registers of its CPU.</summary>
    public ImageRegisters Registers { get; private set; } = new();

    /// <summary>What it wrote to its console.</summary>
    public IReadOnlyList<string> Console { get; private set; } = [];

    /// <summary>Boots a kernel until it panics for lack of a root file system, and stops it there.</summary>
    /// <param name="qemu">QEMU.</param>
    /// <param name="machine">The kernel and the machine.</param>
    /// <param name="timeout">How long it may take.</param>
    /// <param name="onLine">Told each line of the console as it comes; may be null.</param>
    /// <param name="stop">Ends it early.</param>
    /// <exception cref="BootFailedException">QEMU did not start, or the kernel did not get there.</exception>
    /// <exception cref="InvalidInputException">The guest cannot be read.</exception>
    public static LiveKernel Boot(Qemu qemu, LiveMachine machine, TimeSpan timeout, Action<string>? onLine, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(qemu);
        ArgumentNullException.ThrowIfNull(machine);
        string folder = Directory.CreateTempSubdirectory("ptewright-").FullName;
        string shared = FolderForMemory(folder);
        LiveKernel? kernel = null;
        try
        {
            LiveDeviceTree.Write(qemu, machine, Path.Combine(folder, "tree.dtb"));
            Process process = Start(qemu.Path, [.. Arguments(machine, folder, shared), "-dtb", Path.Combine(folder, "tree.dtb")]);
            kernel = new LiveKernel(folder, process);
            kernel.WaitForPanic(timeout, onLine, stop);
            kernel.Stop(Path.Combine(shared, MemoryName(folder)));
            LiveKernel booted = kernel;
            kernel = null;
            return booted;
        }
        finally
        {
            // QEMU has the file open, and so have we: its name is not needed any more.
            File.Delete(Path.Combine(shared, MemoryName(folder)));
            kernel?.Dispose();
            if (kernel is null && !Directory.EnumerateFileSystemEntries(folder).Any())
            {
                Directory.Delete(folder);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnExit;
        Memory?.Dispose();
        _guest?.Dispose();
        Kill();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static string MemoryName(string folder) => $"{Path.GetFileName(folder)}.ram";

    // Where a large sparse file costs nothing but what is touched of it, and never a disk.
    private static string FolderForMemory(string folder) => Directory.Exists("/dev/shm") ? "/dev/shm" : folder;

    private static IEnumerable<string> Arguments(LiveMachine machine, string folder, string shared)
    {
        string size = machine.MemoryBytes.ToString(CultureInfo.InvariantCulture);
        return
        [
            "-nodefaults", "-nic", "none", "-display", "none", "-monitor", "none", "-serial", "stdio", "-no-reboot",
            "-M", "virt,highmem=on,memory-backend=ram",
            "-object", $"memory-backend-file,id=ram,size={size},mem-path={Path.Combine(shared, MemoryName(folder))},share=on",
            "-m", $"{machine.MemoryBytes >> 20}M",
            "-accel", "tcg", "-smp", "1", "-cpu", machine.Cpu,
            "-kernel", machine.KernelImage, "-append", machine.Append,
            "-gdb", $"unix:{Path.Combine(folder, "gdb")},server=on,wait=off",
        ];
    }

    internal static Process Start(string program, IEnumerable<string> arguments)
    {
        try
        {
            return Process.Start(new ProcessStartInfo(program, arguments)
            {
                RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
            }) ?? throw new BootFailedException($"'{program}' could not be started.");
        }
        catch (Win32Exception problem)
        {
            throw new BootFailedException($"'{program}' could not be started: {problem.Message}");
        }
    }

    private void WaitForPanic(TimeSpan timeout, Action<string>? onLine, CancellationToken stop)
    {
        Task<string> complaints = _process.StandardError.ReadToEndAsync(CancellationToken.None);
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(timeout);
        using CancellationTokenRegistration registration = limit.Token.Register(Kill);
        List<string> lines = [];
        Console = lines;
        while (_process.StandardOutput.ReadLine() is { } line)
        {
            lines.Add(line.TrimEnd('\r'));
            onLine?.Invoke(lines[^1]);
            if (line.Contains("Unable to mount root fs", StringComparison.Ordinal))
            {
                return;
            }

            if (line.Contains("Kernel panic", StringComparison.Ordinal))
            {
                throw new BootFailedException($"The kernel stopped too early: {lines[^1]}");
            }
        }

        stop.ThrowIfCancellationRequested();
        string last = lines.Count > 0 ? $"its last words: {lines[^1]}" : "it said nothing";
        throw new BootFailedException(limit.IsCancellationRequested
            ? string.Create(CultureInfo.InvariantCulture, $"The kernel did not look for its root file system within {timeout.TotalSeconds:0} seconds; {last}.")
            : $"QEMU ended before the kernel was up; {last}. {complaints.GetAwaiter().GetResult().Trim().ReplaceLineEndings(" ")}".TrimEnd());
    }

    private void Stop(string memory)
    {
        _guest = GdbImage.Connect(Path.Combine(_folder, "gdb"));
        Registers = _guest.Registers;
        Memory = new RawImage((memory, _memoryStart));
    }

    private void OnExit(object? sender, EventArgs e) => Kill();

    private void Kill()
    {
        try
        {
            _process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It has ended already.
        }
    }
}
