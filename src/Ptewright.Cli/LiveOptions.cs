using System.CommandLine;
using Ptewright.Booting;
using Ptewright.Kernels;
using Ptewright.Live;

namespace Ptewright.Cli;

/// <summary>The options of commands that boot a real kernel: <c>--kernel-image</c>, <c>-m</c>, <c>--timeout</c>.</summary>
internal sealed class LiveOptions
{
    private const ulong LeastMemory = 64UL << 20;

    private readonly Option<string?> _image = new("--kernel-image")
    {
        Description = "Boot this kernel (Image, Image.gz, vmlinuz) under QEMU instead of reading a source; --dtb and --cmdline are then what it gets.",
        HelpName = "FILE",
    };

    private readonly Option<string> _ram = new("--ram", "-m")
    {
        Description = "With --kernel-image: the machine's memory.",
        HelpName = "SIZE",
        DefaultValueFactory = _ => "2G",
    };

    private readonly Option<int> _timeout = new("--timeout")
    {
        Description = "With --kernel-image: after how many seconds the kernel is given up.",
        HelpName = "S",
        DefaultValueFactory = _ => 300,
    };

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

    /// <summary>Boots the kernel.</summary>
    /// <exception cref="UsageException">Options do not go together.</exception>
    /// <exception cref="BootFailedException">There is no QEMU, or the kernel did not get where it should.</exception>
    public LiveKernel Boot(ParseResult parsed, MachineOptions machine, Terminal terminal)
    {
        string image = Image(parsed);
        if (!File.Exists(image))
        {
            throw new InvalidInputException($"There is no file '{image}'.");
        }

        if (machine.Memory.OtherThanDeviceTree(parsed) is { } other)
        {
            throw new UsageException($"Option {other} describes memory, but --kernel-image makes a machine: give its size with -m.");
        }

        ulong bytes = Firmware.MemorySpec.ParseSize(parsed.GetValue(_ram)!);
        if (bytes < LeastMemory || bytes % (1UL << 20) != 0)
        {
            throw new UsageException($"A machine has at least {LeastMemory >> 20}M of memory, in whole MiB, as in -m 2G.");
        }

        Qemu qemu = Qemu.Find() ?? throw new BootFailedException(BootCommand.HowToGetQemu);
        LiveMachine wanted = new(image, bytes, machine.Cpu(parsed), machine.Memory.CommandLine(parsed) ?? string.Empty, machine.Memory.DeviceTree(parsed));
        using CancellationTokenSource stop = new();
        void Cancel(object? sender, ConsoleCancelEventArgs e) => stop.Cancel();
        Console.CancelKeyPress += Cancel;
        try
        {
            return terminal.WithProgress(report =>
            {
                report("booting");
                return LiveKernel.Boot(qemu, wanted, TimeSpan.FromSeconds(parsed.GetValue(_timeout)), null, stop.Token);
            });
        }
        finally
        {
            Console.CancelKeyPress -= Cancel;
        }
    }

    /// <summary>What the booted kernel is.</summary>
    public BootedMachine Describe(ParseResult parsed, LiveKernel kernel) => new(kernel.DeviceTree, KernelVersionText.Find(Image(parsed)));
}
