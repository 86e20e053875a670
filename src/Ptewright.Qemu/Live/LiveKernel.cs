using System.Globalization;
using Ptewright.Addressing;
using Ptewright.Files;
using Ptewright.Images;
using Ptewright.Running;

namespace Ptewright.Live;

/// <summary>A real kernel under QEMU, booted until it finds no root file system, and then stopped: its tables are complete and nothing moves.</summary>
/// <remarks>Its memory is a file without a name that both sides have open, so nothing is copied; registers come from the gdbstub. QEMU ends when this object is disposed of, however this program ends.</remarks>
public sealed class LiveKernel : IDisposable
{
    // QEMU's virt machine has its memory here.
    private static readonly PhysicalAddress _memoryStart = new(1UL << 30);

    private readonly TemporaryFile _tree = TemporaryFile.Create("tree.dtb");
    private readonly TemporaryFile _socket = TemporaryFile.Create("gdb");
    private readonly NamelessFile _memory;
    private QemuProcess? _process;
    private GdbImage? _guest;

    private LiveKernel(ulong memoryBytes) => _memory = NamelessFile.Create((long)memoryBytes);

    /// <summary>The device tree that the kernel got, as a file that lives as long as this object.</summary>
    public string DeviceTree => _tree.Path;

    /// <summary>Where that tree lies in the kernel's memory, if it is still there.</summary>
    public (PhysicalAddress Start, ulong Size)? DeviceTreePlace => LiveDeviceTree.Find(Memory, _memoryStart);

    /// <summary>The kernel's memory.</summary>
    public MemoryImage Memory { get; private set; } = null!;

    /// <summary>The registers of its CPU.</summary>
    public ImageRegisters Registers { get; private set; } = new();

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
        LiveKernel kernel = new(machine.MemoryBytes);
        try
        {
            kernel._process = kernel.Start(qemu, machine);
            WaitForPanic(kernel._process, timeout, onLine, stop);
            kernel.Stop();
            return kernel;
        }
        catch
        {
            kernel.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Memory?.Dispose();
        _guest?.Dispose();
        _process?.Dispose();
        _memory.Dispose();
        _socket.Dispose();
        _tree.Dispose();
    }

    private QemuProcess Start(Qemu qemu, LiveMachine machine)
    {
        LiveDeviceTree.Write(qemu, machine, _tree.Path);
        return QemuProcess.Start(
            qemu.Path,
            [
                .. machine.Arguments($"memory-backend-file,mem-path={QemuOption.Value(_memory.Path)},share=on"),
                "-gdb", $"unix:{QemuOption.Value(_socket.Path)},server=on,wait=off", "-dtb", _tree.Path,
            ]);
    }

    private static void WaitForPanic(QemuProcess process, TimeSpan timeout, Action<string>? onLine, CancellationToken stop)
    {
        Task<string> complaints = Task.Run(process.Complaints.ReadToEnd, CancellationToken.None);
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(timeout);
        using CancellationTokenRegistration registration = limit.Token.Register(process.End);
        string? last = null;
        BootWatch watch = new();
        while (process.Console.ReadLine() is { } line)
        {
            last = line;
            onLine?.Invoke(line);
            if (watch.IsUp(line))
            {
                return;
            }
        }

        stop.ThrowIfCancellationRequested();
        last = last is not null ? $"its last words: {QemuProcess.OneLine(last)}" : "it said nothing";
        throw new BootFailedException(limit.IsCancellationRequested
            ? string.Create(CultureInfo.InvariantCulture, $"The kernel did not look for its root file system within {timeout.TotalSeconds:0} seconds; {last}.")
            : $"QEMU ended before the kernel was up; {last}. {QemuProcess.OneLine(complaints.GetAwaiter().GetResult())}".TrimEnd());
    }

    private void Stop()
    {
        _guest = GdbImage.Connect(_socket.Path);
        Registers = _guest.Registers;
        Memory = new RawImage((_memory.Path, _memoryStart));
    }
}
