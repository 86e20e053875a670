using System.Globalization;
using Ptewright.Live;
using Ptewright.Running;

namespace Ptewright.Counting;

/// <summary>Counts what an emulated CPU executes in a region of code, exactly, with a plugin of QEMU's emulator.</summary>
public sealed class InstructionCounter
{
    private readonly Qemu _qemu;
    private readonly string _plugin;
    private readonly CountedRegion _region;

    /// <summary>Makes a counter.</summary>
    /// <param name="qemu">QEMU.</param>
    /// <param name="plugin">The plugin's file.</param>
    /// <param name="region">What is counted. QEMU knows instructions by the address at which the CPU fetches them: the symbols' own, without KASLR.</param>
    public InstructionCounter(Qemu qemu, string plugin, CountedRegion region)
    {
        ArgumentNullException.ThrowIfNull(qemu);
        ArgumentNullException.ThrowIfNull(plugin);
        _qemu = qemu;
        _plugin = plugin;
        _region = region;
    }

    /// <summary>Runs a machine, always emulated, until the region was run through often enough; then QEMU is ended at once.</summary>
    /// <param name="machine">The machine, with the kernel or image that it starts.</param>
    /// <param name="deviceTree">The device tree that it gets: <see cref="LiveDeviceTree.Write"/>.</param>
    /// <param name="passes">How often is enough; 0 lets the machine run until it switches itself off.</param>
    /// <param name="timeout">How long it may take.</param>
    /// <param name="stop">Ends it early.</param>
    /// <exception cref="PluginVersionException">QEMU takes plugins of later versions only.</exception>
    /// <exception cref="BootFailedException">QEMU did not start or does not take the plugin, or the machine did not get through the region.</exception>
    public CountedRun Run(LiveMachine machine, string deviceTree, int passes, TimeSpan timeout, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(machine);
        ArgumentNullException.ThrowIfNull(deviceTree);
        using QemuProcess process = QemuProcess.Start(_qemu.Path, Arguments(machine, deviceTree));
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(timeout);
        using CancellationTokenRegistration registration = limit.Token.Register(process.End);
        Task<List<string>> console = Task.Run(() => ReadConsole(process), CancellationToken.None);
        List<ExecutedCounts> counted = [];
        List<string> complaints = [];
        while (process.Complaints.ReadLine() is { } line)
        {
            if (!ExecutedCounts.TryParse(line, out ExecutedCounts counts))
            {
                complaints.Add(line.Trim());
                continue;
            }

            counted.Add(counts);
            if (counted.Count == passes)
            {
                break;
            }
        }

        bool isDone = counted.Count > 0 && counted.Count >= passes;
        if (isDone && passes > 0)
        {
            process.End();
        }

        List<string> lines = console.GetAwaiter().GetResult();
        stop.ThrowIfCancellationRequested();
        return isDone && (passes > 0 || !limit.IsCancellationRequested)
            ? new CountedRun(counted, lines)
            : throw complaints.Select(PluginVersionException.Of).FirstOrDefault(refusal => refusal is not null)
                ?? new BootFailedException(WhyNot(lines, complaints, limit.IsCancellationRequested ? timeout : null));
    }

    private string WhyNot(List<string> console, List<string> complaints, TimeSpan? timeout)
    {
        string? panic = console.Find(line => line.Contains("Kernel panic", StringComparison.Ordinal));
        string last = console.Count > 0 ? $"its last words: {QemuProcess.OneLine(console[^1])}" : "it said nothing";
        return complaints.Count > 0 ? $"QEMU says: {QemuProcess.OneLine(string.Join(' ', complaints))}"
            : panic is not null ? $"The kernel never executed {_region.Start}..{_region.End}, and stopped: {panic}"
            : timeout is { } limit ? string.Create(CultureInfo.InvariantCulture, $"The machine was not done within {limit.TotalSeconds:0} seconds; {last}.")
            : $"The machine never executed {_region.Start}..{_region.End}; {last}.";
    }

    // A kernel that stops has missed what is counted, and would wait for ever.
    private static List<string> ReadConsole(QemuProcess process)
    {
        List<string> lines = [];
        while (process.Console.ReadLine() is { } line)
        {
            lines.Add(line);
            if (line.Contains("Kernel panic", StringComparison.Ordinal))
            {
                process.End();
            }
        }

        return lines;
    }

    private IEnumerable<string> Arguments(LiveMachine machine, string deviceTree) =>
    [
        .. machine.Arguments(LiveMachine.PrivateMemory),
        "-dtb", deviceTree,
        "-plugin", string.Create(CultureInfo.InvariantCulture, $"{QemuOption.Value(_plugin)},start=0x{_region.Start.Value:x},end=0x{_region.End.Value:x}"),
    ];
}
