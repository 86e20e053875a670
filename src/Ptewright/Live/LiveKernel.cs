using System.Globalization;
using Ptewright.Addressing;
using Ptewright.Booting;
using Ptewright.Images;

namespace Ptewright.Live;

/// <summary>A real kernel under QEMU, booted until it finds no root file system, and then stopped: its tables are complete and nothing moves.</summary>
/// <remarks>Its memory is a file that both sides map, so nothing is copied; registers come from the gdbstub. QEMU ends when this object is disposed of, however this program ends.</remarks>
public sealed class LiveKernel : IDisposable
{
    // QEMU's virt machine has its memory here.
    private static readonly PhysicalAddress _memoryStart = new(1UL << 30);

    private readonly string _folder;
    private readonly QemuProcess _process;
    private readonly string _memory;
    private GdbImage? _guest;

    private LiveKernel(string folder, string memory, QemuProcess process)
    {
        _folder = folder;
        _memory = memory;
        _process = process;
        AppDomain.CurrentDomain.ProcessExit += OnExit;
    }

    /// <summary>The device tree that the kernel got, as a file that lives as long as this object.</summary>
    public string DeviceTree => Path.Combine(_folder, "tree.dtb");

    /// <summary>Where that tree lies in the kernel's memory, if it is still there.</summary>
    public (PhysicalAddress Start, ulong Size)? DeviceTreePlace => LiveDeviceTree.Find(Memory, _memoryStart);

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
        LiveKernel? kernel = null;
        try
        {
            kernel = Start(qemu, machine);
            kernel.WaitForPanic(timeout, onLine, stop);
            kernel.Stop();
            LiveKernel booted = kernel;
            kernel = null;
            return booted;
        }
        finally
        {
            kernel?.Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnExit;
        Memory?.Dispose();
        _guest?.Dispose();
        _process.Dispose();
        File.Delete(_memory);
        Directory.Delete(_folder, recursive: true);
    }

    // Where a large sparse file costs nothing but what is touched of it, and never a disk.
    private static string MemoryFile(string folder) => Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : folder, $"{Path.GetFileName(folder)}.ram");

    private static LiveKernel Start(Qemu qemu, LiveMachine machine)
    {
        string folder = Directory.CreateTempSubdirectory("ptewright-").FullName;
        string memory = MemoryFile(folder);
        try
        {
            string tree = Path.Combine(folder, "tree.dtb");
            LiveDeviceTree.Write(qemu, machine, tree);
            return new LiveKernel(folder, memory, QemuProcess.Start(
                qemu.Path,
                [.. machine.Arguments($"memory-backend-file,mem-path={memory},share=on"), "-gdb", $"unix:{Path.Combine(folder, "gdb")},server=on,wait=off", "-dtb", tree]));
        }
        catch
        {
            Directory.Delete(folder, recursive: true);
            throw;
        }
    }

    private void WaitForPanic(TimeSpan timeout, Action<string>? onLine, CancellationToken stop)
    {
        Task<string> complaints = _process.Complaints.ReadToEndAsync(CancellationToken.None);
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(timeout);
        using CancellationTokenRegistration registration = limit.Token.Register(_process.End);
        List<string> lines = [];
        Console = lines;
        while (_process.Console.ReadLine() is { } line)
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
            : $"QEMU ended before the kernel was up; {last}. {QemuProcess.OneLine(complaints.GetAwaiter().GetResult())}".TrimEnd());
    }

    private void Stop()
    {
        _guest = GdbImage.Connect(Path.Combine(_folder, "gdb"));
        Registers = _guest.Registers;
        Memory = new RawImage((_memory, _memoryStart));

        // QEMU has the file open, and so have we: its name is not needed any more.
        File.Delete(_memory);
    }

    // Interrupted, this program ends without disposing of anything; what QEMU had touched of its memory would stay.
    private void OnExit(object? sender, EventArgs e)
    {
        _process.End();
        try
        {
            File.Delete(_memory);
            Directory.Delete(_folder, recursive: true);
        }
        catch (IOException)
        {
            // Disposed of at the same moment: it is gone already.
        }
    }
}
