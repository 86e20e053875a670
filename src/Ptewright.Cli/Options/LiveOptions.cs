using System.CommandLine;
using Ptewright.Addressing;
using Ptewright.Cli.Output;
using Ptewright.Files;
using Ptewright.Kernels.Symbols;
using Ptewright.Live;
using Ptewright.Machines;
using Ptewright.Running;

namespace Ptewright.Cli.Options;

/// <summary>The options of commands that boot a real kernel: <c>--kernel-image</c>, <c>-m</c>, <c>--timeout</c>.</summary>
internal sealed class LiveOptions
{
    /// <summary>What to do without QEMU.</summary>
    public const string HowToGetQemu =
        $"There is no {Qemu.Program} here. Debian and Ubuntu: apt-get install qemu-system-arm; Fedora: dnf install qemu-system-aarch64; macOS: brew install qemu.";

    private const ulong LeastMemory = 64UL << 20;

    private readonly Option<string?> _image;

    // One command line names one kernel.
    private KernelFile? _kernel;
    private TemporaryFile? _unpacked;

    private readonly Option<string> _ram = new("--ram", "-m")
    {
        Description = "The memory of the machine that is booted.",
        HelpName = "SIZE",
        DefaultValueFactory = _ => "2G",
    };

    private readonly Option<int> _timeout = new("--timeout")
    {
        Description = "After how many seconds the machine is given up.",
        HelpName = "S",
        CustomParser = NumberOption.Parse,
        DefaultValueFactory = _ => 300,
    };

    /// <summary>Makes the options.</summary>
    /// <param name="image">What help says of <c>--kernel-image</c>.</param>
    public LiveOptions(string image) => _image = new Option<string?>("--kernel-image") { Description = image, HelpName = "FILE" };

    /// <summary>Gives the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_image);
        command.Options.Add(_ram);
        command.Options.Add(_timeout);
    }

    /// <summary>Whether a kernel is to be booted.</summary>
    public bool IsGiven(ParseResult parsed) => parsed.GetValue(_image) is not null;

    /// <summary>The kernel's file.</summary>
    public string Image(ParseResult parsed) => parsed.GetValue(_image)!;

    /// <summary>The machine that is to be booted, with the kernel.</summary>
    /// <exception cref="UsageException">Options do not go together.</exception>
    /// <exception cref="InvalidInputException">There is no such kernel.</exception>
    public LiveMachine Machine(ParseResult parsed, MachineOptions machine)
    {
        LiveMachine wanted = new(
            Image(parsed), MemoryBytes(parsed, machine), machine.QemuCpu(parsed), machine.CommandLine(parsed) ?? string.Empty, machine.Memory.DeviceTree(parsed));
        KernelFile kernel = Kernel(parsed);
        if (kernel.IsBootable)
        {
            return wanted;
        }

        // QEMU would run the program that unpacks it, which wants firmware around it.
        _unpacked ??= Unpack(kernel);
        return wanted with { KernelImage = _unpacked.Path };
    }

    /// <summary>The kernel that is to be booted.</summary>
    /// <exception cref="InvalidInputException">There is none, or it is none of arm64: the machine would not say a word.</exception>
    public KernelFile Kernel(ParseResult parsed)
    {
        string image = Image(parsed);
        return _kernel ??= Path.Exists(image) ? KernelFile.Read(image) : throw new InvalidInputException($"There is no file '{image}'.");
    }

    /// <summary>The symbols of the kernel that is to be booted: those that are given, or its own; with all that its image needs.</summary>
    /// <exception cref="InvalidInputException">There are none, or not all.</exception>
    public KernelSymbols RequireSymbols(ParseResult parsed, MachineOptions machine)
    {
        if (machine.Symbols(parsed) is { } given)
        {
            return KernelSymbols.Read(given);
        }

        KernelSymbols own = Kernel(parsed).ReadSymbols();
        _ = own.ImageAt(new PhysicalAddress(0));
        return own;
    }

    /// <summary>The memory of the machine that is to be booted.</summary>
    /// <exception cref="UsageException">It cannot have that, or other options describe memory too.</exception>
    public ulong MemoryBytes(ParseResult parsed, MachineOptions machine)
    {
        if (machine.Memory.OtherThanDeviceTree(parsed) is { } other)
        {
            throw new UsageException($"Option {other} describes memory, but --kernel-image makes a machine: give its size with -m.");
        }

        ulong bytes = Firmware.MemorySpec.ParseSize(parsed.GetValue(_ram)!);
        return bytes >= LeastMemory && bytes % (1UL << 20) == 0
            ? bytes
            : throw new UsageException($"A machine has at least {LeastMemory >> 20}M of memory, in whole MiB, as in -m 2G.");
    }

    /// <summary>Boots the kernel.</summary>
    /// <exception cref="UsageException">Options do not go together.</exception>
    /// <exception cref="BootFailedException">There is no QEMU, or the kernel did not get where it should.</exception>
    public LiveKernel Boot(ParseResult parsed, MachineOptions machine, Terminal terminal)
    {
        LiveMachine wanted = Machine(parsed, machine);
        machine.RequirePages(parsed, Kernel(parsed));
        if (machine.Symbols(parsed) is null)
        {
            // Said before it is booted.
            _ = RequireSymbols(parsed, machine);
        }

        Qemu qemu = Qemu.Find() ?? throw new BootFailedException(HowToGetQemu);
        return Run(parsed, terminal, timeout => LiveKernel.Boot(qemu, wanted, timeout, null, CancellationToken.None));
    }

    /// <summary>Runs what boots a machine, with a word on the terminal, until it is done or takes too long.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="terminal">Where to say what goes on.</param>
    /// <param name="boot">Gets the time that it may take.</param>
    public T Run<T>(ParseResult parsed, Terminal terminal, Func<TimeSpan, T> boot)
    {
        int seconds = parsed.GetValue(_timeout);
        if (seconds < 1)
        {
            throw new UsageException($"{seconds} seconds are no time; --timeout takes 1 or more.");
        }

        // A signal ends the whole program, and QEMU with it.
        return terminal.WithProgress(report =>
        {
            report.Show("booting");
            return boot(TimeSpan.FromSeconds(seconds));
        });
    }

    /// <summary>What the booted kernel is.</summary>
    public BootedMachine Describe(ParseResult parsed, LiveKernel kernel) => new(kernel.DeviceTree, Kernel(parsed).FindVersion(), kernel.DeviceTreePlace);

    private static TemporaryFile Unpack(KernelFile kernel)
    {
        TemporaryFile file = TemporaryFile.Create("Image");
        using FileStream stream = File.Create(file.Path);
        stream.Write(kernel.Image);
        return file;
    }
}
